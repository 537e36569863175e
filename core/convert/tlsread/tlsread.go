// Package tlsread reads TLS connections of others whose secrets a key log
// tells: TLS 1.2 with AES-GCM and ChaCha20-Poly1305, and TLS 1.3, with
// resumption and key updates.
//
// In come the octets of both directions of a connection, in order, and a
// KeyLog; out go the octets that were sent through it, and what the handshake
// told. Octets that a capture lacks are told by Gap: reading goes on with the
// next record that can be opened.
//
// Nothing is verified but the records' tags: certificates, Finished and
// signatures are the two ends' business. The package keeps one record a
// direction (18 KiB) and has no input, output, clock or randomness.
package tlsread

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// Ends of a connection, as directions: what the client sends, what the server
// sends.
const (
	Client = 0
	Server = 1
)

// Info is what the handshake tells; "" where it was not seen or can't be read.
type Info struct {
	Version string // "TLS 1.3"
	Cipher  string
	ALPN    string // "h2"
	Name    string // the server name that was asked for
}

// Data is a piece of what was sent through the connection.
type Data struct {
	Octets []byte // its own, not used again
	Lost   bool   // octets of unknown number are missing before it
}

// Content types of records (RFC 8446, section 5.1).
const (
	typeSwitch    = 20 // change_cipher_spec
	typeAlert     = 21
	typeHandshake = 22
	typeData      = 23
)

// Handshake messages.
const (
	msgClientHello = 1
	msgServerHello = 2
	msgTicket      = 4
	msgExtensions  = 8
	msgKeyUpdate   = 24
)

const (
	headerLen    = 5
	maxRecord    = 16384 + 2048 // RFC 5246, section 6.2.3
	maxHandshake = 1 << 17      // a message: long chains of certificates
	maxSkip      = 256          // records that may be missing at a gap
	maxTrials    = 1 << 16      // records that are tried to be opened in vain, in all
)

// Conn is one connection. Make one with New.
type Conn struct {
	Info Info
	log  *KeyLog

	hello        bool
	random       [32]byte
	serverRandom [32]byte
	offered      []byte   // TLS 1.2: the session that the client would resume
	sessionID    []byte   // the server's
	ticket       [32]byte // the same by ticket
	master       []byte
	version      uint16
	suiteID      uint16
	begun        bool // the ServerHello was seen
	reason       string
	dirs         [2]half
	trials       int
	opened       int
}

// half is one direction.
type half struct {
	buf      []byte // the record that is not whole
	lost     bool   // octets are missing before buf
	tell     bool   // ... which was not told yet
	missed   int    // records since the last one that could be opened
	shake    []byte // the handshake message that is not whole
	now      *keys
	next     []*keys // TLS 1.3: what may come after now
	switched bool    // TLS 1.2: ChangeCipherSpec was seen
	pending  *keys   // TLS 1.2: the keys after it
}

// New is a connection that nothing was seen of. The KeyLog may grow until the
// ServerHello comes.
func New(log *KeyLog) *Conn { return &Conn{log: log} }

// Looks says whether octets are the beginning of a TLS record: it takes five.
func Looks(b []byte) bool {
	if len(b) < headerLen {
		return false
	}
	n := int(binary.BigEndian.Uint16(b[3:]))
	return b[0] >= typeSwitch && b[0] <= typeData && b[1] == 3 && b[2] <= 4 && n > 0 && n <= maxRecord
}

// Unreadable says why nothing of the connection can be read: "" if it can, or
// if that is not known yet.
func (c *Conn) Unreadable() string { return c.reason }

// Opened is how many records were decrypted.
func (c *Conn) Opened() int { return c.opened }

// Feed takes in octets of a direction and gives what was sent to emit, for each
// record with content. After Unreadable tells a reason it does nothing.
func (c *Conn) Feed(dir int, b []byte, emit func(Data)) {
	h := &c.dirs[dir]
	for c.reason == "" {
		if len(h.buf) == 0 && !h.lost { // records that are whole are not copied
			n := c.record(dir, b, emit)
			if n == 0 {
				break
			}
			b = b[n:]
			continue
		}
		n := min(len(b), headerLen+maxRecord-len(h.buf))
		h.buf, b = append(h.buf, b[:n]...), b[n:]
		at := 0
		for c.reason == "" {
			used := c.record(dir, h.buf[at:], emit)
			if used == 0 {
				break
			}
			at += used
		}
		if c.reason != "" {
			return
		}
		h.buf = append(h.buf[:0], h.buf[at:]...)
		if len(b) == 0 {
			return
		}
	}
	if c.reason == "" {
		h.buf = append(h.buf, b...)
	}
}

// Gap tells that octets of a direction are missing here. The next record is
// looked for, wherever it begins.
func (c *Conn) Gap(dir int) {
	h := &c.dirs[dir]
	if !c.begun {
		c.fail("octets of its handshake are missing in the capture")
		return
	}
	h.buf, h.shake = h.buf[:0], nil
	h.lost, h.tell = true, true
}

// NoSecrets is the reason of connections that another key log may open.
const NoSecrets = "the key log has no secrets of it"

func (c *Conn) fail(reason string) {
	if c.reason == "" {
		c.reason = reason
		c.dirs = [2]half{}
	}
}

// record reads one record at the start of b, if it is whole, and returns its
// length. After a gap it looks for one that can be opened.
func (c *Conn) record(dir int, b []byte, emit func(Data)) int {
	h := &c.dirs[dir]
	skipped := 0
	for h.lost && len(b) >= headerLen && !Looks(b) {
		b, skipped = b[1:], skipped+1
	}
	if len(b) < headerLen {
		return skipped
	}
	if !Looks(b) {
		c.fail("octets that are no TLS record stand in it")
		return 0
	}
	n := headerLen + int(binary.BigEndian.Uint16(b[3:]))
	if len(b) < n {
		return skipped
	}
	kind, header, body := b[0], b[:headerLen], b[headerLen:n]
	// TLS 1.3 disguises every encrypted record as data (RFC 8446, section 5.2).
	clear := h.now == nil && (len(h.next) == 0 || kind != typeData) || h.now != nil && h.now.tls13 && kind == typeHandshake
	if clear {
		c.plain(dir, kind, body)
		h.lost = false
		return skipped + n
	}
	if kind == typeSwitch { // in TLS 1.3 a relic without meaning
		return skipped + n
	}
	out, ok := c.open(h, header, body)
	if !ok {
		if h.lost { // no record, only octets that look like one
			return skipped + 1
		}
		h.tell = true // it is missing from what is told, the rest goes on
		h.missed = min(h.missed+1, maxSkip)
		return skipped + n
	}
	c.opened++
	h.lost, h.missed = false, 0
	c.content(dir, kind, out, emit)
	return skipped + n
}

// open tries the keys in hand, then those that may follow, and after a gap the
// sequence numbers that may be missing.
func (c *Conn) open(h *half, header, body []byte) ([]byte, bool) {
	if c.trials > maxTrials {
		c.fail("too many of its records can't be opened with the key log's secrets")
		return nil, false
	}
	skips := uint64(1 + h.missed)
	if h.lost {
		skips = maxSkip
	}
	if h.now != nil {
		for skip := range skips {
			if out, ok := h.now.open(nil, header, body, skip); ok {
				h.now.seq += skip + 1
				return out, true
			}
			c.trials++
		}
	}
	for i, k := range h.next {
		if out, ok := k.open(nil, header, body, 0); ok {
			h.now, h.next = k, h.next[i+1:]
			h.now.seq = 1
			return out, true
		}
		c.trials++
	}
	return nil, false
}

// content is what a record that was opened holds.
func (c *Conn) content(dir int, kind byte, out []byte, emit func(Data)) {
	h := &c.dirs[dir]
	if h.now.tls13 { // the true type is the last octet that is not 0 (RFC 8446, section 5.2)
		for len(out) > 0 && out[len(out)-1] == 0 {
			out = out[:len(out)-1]
		}
		if len(out) == 0 {
			return
		}
		kind, out = out[len(out)-1], out[:len(out)-1]
	}
	switch kind {
	case typeData:
		if len(out) > 0 {
			emit(Data{out, h.tell})
			h.tell = false
		}
	case typeHandshake:
		c.messages(dir, out)
	}
}

// plain is a record before the keys.
func (c *Conn) plain(dir int, kind byte, body []byte) {
	h := &c.dirs[dir]
	switch kind {
	case typeHandshake:
		c.messages(dir, body)
	case typeSwitch:
		if h.pending != nil {
			h.now, h.pending = h.pending, nil
		}
		h.switched = true
	case typeData:
		if !c.begun && c.reason == "" {
			if c.hello { // early data whose secret is not known
				h.tell = true
				return
			}
			c.fail("the capture begins after its handshake")
		}
	}
}

// messages reads the handshake messages of records.
func (c *Conn) messages(dir int, b []byte) {
	h := &c.dirs[dir]
	h.shake = append(h.shake, b...)
	for len(h.shake) >= 4 {
		n := 4 + int(h.shake[1])<<16 + int(h.shake[2])<<8 + int(h.shake[3])
		if n > maxHandshake {
			c.fail("a message of its handshake says that it is " + strconv.Itoa(n) + " octets long")
			return
		}
		if len(h.shake) < n {
			return
		}
		kind, body := h.shake[0], h.shake[4:n]
		h.shake = h.shake[n:]
		c.message(dir, kind, body)
		if c.reason != "" {
			return
		}
	}
	if len(h.shake) == 0 {
		h.shake = nil
	}
}

func (c *Conn) message(dir int, kind byte, body []byte) {
	h := &c.dirs[dir]
	switch {
	case kind == msgClientHello && dir == Client && h.now == nil:
		c.clientHello(body)
	case kind == msgServerHello && dir == Server && h.now == nil:
		c.serverHello(body)
	case kind == msgTicket && dir == Server && c.master != nil && len(body) > 6: // a lifetime, a length, the ticket
		c.log.remember(session("ticket", body[6:]), c.master)
	case kind == msgExtensions && dir == Server:
		r := reader{body, true}
		c.extensions(&r, c.serverExtension)
	case kind == msgKeyUpdate && h.now != nil && h.now.tls13:
		if k := h.now.update(); k != nil {
			h.now = k
		}
	}
}

// begin makes the keys after the ServerHello.
func (c *Conn) begin() {
	if c.begun {
		return
	}
	c.begun = true
	s, known := suites[c.suiteID]
	switch {
	case !c.hello:
		c.fail("its ClientHello is missing in the capture")
	case !known || s.tls13 != (c.version == 0x0304):
		c.fail(c.Info.Version + " with " + c.Info.Cipher + ", which can't be read here")
	case c.masterSecret() == nil && !c.log.has(c.random):
		c.fail(NoSecrets)
	case s.tls13:
		c.begin13(s)
	default:
		c.begin12(s)
	}
}

// masterSecret is that of TLS 1.2: in the key log, or of a session that is
// resumed (RFC 5246, section 7.3; RFC 5077).
func (c *Conn) masterSecret() []byte {
	if m := c.log.get(labelMaster12, c.random); m != nil || c.version == 0x0304 {
		return m
	}
	if len(c.offered) > 0 && bytes.Equal(c.offered, c.sessionID) {
		if m := c.log.resumed(session("id", c.offered)); m != nil {
			return m
		}
	}
	return c.log.resumed(c.ticket)
}

func (c *Conn) begin13(s suite) {
	c.dirs[Client].next = nil // guesses about early data, which was accepted or not
	for dir, labels := range [2][]string{{labelClientShake, labelClient}, {labelServerShake, labelServer}} {
		for _, label := range labels {
			secret := c.log.get(label, c.random)
			if secret == nil {
				continue
			}
			if k := keys13(s, secret); k != nil {
				c.dirs[dir].next = append(c.dirs[dir].next, k)
			}
		}
		if len(c.dirs[dir].next) == 0 {
			c.fail("the key log lacks secrets of it")
			return
		}
	}
}

func (c *Conn) begin12(s suite) {
	master := c.masterSecret()
	if master == nil {
		c.fail("the key log lacks its master secret")
		return
	}
	c.master = master
	if len(c.sessionID) > 0 {
		c.log.remember(session("id", c.sessionID), master)
	}
	toServer, toClient := keys12(s, master, c.random, c.serverRandom)
	if toServer == nil {
		c.fail("its master secret in the key log can't be used")
		return
	}
	for dir, k := range [2]*keys{toServer, toClient} {
		if h := &c.dirs[dir]; h.switched {
			h.now = k
		} else {
			h.pending = k
		}
	}
}
