package hpack

import (
	"errors"
	"strconv"

	"framewise/core/frame"

	xhpack "golang.org/x/net/http2/hpack"
)

// Limits bound what a Decoder takes of one field block. 0 stands for the
// default; math.MaxUint32 and math.MaxInt are as good as none.
type Limits struct {
	// MaxListSize bounds the decoded field section in octets: each field line
	// counts its name, its value and EntryOverhead, as in
	// SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113, section 6.5.2). Default 65536.
	MaxListSize uint32
	// MaxFields bounds the field lines; each crumb of a cookie counts.
	// Default 256.
	MaxFields int
	// MaxString bounds a single name or value, decoded, in octets. Default
	// 65536.
	MaxString uint32
	// MaxBlock bounds the field block as it is encoded, in octets over all of
	// its frames. Default 65536. What is over it isn't read any more, so that
	// the connection can't go on.
	MaxBlock uint32
}

// The defaults of Limits.
const (
	DefaultMaxListSize = 64 << 10
	DefaultMaxFields   = 256
	DefaultMaxString   = 64 << 10
	DefaultMaxBlock    = 64 << 10
)

func (l Limits) withDefaults() Limits {
	if l.MaxListSize == 0 {
		l.MaxListSize = DefaultMaxListSize
	}
	if l.MaxFields == 0 {
		l.MaxFields = DefaultMaxFields
	}
	if l.MaxString == 0 {
		l.MaxString = DefaultMaxString
	}
	if l.MaxBlock == 0 {
		l.MaxBlock = DefaultMaxBlock
	}
	return l
}

// Decoder turns field blocks into field sections, for one direction of one
// connection. Make one with NewDecoder.
//
// Use: Write each fragment of a block as it comes, then Close it.
type Decoder struct {
	x      *xhpack.Decoder // the table and the strings; the shapes and the updates are ours
	limits Limits
	dead   *Error // the fatal error that ended it

	max     uint32 // of the table, as the peer chose
	allowed uint32 // the most it may choose
	lowest  uint32 // the lowest that allowed was since the last block

	// Of the block that is being read.
	part   []byte // the start of a representation whose end has not come
	off    int    // octets of the block before part
	at     int    // octet of the block where the representation in hand begins
	size   uint64 // octets of the block so far
	begun  bool   // its first representation was seen
	lines  bool   // its first field line was seen
	fields []Field
	count  int    // of field lines
	list   uint64 // their size, as far as it was counted
	over   *Error // the limit that it exceeds
	plain  bool   // so far nothing in it was inserted, resized or never to be indexed

	memos memos
	held  held
	adds  bool // the representation in hand inserts an entry
}

// NewDecoder makes a Decoder with a dynamic table of DefaultTableSize.
func NewDecoder(limits Limits) *Decoder {
	const n = DefaultTableSize
	d := &Decoder{limits: limits.withDefaults(), max: n, allowed: n, lowest: n}
	d.x = xhpack.NewDecoder(n, d.take)
	return d
}

// SetMaxTableSize tells our own SETTINGS_HEADER_TABLE_SIZE, in octets, from
// when it is in force: when the peer has acknowledged it. When that is below
// the size of the table, the peer's next field block must begin with a size
// update, else it is a compression error (RFC 9113, section 4.3.1).
func (d *Decoder) SetMaxTableSize(n uint32) {
	d.allowed = n
	d.lowest = min(d.lowest, n)
}

// TableSize is the maximum size of the dynamic table in octets that the peer
// chose last.
func (d *Decoder) TableSize() uint32 { return d.max }

// Write reads the next fragment of a field block. The fragment is not kept. An
// error is a fatal *Error, which every later call returns too: a compression
// error, or a block over MaxBlock. The other limits are told by Close.
func (d *Decoder) Write(fragment []byte) error {
	if d.dead != nil {
		return d.dead
	}
	d.size += uint64(len(fragment))
	if d.size > uint64(d.limits.MaxBlock) {
		e := overLimit("MaxBlock", d.size, uint64(d.limits.MaxBlock), "the field block has "+strconv.FormatUint(d.size, 10)+" octets or more")
		e.Fatal, e.Offset = true, int(d.limits.MaxBlock)
		return d.die(e)
	}
	whole := d.off == 0 && len(d.part) == 0 // as far as this fragment goes
	if whole {
		if m := d.memos.ofBlock(fragment); m != nil && d.max <= d.lowest {
			d.recall(m)
			return nil
		}
		d.plain = true
	}
	b := fragment
	if len(d.part) > 0 {
		d.part = append(d.part, fragment...)
		b = d.part
	}
	n, err := d.read(b)
	if err != nil {
		return d.die(err)
	}
	d.off += n
	d.part = append(d.part[:0], b[n:]...)
	if whole && d.plain && len(d.part) == 0 && d.over == nil {
		d.memos.remember(fragment, d.fields, d.list)
	}
	return nil
}

// recall does what reading the block of a memo would do, at the beginning of a
// block. Fragments may follow.
func (d *Decoder) recall(m *memo) {
	d.begun, d.lowest, d.lines = true, d.allowed, true
	d.off, d.count, d.list = len(m.block), len(m.fields), m.list
	d.fields = append(d.fields, m.fields...)
}

// Close ends a field block and appends its field lines to dst. An error that
// matches ErrLimit and is not Fatal leaves the Decoder in step, ready for the
// next block: the request can be refused and the connection goes on. Every
// other error is fatal. With an error dst is returned as it was.
func (d *Decoder) Close(dst []Field) ([]Field, error) {
	if d.dead != nil {
		return dst, d.dead
	}
	if !d.begun {
		if err := d.begin(d.part); err != nil {
			return dst, d.die(err)
		}
	}
	if len(d.part) > 0 {
		s, _, _ := scan(d.part, 0)
		s.off = d.off
		return dst, d.die(cutOff(d.off+len(d.part), s))
	}
	if err := d.x.Close(); err != nil {
		return dst, d.die(broken(d.off, "6", err.Error()))
	}
	over := d.over
	if over != nil && over.Limit == "MaxFields" {
		over.Count = uint64(d.count)
	}
	if over == nil {
		dst = append(dst, d.fields...)
	}
	d.reset()
	if over != nil {
		return dst, over
	}
	return dst, nil
}

// keptFields and keptPart bound what an idle Decoder holds on to.
const (
	keptFields = 32
	keptPart   = 512
)

func (d *Decoder) reset() {
	clear(d.fields)
	d.fields = d.fields[:0]
	if cap(d.fields) > keptFields {
		d.fields = nil
	}
	if cap(d.part) > keptPart {
		d.part = nil
	}
	d.off, d.size, d.begun, d.lines = 0, 0, false, false
	d.count, d.list, d.over = 0, 0, nil
	d.x.SetEmitEnabled(true)
}

// Lend gives the Decoder an empty slice to gather field lines in, if it has
// none; TakeBack gets one back, unless field lines are in it. So Decoders that
// mostly wait can share a few.
func (d *Decoder) Lend(fields []Field) (taken bool) {
	if d.fields != nil {
		return false
	}
	d.fields = fields[:0]
	return true
}

// TakeBack is the end of Lend; nil: there is nothing to give back.
func (d *Decoder) TakeBack() []Field {
	if len(d.fields) > 0 {
		return nil
	}
	fields := d.fields
	d.fields = nil
	return fields
}

// Shrink lets go of what only saves work, as far as it holds nothing of a block
// that is being read. The table stays.
func (d *Decoder) Shrink() {
	d.memos = memos{}
	if len(d.fields) == 0 {
		d.fields = nil
	}
	if len(d.part) == 0 {
		d.part = nil
	}
}

func (d *Decoder) die(e *Error) *Error {
	d.dead = e
	d.fields, d.part = nil, nil
	return e
}

// read takes the whole representations at the start of b and tells how many
// octets they are. b[0] is octet d.off of the block.
func (d *Decoder) read(b []byte) (n int, err *Error) {
	for n < len(b) {
		s, more, err := scan(b, n)
		if err == nil && more {
			return n, nil
		}
		if err == nil && !d.begun {
			err = d.begin(b)
		}
		if err == nil {
			err = d.one(b, s)
		}
		if err != nil {
			err.Offset += d.off
			return n, err
		}
		n = s.end
	}
	return n, nil
}

// begin checks how the block starts; b is its first representation, or empty.
func (d *Decoder) begin(b []byte) *Error {
	if err := checkStart(b, d.max, d.lowest); err != nil {
		return err
	}
	d.begun, d.lowest = true, d.allowed
	return nil
}

// one takes one whole representation. Size updates are judged here, because
// x/net's decoder refuses a second one at the beginning of a block unless the
// table is empty, and takes one behind a field line if it is.
func (d *Decoder) one(b []byte, s shape) *Error {
	switch s.kind {
	case TableSizeUpdate, LiteralIncremental:
		d.plain = false
		d.memos.forget()
	case LiteralNeverIndexed:
		d.plain = false // whoever sent it does not want it to be kept
	}
	if s.kind == TableSizeUpdate {
		if err := checkUpdate(s, d.allowed, !d.lines); err != nil {
			return err
		}
		d.max = uint32(s.n)
		d.x.SetMaxDynamicTableSize(d.max)
		d.held.evict(d.max)
		return nil
	}
	d.lines, d.at = true, d.off+s.off
	d.count++
	if d.count > d.limits.MaxFields && d.over == nil {
		d.exceed("MaxFields", uint64(d.count), uint64(d.limits.MaxFields), "the field section has more than "+strconv.Itoa(d.limits.MaxFields)+" field lines")
	}
	if d.adds = s.kind == LiteralIncremental; d.adds && d.over != nil {
		d.x.SetEmitEnabled(true) // its size is needed
	}
	if _, err := d.x.Write(b[s.off:s.end]); err != nil {
		return wrongField(b, s, err)
	}
	if d.over != nil {
		d.x.SetEmitEnabled(false)
	}
	return nil
}

// wrongField says precisely what x/net's decoder found.
func wrongField(b []byte, s shape, cause error) *Error {
	var index xhpack.InvalidIndexError
	if errors.As(unwrap(cause), &index) {
		return badIndex(s, -1)
	}
	for _, at := range []Span{s.name, s.value} {
		if at.Huffman {
			if _, off, bad := appendHuffman(nil, b[at.Off:at.Off+at.Len]); bad != "" {
				return broken(at.Off+off, "5.2", bad)
			}
		}
	}
	return broken(s.off, "6", cause.Error())
}

// unwrap takes the cause out of x/net's DecodingError, which has no Unwrap.
func unwrap(err error) error {
	var d xhpack.DecodingError
	if errors.As(err, &d) {
		return d.Err
	}
	return err
}

// take is called by x/net for each field line, within Write.
func (d *Decoder) take(f Field) {
	size := uint64(len(f.Name)) + uint64(len(f.Value)) + EntryOverhead
	if d.adds {
		d.held.insert(size, uint64(d.max))
	}
	if d.over != nil {
		return
	}
	d.list += size
	switch longest := uint64(max(len(f.Name), len(f.Value))); {
	case longest > uint64(d.limits.MaxString):
		d.exceed("MaxString", longest, uint64(d.limits.MaxString), "a name or value has "+strconv.FormatUint(longest, 10)+" octets")
	case d.list > uint64(d.limits.MaxListSize):
		d.exceed("MaxListSize", d.list, uint64(d.limits.MaxListSize), "the field section has "+strconv.FormatUint(d.list, 10)+" octets or more")
	default:
		d.fields = append(d.fields, f)
	}
}

// exceed notes the first limit that the block is over. From here on only the
// table is kept up: x/net makes no more strings than that needs.
func (d *Decoder) exceed(limit string, count, max uint64, what string) {
	d.over = overLimit(limit, count, max, what)
	d.over.Offset = d.at
	d.x.SetEmitEnabled(false)
	clear(d.fields)
	d.fields = d.fields[:0]
}

func overLimit(limit string, count, max uint64, what string) *Error {
	return &Error{
		Code: frame.EnhanceYourCalm, Section: "RFC 9113 10.5.1",
		Reason: what + ", " + limit + " is " + strconv.FormatUint(max, 10),
		Limit:  limit, Count: count, Max: max,
	}
}
