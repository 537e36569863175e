-- The facts of shared records; their octets are in R2 under the same identifier.
-- state is coming (its octets are on the way), kept, expired, deleted, or lost
-- (its octets never came). until is when that ends, in Unix seconds: a share that
-- is kept expires, one that is gone is forgotten. body is 1 while R2 may hold
-- octets. token and sum are SHA-256 in hex.
CREATE TABLE shares (
  id    TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  until INTEGER NOT NULL,
  size  INTEGER NOT NULL,
  token TEXT NOT NULL,
  sum   TEXT NOT NULL,
  body  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX shares_until ON shares (state, until);
CREATE INDEX shares_leaving ON shares (state) WHERE body = 1;

-- What is coming or kept, counted: a quota that scanned the table would cost as
-- much as the table is long.
CREATE TABLE counts (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  shares INTEGER NOT NULL,
  octets INTEGER NOT NULL
);
INSERT INTO counts VALUES (1, 0, 0);

CREATE TRIGGER shares_come AFTER INSERT ON shares
BEGIN
  UPDATE counts SET shares = shares + 1, octets = octets + NEW.size;
END;

CREATE TRIGGER shares_go AFTER UPDATE OF state ON shares
WHEN OLD.state IN ('coming', 'kept') AND NEW.state NOT IN ('coming', 'kept')
BEGIN
  UPDATE counts SET shares = shares - 1, octets = octets - OLD.size;
END;
