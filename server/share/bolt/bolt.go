// Package bolt is a share.Store in one file, by go.etcd.io/bbolt.
//
// In come shares, out go their receipts and the shares again. Each change is one
// transaction, which is on disk before it is acknowledged.
package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"framewise/server/share"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// The buckets of the file.
var (
	bucketFacts  = []byte("facts")  // identifier → facts
	bucketBodies = []byte("bodies") // identifier → gzip
	bucketTimes  = []byte("times")  // time of expiry, identifier → nothing
	bucketGone   = []byte("gone")   // identifier → time until which it is remembered, why
	bucketCounts = []byte("counts") // "shares", "octets" → number
)

var buckets = [][]byte{bucketFacts, bucketBodies, bucketTimes, bucketGone, bucketCounts}

// Store is a share.Store in one file.
type Store struct {
	o      share.Options
	db     *bbolt.DB
	file   string
	broken atomic.Pointer[error] // why nothing is written any more
}

var _ share.Store = (*Store)(nil)

// Open opens the file, or makes it. The error says so when another process has
// it open, or when it is damaged.
func Open(file string, o share.Options) (*Store, error) {
	var db *bbolt.DB
	err := sound(file, func() (err error) {
		db, err = bbolt.Open(file, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType})
		return err
	})
	switch {
	case errors.Is(err, ErrDamaged):
		return nil, err
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("%s is in use by another process: end that, or name another folder with --data", file)
	case err != nil:
		return nil, fmt.Errorf("the shares in %s can't be opened: %w", file, err)
	}
	b := &Store{o: o.WithDefaults(), db: db, file: file}
	err = b.update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = b.view(func(tx *bbolt.Tx) error { return whole(tx) })
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the shares in %s can't be opened: %w", file, err), b.Close())
	}
	return b, nil
}

// Close waits for what is under way and closes the file. A file that was found to
// be damaged while it was written is left to the end of the process.
func (b *Store) Close() error {
	if b.broken.Load() != nil {
		return nil
	}
	return sound(b.file, b.db.Close)
}

// facts are what is kept of a share beside its body.
type facts struct {
	expires int64 // Unix seconds
	size    int64
	token   [32]byte // hash
	sum     [32]byte // SHA-256 of the body
}

const factsLen = 8 + 8 + 32 + 32

func (f *facts) encode() []byte {
	out := make([]byte, 0, factsLen)
	out = binary.BigEndian.AppendUint64(out, uint64(f.expires))
	out = binary.BigEndian.AppendUint64(out, uint64(f.size))
	return append(append(out, f.token[:]...), f.sum[:]...)
}

func decodeFacts(v []byte) (f facts, ok bool) {
	if len(v) != factsLen {
		return f, false
	}
	f.expires, f.size = int64(binary.BigEndian.Uint64(v)), int64(binary.BigEndian.Uint64(v[8:]))
	copy(f.token[:], v[16:])
	copy(f.sum[:], v[48:])
	return f, true
}

func timeKey(at int64, id share.ID) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(at)), id[:]...)
}

func count(tx *bbolt.Tx, name string) int64 {
	v := tx.Bucket(bucketCounts).Get([]byte(name))
	if len(v) != 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(v))
}

func addCount(tx *bbolt.Tx, name string, n int64) error {
	return tx.Bucket(bucketCounts).Put([]byte(name), binary.BigEndian.AppendUint64(nil, uint64(count(tx, name)+n)))
}

// Put keeps a body.
func (b *Store) Put(ctx context.Context, body []byte, now time.Time) (share.Receipt, error) {
	if len(body) == 0 || len(body) > share.MaxStored {
		return share.Receipt{}, fmt.Errorf("a share of %d octets: it must have 1 to %d", len(body), share.MaxStored)
	}
	if err := ctx.Err(); err != nil {
		return share.Receipt{}, err
	}
	id, token, err := share.NewSecrets()
	if err != nil {
		return share.Receipt{}, err
	}
	r := share.Receipt{ID: id, Token: token, Expires: now.Add(b.o.Lifetime).Truncate(time.Second)}
	f := facts{expires: r.Expires.Unix(), size: int64(len(body)), token: token.Hash(), sum: share.Sum(body)}
	err = b.update(func(tx *bbolt.Tx) error {
		if count(tx, "octets")+f.size > b.o.Quota || count(tx, "shares") >= b.o.Shares {
			return share.ErrFull
		}
		return errors.Join(
			tx.Bucket(bucketFacts).Put(id[:], f.encode()),
			tx.Bucket(bucketBodies).Put(id[:], body),
			tx.Bucket(bucketTimes).Put(timeKey(f.expires, id), nil),
			addCount(tx, "octets", f.size), addCount(tx, "shares", 1))
	})
	if err != nil {
		return share.Receipt{}, err
	}
	return r, nil
}

// Get is a copy of a body. A body that is not what was put is an error of its own.
func (b *Store) Get(ctx context.Context, id share.ID, now time.Time) (body []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = b.view(func(tx *bbolt.Tx) error {
		f, err := find(tx, id, now)
		if err != nil {
			return err
		}
		kept := tx.Bucket(bucketBodies).Get(id[:])
		if len(kept) > share.MaxStored || int64(len(kept)) != f.size {
			return fmt.Errorf("the share %s is damaged in the store", id)
		}
		body = bytes.Clone(kept)
		if share.Sum(body) != f.sum {
			return fmt.Errorf("the share %s is damaged in the store", id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return body, nil
}

// find is the facts of a share that is there at now.
func find(tx *bbolt.Tx, id share.ID, now time.Time) (facts, error) {
	v := tx.Bucket(bucketFacts).Get(id[:])
	if v == nil {
		switch gone := tx.Bucket(bucketGone).Get(id[:]); {
		case len(gone) == 9 && gone[8] == whyDeleted:
			return facts{}, share.ErrDeleted
		case len(gone) == 9:
			return facts{}, share.ErrExpired
		}
		return facts{}, share.ErrUnknown
	}
	f, ok := decodeFacts(v)
	if !ok {
		return f, fmt.Errorf("the share %s is damaged in the store", id)
	}
	if now.Unix() >= f.expires {
		return f, share.ErrExpired
	}
	return f, nil
}

// Why a share is gone.
const (
	whyExpired = 'e'
	whyDeleted = 'd'
)

// drop takes a share out and remembers it for as long as it could have lived.
func (b *Store) drop(tx *bbolt.Tx, id share.ID, f facts, why byte, now time.Time) error {
	until := binary.BigEndian.AppendUint64(nil, uint64(now.Add(b.o.Lifetime).Unix()))
	return errors.Join(
		tx.Bucket(bucketFacts).Delete(id[:]),
		tx.Bucket(bucketBodies).Delete(id[:]),
		tx.Bucket(bucketTimes).Delete(timeKey(f.expires, id)),
		tx.Bucket(bucketGone).Put(id[:], append(until, why)),
		addCount(tx, "octets", -f.size), addCount(tx, "shares", -1))
}

// Delete ends a share.
func (b *Store) Delete(ctx context.Context, id share.ID, t share.Token, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return b.update(func(tx *bbolt.Tx) error {
		f, err := find(tx, id, now)
		if err != nil {
			return err
		}
		if h := t.Hash(); !share.SameHash(h, f.token) {
			return share.ErrToken
		}
		return b.drop(tx, id, f, whyDeleted, now)
	})
}

// sweepAtOnce bounds a transaction of Sweep.
const sweepAtOnce = 500

// Sweep drops what has expired.
func (b *Store) Sweep(ctx context.Context, now time.Time) (dropped int, err error) {
	for {
		n := 0
		err := b.update(func(tx *bbolt.Tx) error {
			var ids []share.ID
			c := tx.Bucket(bucketTimes).Cursor()
			for k, _ := c.First(); len(k) == 24 && len(ids) < sweepAtOnce; k, _ = c.Next() {
				if int64(binary.BigEndian.Uint64(k)) > now.Unix() {
					break
				}
				ids = append(ids, share.ID(k[8:]))
			}
			for _, id := range ids {
				f, ok := decodeFacts(tx.Bucket(bucketFacts).Get(id[:]))
				if !ok {
					return fmt.Errorf("the share %s is damaged in the store", id)
				}
				if err := b.drop(tx, id, f, whyExpired, now); err != nil {
					return err
				}
			}
			n = len(ids)
			return b.forget(tx, now)
		})
		dropped += n
		if err != nil || n < sweepAtOnce || ctx.Err() != nil {
			return dropped, errors.Join(err, ctx.Err())
		}
	}
}

// forget drops what need not be remembered any more.
func (b *Store) forget(tx *bbolt.Tx, now time.Time) error {
	gone := tx.Bucket(bucketGone)
	var old [][]byte
	c := gone.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if !fits(bucketGone, k, v) {
			return fmt.Errorf("%w: an entry of %q", ErrDamaged, bucketGone)
		}
		if int64(binary.BigEndian.Uint64(v)) <= now.Unix() {
			old = append(old, bytes.Clone(k))
		}
	}
	for _, k := range old {
		if err := gone.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// Usage counts.
func (b *Store) Usage(context.Context) (u share.Usage, err error) {
	u.MaxShares, u.QuotaOctets = b.o.Shares, b.o.Quota
	err = b.view(func(tx *bbolt.Tx) error {
		u.Shares, u.Octets = count(tx, "shares"), count(tx, "octets")
		return tx.Bucket(bucketGone).ForEach(func(_, v []byte) error {
			if len(v) == 9 && v[8] == whyDeleted {
				u.DeletedEver++
			} else {
				u.ExpiredEver++
			}
			return nil
		})
	})
	return u, err
}

// Backup writes the file as it is at an instant.
func (b *Store) Backup(_ context.Context, w io.Writer) error {
	return b.view(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(w)
		return err
	})
}

// Check reads all of the store and returns the first thing that is wrong with it.
func (b *Store) Check() error {
	return b.view(func(tx *bbolt.Tx) error {
		var first error
		for err := range tx.Check() { // to its end: it goes through the transaction's pages
			if first == nil {
				first = err
			}
		}
		if first != nil {
			return first
		}
		var shares, octets int64
		err := tx.Bucket(bucketFacts).ForEach(func(k, v []byte) error {
			f, ok := decodeFacts(v)
			body := tx.Bucket(bucketBodies).Get(k)
			if !ok || len(k) != 16 || int64(len(body)) != f.size || share.Sum(body) != f.sum {
				return fmt.Errorf("the share %x is damaged", k)
			}
			shares++
			octets += f.size
			return nil
		})
		if err != nil {
			return err
		}
		if shares != count(tx, "shares") || octets != count(tx, "octets") || tx.Bucket(bucketBodies).Stats().KeyN != int(shares) || tx.Bucket(bucketTimes).Stats().KeyN != int(shares) {
			return fmt.Errorf("%d shares with %d octets are there, but %d with %d are counted", shares, octets, count(tx, "shares"), count(tx, "octets"))
		}
		return nil
	})
}
