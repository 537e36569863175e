package conn

import (
	"time"

	"framewise/core/hpack"
)

// Limits protect against a peer that wants to exhaust us. A zero field means
// the default that its comment names.
type Limits struct {
	// MaxConcurrent is how many streams of the peer are open at a time, enforced
	// from the first octet. 0 means 100. More are refused (REFUSED_STREAM).
	MaxConcurrent uint32
	// MaxContinuations is how many CONTINUATION frames a field block may have.
	// 0 means 8. More end the connection (CVE-2024-27316).
	MaxContinuations int
	// MaxBlock is the size of a field block as it is sent, in octets. 0: 64 KiB.
	MaxBlock uint32
	// MaxFieldList is the size of a field section, decoded: name, value and 32
	// for each field line. 0: 64 KiB. Our SETTINGS_MAX_HEADER_LIST_SIZE, once in
	// force, does not change it.
	MaxFieldList uint32
	// MaxFields is the number of field lines in a section. 0: 256.
	MaxFields int
	// SettingsTimeout is how long the peer may take to acknowledge SETTINGS, in
	// nanoseconds. 0: 10 s; below 0: for ever.
	SettingsTimeout int64
	// MaxSettings is the number of entries in a SETTINGS frame. 0: 32.
	MaxSettings int
}

func (l *Limits) setDefaults() {
	def(&l.MaxConcurrent, 100)
	def(&l.MaxContinuations, 8)
	def(&l.MaxBlock, 64<<10)
	def(&l.MaxFieldList, 64<<10)
	def(&l.MaxFields, 256)
	def(&l.SettingsTimeout, int64(10*time.Second))
	def(&l.MaxSettings, 32)
}

func def[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

func (l *Limits) fields() hpack.Limits {
	return hpack.Limits{MaxListSize: l.MaxFieldList, MaxFields: l.MaxFields, MaxBlock: l.MaxBlock}
}
