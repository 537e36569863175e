package conn

import (
	"time"

	"framewise/core/hpack"
)

// Limits protect against a peer that wants to exhaust us. A zero field means
// the default that its comment names; the largest value of a field's type is as
// good as no limit.
type Limits struct {
	// MaxConcurrent is how many streams of the peer are open at a time, enforced
	// from the first octet. 0 means 100. More are refused (REFUSED_STREAM).
	MaxConcurrent uint32
	// MaxReserved is how many promised streams a client holds in reserved
	// (remote). 0: 200. More are refused (REFUSED_STREAM).
	MaxReserved uint32
	// MaxContinuations is how many CONTINUATION frames a field block may have.
	// 0 means 8. More end the connection (CVE-2024-27316).
	MaxContinuations int
	// EmptyContinuations is how many CONTINUATION frames of a field block may be
	// empty and not the last. 0: none (CVE-2024-27316).
	EmptyContinuations int
	// MaxBlock is the size of a field block as it is sent, in octets. 0: 64 KiB.
	MaxBlock uint32
	// MaxFieldList is the size of a field section, decoded: name, value and 32
	// for each field line. 0: 64 KiB. Our SETTINGS_MAX_HEADER_LIST_SIZE, once in
	// force, does not change it. More is a stream error (CVE-2016-6581).
	MaxFieldList uint32
	// MaxFields is the number of field lines in a section, each crumb of a cookie
	// counted. 0: 256. More is a stream error (CVE-2026-49975).
	MaxFields int
	// SettingsTimeout is how long the peer may take to acknowledge SETTINGS, in
	// nanoseconds. 0: 10 s; below 0: for ever.
	SettingsTimeout int64
	// MaxSettings is the number of entries in a SETTINGS frame. 0: 32.
	MaxSettings int

	// Resets is how many of its own streams a peer may reset at once, and how
	// many resets it may make us send: a bucket that gets ResetRate more a
	// second. 0: 1,000 and 33 (CVE-2023-44487, CVE-2025-8671).
	Resets    int64
	ResetRate int64
	// UnsentAcks is how many acknowledgements of PING and SETTINGS may wait to be
	// written. 0: 1,000 (CVE-2019-9512, CVE-2019-9515).
	UnsentAcks int
	// ForcedFrames is how many frames may wait to be written that the peer made
	// us send. 0: 5,000 (CVE-2019-9511).
	ForcedFrames int
	// SettingFlips is how often a second INITIAL_WINDOW_SIZE and
	// HEADER_TABLE_SIZE may change. 0: 50.
	SettingFlips int64
	// EmptyData is how many DATA frames a second may be empty and not the last.
	// 0: 100 (CVE-2019-9518).
	EmptyData int64
	// TinyData is the budget that DATA frames below 256 octets spend, each what
	// it falls short; a tenth of it comes back a second, and what belongs to
	// octets that were consumed. 0: 25,600.
	TinyData int64
	// WindowUpdates is how many WINDOW_UPDATEs may come beyond what the DATA that
	// we sent explains: 5 + 2 × (streams + 10 × DATA frames). 0: none.
	WindowUpdates int
	// Priorities is how many PRIORITY frames may come for each stream that was
	// opened, plus one. 0: 100 (CVE-2019-9513).
	Priorities int
	// UselessFrames is how many frames in a row may carry nothing for a stream
	// that we know. 0: 10,000.
	UselessFrames int
	// Ledger is how many octets of field sections are held for open streams.
	// 0: 4 MiB (CVE-2026-56846). DATA is bounded by the windows.
	Ledger int64

	// StallTimeout is how long a stream may have DATA to send and make no
	// progress, in nanoseconds; then it is reset with CANCEL. 0: 30 s; below 0:
	// for ever (CVE-2019-9511, CVE-2019-9517).
	StallTimeout int64
	// IdleTimeout is how long a connection may be without a stream, in
	// nanoseconds; then it is closed with GOAWAY NO_ERROR. 0: 60 s for a server,
	// for ever for a client; below 0: for ever.
	IdleTimeout int64
	// KeepAlive is how long the peer may be silent before it is asked by a PING,
	// in nanoseconds; KeepAliveTimeout, how long it may take to answer. 0: it is
	// not asked; 20 s. Below 0: it is not asked; it may take for ever.
	KeepAlive        int64
	KeepAliveTimeout int64
	// CloseTimeout is how long the transport may take to write a last GOAWAY, in
	// nanoseconds, before it is told to close all the same (Output.Cut). 0: 1 s;
	// below 0: for ever.
	CloseTimeout int64
}

func (l *Limits) setDefaults(role Role) {
	def(&l.MaxConcurrent, 100)
	def(&l.MaxReserved, 200)
	def(&l.MaxContinuations, 8)
	def(&l.MaxBlock, 64<<10)
	def(&l.MaxFieldList, 64<<10)
	def(&l.MaxFields, 256)
	def(&l.SettingsTimeout, int64(10*time.Second))
	def(&l.MaxSettings, 32)
	def(&l.Resets, 1000)
	def(&l.ResetRate, 33)
	def(&l.UnsentAcks, 1000)
	def(&l.ForcedFrames, 5000)
	def(&l.SettingFlips, 50)
	def(&l.EmptyData, 100)
	def(&l.TinyData, 25600)
	def(&l.Priorities, 100)
	def(&l.UselessFrames, 10000)
	def(&l.Ledger, 4<<20)
	def(&l.StallTimeout, int64(30*time.Second))
	def(&l.KeepAliveTimeout, int64(20*time.Second))
	def(&l.CloseTimeout, int64(time.Second))
	if role == Server {
		def(&l.IdleTimeout, int64(60*time.Second))
	}
}

func def[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

func (l *Limits) fields() hpack.Limits {
	// A single string has no limit of its own: the section's bounds it.
	return hpack.Limits{MaxListSize: l.MaxFieldList, MaxFields: l.MaxFields, MaxBlock: l.MaxBlock, MaxString: l.MaxFieldList}
}
