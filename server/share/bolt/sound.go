package bolt

import (
	"errors"
	"fmt"
	"runtime/debug"

	"framewise/server/share"

	"go.etcd.io/bbolt"
)

// ErrDamaged says that the file does not hold what was written to it.
var ErrDamaged = errors.New("the file of the shares is damaged")

// sound does something with the file. bbolt takes its pages for sound and panics,
// or reads beyond the file, where they are not: that must not end a server.
func sound(file string, f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %s: %v; end the server, move the file away and put a backup in its place, or begin with an empty one", ErrDamaged, file, r)
		}
	}()
	return f()
}

// view is a transaction that reads.
func (b *Store) view(f func(*bbolt.Tx) error) error {
	return sound(b.file, func() error { return b.db.View(f) })
}

// update is a transaction that writes. After one that met damage there is no
// other: bbolt's own undoing may have stopped midway, with its lock held.
func (b *Store) update(f func(*bbolt.Tx) error) error {
	if why := b.broken.Load(); why != nil {
		return *why
	}
	err := sound(b.file, func() error { return b.db.Update(f) })
	if errors.Is(err, ErrDamaged) {
		b.broken.Store(&err)
	}
	return err
}

// whole walks through the buckets, so that damage is met when the server starts
// rather than by a visitor. It looks at lengths alone: bodies have their own sums,
// and a length that is none would make bbolt copy memory without end.
func whole(tx *bbolt.Tx) error {
	for _, name := range buckets {
		err := tx.Bucket(name).ForEach(func(k, v []byte) error {
			if !fits(name, k, v) {
				return fmt.Errorf("%w: an entry of %q has %d and %d octets; put a backup in its place, or begin with an empty one", ErrDamaged, name, len(k), len(v))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// fits says whether an entry has the lengths that those of the bucket have.
func fits(bucket, k, v []byte) bool {
	switch string(bucket) {
	case string(bucketFacts):
		return len(k) == len(share.ID{}) && len(v) == factsLen
	case string(bucketBodies):
		return len(k) == len(share.ID{}) && 0 < len(v) && len(v) <= share.MaxStored
	case string(bucketTimes):
		return len(k) == 8+len(share.ID{}) && len(v) == 0
	case string(bucketGone):
		return len(k) == len(share.ID{}) && len(v) == 9
	}
	return len(k) <= len("octets") && len(v) == 8
}
