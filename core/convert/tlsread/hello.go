package tlsread

import "encoding/binary"

// reader walks the octets of a handshake message; ok turns false beyond its end.
type reader struct {
	b  []byte
	ok bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.ok, r.b = false, nil
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) u8() int {
	if b := r.take(1); b != nil {
		return int(b[0])
	}
	return 0
}

func (r *reader) u16() int {
	if b := r.take(2); b != nil {
		return int(binary.BigEndian.Uint16(b))
	}
	return 0
}

// Extensions that are looked at.
const (
	extName     = 0
	extALPN     = 16
	extTicket   = 35
	extVersions = 43
)

// retry is the random of a HelloRetryRequest (RFC 8446, section 4.1.3).
var retry = [32]byte{0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c}

// clientHello reads a ClientHello (RFC 8446, section 4.1.2).
func (c *Conn) clientHello(b []byte) {
	r := reader{b, true}
	r.u16()
	copy(c.random[:], r.take(32))
	c.offered = append([]byte(nil), r.take(r.u8())...)
	r.take(r.u16())
	r.take(r.u8())
	c.hello = r.ok
	if c.dirs[Client].now == nil && r.ok {
		c.early()
	}
	c.extensions(&r, func(kind int, e reader) {
		switch kind {
		case extName: // a list of names; of each a kind, and the name
			e.u16()
			if e.u8() == 0 {
				c.Info.Name = string(e.take(e.u16()))
			}
		case extTicket:
			c.ticket = session("ticket", e.b)
		}
	})
}

// early prepares for data that comes before the ServerHello tells the suite: it
// is that of an earlier connection (RFC 8446, section 4.2.10).
func (c *Conn) early() {
	secret := c.log.get(labelEarly, c.random)
	c.dirs[Client].next = nil
	for id := uint16(0x1301); id <= 0x1303; id++ {
		if k := keys13(suites[id], secret); secret != nil && k != nil {
			c.dirs[Client].next = append(c.dirs[Client].next, k)
		}
	}
}

// serverHello reads a ServerHello, or a HelloRetryRequest.
func (c *Conn) serverHello(b []byte) {
	r := reader{b, true}
	c.version = uint16(r.u16())
	var random [32]byte
	copy(random[:], r.take(32))
	c.sessionID = append([]byte(nil), r.take(r.u8())...)
	id := uint16(r.u16())
	r.u8()
	if !r.ok || random == retry {
		return
	}
	c.serverRandom, c.suiteID = random, id
	c.extensions(&r, c.serverExtension)
	c.Info.Version, c.Info.Cipher = versionName(c.version), suiteName(id)
	c.begin()
}

func (c *Conn) serverExtension(kind int, e reader) {
	switch kind {
	case extVersions:
		if v := e.u16(); e.ok {
			c.version = uint16(v)
		}
	case extALPN: // a list of one name
		e.u16()
		c.Info.ALPN = string(e.take(e.u8()))
	}
}

func (c *Conn) extensions(r *reader, each func(kind int, e reader)) {
	list := reader{r.take(r.u16()), true}
	for len(list.b) >= 4 {
		kind := list.u16()
		e := reader{list.take(list.u16()), true}
		if !list.ok {
			return
		}
		each(kind, e)
	}
}

func versionName(v uint16) string {
	switch v {
	case 0x0304:
		return "TLS 1.3"
	case 0x0303:
		return "TLS 1.2"
	case 0x0302:
		return "TLS 1.1"
	case 0x0301:
		return "TLS 1.0"
	}
	return "TLS"
}
