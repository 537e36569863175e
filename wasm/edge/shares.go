//go:build js && wasm

package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"syscall/js"
	"time"

	"framewise/server/share"
)

// comingTime is how long the octets of a share may be on their way to R2.
const comingTime = 10 * time.Minute

// sweepAtOnce bounds what one look of Sweep takes on; R2 drops at most 1,000
// objects in a call.
const sweepAtOnce = 500

// store is a share.Store: facts in D1, octets in R2, see migrations/. Both answer
// what was acknowledged from then on, everywhere (KV, which the platform has too,
// may say for a minute that a new share is not there, and can't count).
//
// A share comes in three steps: its row takes its part of the quota, R2 takes the
// octets, the row says that it is kept. It is acknowledged after the third. What
// ends before leaves a row that Sweep takes back, octets and all.
type store struct {
	o      share.Options
	db     database
	bucket bucket
	log    share.Logger
}

var _ share.Store = (*store)(nil)

func hash(h [32]byte) string { return hex.EncodeToString(h[:]) }

// Put keeps a body.
func (s *store) Put(_ context.Context, body []byte, now time.Time) (share.Receipt, error) {
	if len(body) == 0 || len(body) > share.MaxStored {
		return share.Receipt{}, fmt.Errorf("a share of %d octets: it must have 1 to %d", len(body), share.MaxStored)
	}
	id, token, err := share.NewSecrets()
	if err != nil {
		return share.Receipt{}, err
	}
	r := share.Receipt{ID: id, Token: token, Expires: now.Add(s.o.Lifetime).Truncate(time.Second)}
	rows, err := s.db.query(`INSERT INTO shares (id, state, until, size, token, sum, body)
		SELECT ?1, 'coming', ?2, ?3, ?4, ?5, 1 FROM counts WHERE shares < ?6 AND octets + ?3 <= ?7 RETURNING id`,
		id.String(), now.Add(comingTime).Unix(), len(body), hash(token.Hash()), hash(share.Sum(body)), s.o.Shares, s.o.Quota)
	if err != nil {
		return share.Receipt{}, err
	}
	if len(rows) == 0 {
		return share.Receipt{}, share.ErrFull
	}
	if err := s.bucket.put(id.String(), body); err != nil {
		if _, lost := s.db.query(`UPDATE shares SET state = 'lost' WHERE id = ?1`, id.String()); lost != nil {
			s.log.Error("share", "lost", lost) // its row ends with comingTime
		}
		return share.Receipt{}, err
	}
	rows, err = s.db.query(`UPDATE shares SET state = 'kept', until = ?2 WHERE id = ?1 AND state = 'coming' RETURNING id`,
		id.String(), r.Expires.Unix())
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("the share took more than %s to come", comingTime)
	}
	if err != nil {
		return share.Receipt{}, err
	}
	return r, nil
}

// facts are the row of a share.
type facts struct {
	size       int
	token, sum string
}

// find is the facts of a share that is there at now.
func (s *store) find(id share.ID, now time.Time) (facts, error) {
	rows, err := s.db.query(`SELECT state, until, size, token, sum FROM shares WHERE id = ?1`, id.String())
	if err != nil {
		return facts{}, err
	}
	if len(rows) == 0 {
		return facts{}, share.ErrUnknown
	}
	r := rows[0]
	switch state := r.Index(0).String(); {
	case state == "deleted":
		return facts{}, share.ErrDeleted
	case state == "expired", state == "kept" && now.Unix() >= number(r.Index(1)):
		return facts{}, share.ErrExpired
	case state != "kept":
		return facts{}, share.ErrUnknown
	}
	return facts{int(number(r.Index(2))), r.Index(3).String(), r.Index(4).String()}, nil
}

func number(v js.Value) int64 { return int64(v.Float()) }

// Get is a body. A body that is not what was put is an error of its own.
func (s *store) Get(_ context.Context, id share.ID, now time.Time) ([]byte, error) {
	f, err := s.find(id, now)
	if err != nil {
		return nil, err
	}
	body, ok, err := s.bucket.get(id.String())
	if err != nil {
		return nil, err
	}
	if !ok || len(body) != f.size || hash(share.Sum(body)) != f.sum {
		if _, err := s.find(id, now); err != nil {
			return nil, err // it was deleted between the two looks
		}
		return nil, fmt.Errorf("the share %s is damaged in the store", id)
	}
	return body, nil
}

// Delete ends a share. Its octets follow at once, or with the next Sweep.
func (s *store) Delete(_ context.Context, id share.ID, t share.Token, now time.Time) error {
	f, err := s.find(id, now)
	if err != nil {
		return err
	}
	var kept [32]byte
	if n, err := hex.Decode(kept[:], []byte(f.token)); n != len(kept) || err != nil {
		return fmt.Errorf("the share %s is damaged in the store", id)
	}
	if !share.SameHash(t.Hash(), kept) {
		return share.ErrToken
	}
	rows, err := s.db.query(`UPDATE shares SET state = 'deleted', until = ?2 WHERE id = ?1 AND state = 'kept' RETURNING id`,
		id.String(), now.Add(s.o.Lifetime).Unix())
	if err != nil {
		return err
	}
	if len(rows) == 0 { // somebody else was quicker
		_, err := s.find(id, now)
		return err
	}
	if err := s.clear(id.String()); err != nil {
		s.log.Error("share", "octets of a deleted share stay until the next sweep", err)
	}
	return nil
}

// clear drops the octets of shares that are gone.
func (s *store) clear(ids ...string) error {
	if err := s.bucket.remove(ids...); err != nil {
		return err
	}
	list := `["` + strings.Join(ids, `","`) + `"]` // of base64 for addresses
	_, err := s.db.query(`UPDATE shares SET body = 0 WHERE id IN (SELECT value FROM json_each(?1))`, list)
	return err
}

// Sweep drops what has expired, and the octets that were left behind.
func (s *store) Sweep(ctx context.Context, now time.Time) (dropped int, err error) {
	for {
		rows, err := s.db.query(`UPDATE shares SET state = iif(state = 'kept', 'expired', 'lost'), until = ?2
			WHERE id IN (SELECT id FROM shares WHERE state IN ('coming', 'kept') AND until <= ?1 LIMIT ?3) RETURNING state`,
			now.Unix(), now.Add(s.o.Lifetime).Unix(), sweepAtOnce)
		if err != nil {
			return dropped, err
		}
		for _, r := range rows {
			if r.Index(0).String() == "expired" {
				dropped++
			}
		}
		gone, err := s.db.query(`SELECT id FROM shares WHERE body = 1 AND state IN ('expired', 'deleted', 'lost') LIMIT ?1`, sweepAtOnce)
		if err != nil {
			return dropped, err
		}
		if len(gone) > 0 {
			ids := make([]string, len(gone))
			for i, r := range gone {
				ids[i] = r.Index(0).String()
			}
			if err := s.clear(ids...); err != nil {
				return dropped, err
			}
		}
		if len(rows) < sweepAtOnce && len(gone) < sweepAtOnce || ctx.Err() != nil {
			break
		}
	}
	_, err = s.db.query(`DELETE FROM shares WHERE body = 0 AND state IN ('expired', 'deleted', 'lost') AND until <= ?1`, now.Unix())
	return dropped, err
}

// Usage counts.
func (s *store) Usage(context.Context) (share.Usage, error) {
	u := share.Usage{MaxShares: s.o.Shares, QuotaOctets: s.o.Quota}
	rows, err := s.db.query(`SELECT shares, octets, (SELECT count(*) FROM shares WHERE state = 'expired'),
		(SELECT count(*) FROM shares WHERE state = 'deleted') FROM counts`)
	if err != nil || len(rows) != 1 {
		return u, fmt.Errorf("the shares can't be counted: %w", err)
	}
	r := rows[0]
	u.Shares, u.Octets, u.ExpiredEver, u.DeletedEver = number(r.Index(0)), number(r.Index(1)), number(r.Index(2)), number(r.Index(3))
	return u, nil
}
