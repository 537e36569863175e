// Package share keeps records that somebody wants to show to others: each under
// an identifier that nobody can guess, until it is deleted or expires.
//
// In come records (.h2trace, plain or gzip), out come identifiers, and the
// records again. Store is what keeps them: server/share/bolt in one file,
// wasm/edge with Cloudflare's D1 and R2; testdata/contract.json says what both
// must do. Handler is the HTTP API in front of a Store, see docs/relay.md.
package share

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"time"
)

// Defaults of the limits.
const (
	DefaultLifetime = 30 * 24 * time.Hour
	DefaultQuota    = 1 << 30 // octets in all shares
	DefaultShares   = 100_000

	MaxStored   = 5 << 20  // octets of a share as it comes, and as it is kept
	MaxInflated = 50 << 20 // octets of its record
	MaxRatio    = 100      // of the two, from 1 MiB of record on
	MaxEntries  = 1_000_000
)

// Options of a Store; zeros stand for the defaults.
type Options struct {
	Lifetime time.Duration // of a share
	Quota    int64         // octets in all bodies
	Shares   int64         // how many there can be
}

// WithDefaults fills in what is zero.
func (o Options) WithDefaults() Options {
	if o.Lifetime == 0 {
		o.Lifetime = DefaultLifetime
	}
	if o.Quota == 0 {
		o.Quota = DefaultQuota
	}
	if o.Shares == 0 {
		o.Shares = DefaultShares
	}
	return o
}

// What a Store says no with.
var (
	ErrUnknown = errors.New("there is no such share")
	ErrExpired = errors.New("the share has expired")
	ErrDeleted = errors.New("the share was deleted")
	ErrToken   = errors.New("the token does not belong to this share")
	ErrFull    = errors.New("the store is full")
)

// ID is the 128 random bits by which a share is found. Token are another 128,
// with which it can be deleted; the store keeps only their hash.
type (
	ID    [16]byte
	Token [16]byte
)

// String is 22 characters of base64 for addresses (RFC 4648, section 5).
func (id ID) String() string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// String is 22 characters of base64 for addresses (RFC 4648, section 5).
func (t Token) String() string { return base64.RawURLEncoding.EncodeToString(t[:]) }

// ParseID reads what String writes; ok is false for anything else.
func ParseID(s string) (id ID, ok bool) { ok = parse(id[:], s); return id, ok }

// ParseToken reads what String writes; ok is false for anything else.
func ParseToken(s string) (t Token, ok bool) { ok = parse(t[:], s); return t, ok }

func parse(to []byte, s string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != len(to) {
		return false
	}
	copy(to, b)
	return true
}

// NewSecrets makes an identifier and a token.
func NewSecrets() (id ID, t Token, err error) {
	if _, err = rand.Read(id[:]); err == nil {
		_, err = rand.Read(t[:])
	}
	return id, t, err
}

// Hash is what a Store keeps of a token.
func (t Token) Hash() [32]byte { return sha256.Sum256(t[:]) }

// Sum is by which a Store sees that a body is what was put.
func Sum(body []byte) [32]byte { return sha256.Sum256(body) }

// SameHash compares two hashes in a time that does not tell where they differ.
func SameHash(a, b [32]byte) bool { return subtle.ConstantTimeCompare(a[:], b[:]) == 1 }

// Receipt is what whoever shares gets.
type Receipt struct {
	ID      ID
	Token   Token
	Expires time.Time
}

// Usage is how much of a Store is used.
type Usage struct {
	Shares, Octets           int64
	MaxShares, QuotaOctets   int64
	ExpiredEver, DeletedEver int64 // as far as it remembers them
}

// Store keeps shares. Its methods can be called from several goroutines. The
// times are the caller's.
type Store interface {
	// Put keeps body, which is a record in gzip of at most MaxStored octets. When
	// it returns without an error the share survives the end of the process, and
	// every Get after that finds it. The error is ErrFull when the quota has no
	// room.
	Put(ctx context.Context, body []byte, now time.Time) (Receipt, error)
	// Get is the body of a share. The error is ErrUnknown, ErrExpired or ErrDeleted
	// when there is none.
	Get(ctx context.Context, id ID, now time.Time) ([]byte, error)
	// Delete ends a share. The error is ErrToken, or as in Get.
	Delete(ctx context.Context, id ID, t Token, now time.Time) error
	// Sweep drops shares that have expired by now, and forgets after as long again
	// that they were there. It returns how many it dropped.
	Sweep(ctx context.Context, now time.Time) (int, error)
	// Usage says how full it is.
	Usage(ctx context.Context) (Usage, error)
}
