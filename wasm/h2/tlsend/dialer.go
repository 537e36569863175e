package tlsend

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"iter"
	"net"
	"strings"
	"time"

	"framewise/core/trace"
	"framewise/transport"
)

// Commands of Dialer.Run: the first octet, with what stands behind it. A str is a
// length (u32, little-endian) and its octets. web/runtime/veil.js is the other side.
const (
	cmdRoots = iota // certificates in DER, one behind the other: who is trusted from here on
	cmdBegin        // target str, host:port; own str: certificates in PEM that are trusted beside the roots
	cmdTurn         // octets of the wire
	cmdSeal         // octets in the clear
	cmdClose        // nothing follows in the clear
	cmdCut          // the wire has ended
)

// Flags of an answer.
const (
	flagSecured = 1 << iota // the handshake is done; the facts are in this answer
	flagEnded               // the peer has ended
	flagResumed             // the handshake took up an earlier session
)

// trustHint says what a person can do about an authority that the tab does not know.
const trustHint = "if you know better, add its authority's certificate (PEM) under “Trusted certificates”"

// Dialer is the client's end of TLS to one real server after the other. The zero
// value trusts nobody: give it roots first.
type Dialer struct {
	Now func() time.Time // nil: the system's clock

	roots    *x509.CertPool
	sessions tls.ClientSessionCache // of all targets, for as long as own stays the same
	own      string
	cur      *real
}

// real is the end of a dial.
type real struct {
	end
	to, host string
	secured  bool       // the handshake is done
	facts    *trace.TLS // that it made, until they are told
	keys     []byte     // lines of the key log that have not been told
	why      *transport.DialError
}

// Run carries out a command. The answer is flags u8, then out (for the wire),
// clear (what arrived), keys (lines in the format of SSLKEYLOGFILE), kind and
// text (why the connection can't go on, "": it can), then version, alpn, cipher,
// name, names and issuer as trace.TLS has them; all str.
func (d *Dialer) Run(b []byte) []byte {
	if len(b) == 0 {
		return answer(&real{}, nil, nil, refused("the command is empty"))
	}
	switch b[0] {
	case cmdRoots:
		return answer(&real{}, nil, nil, d.trust(b[1:]))
	case cmdBegin:
		if why := d.begin(b[1:]); why != nil {
			return answer(&real{}, nil, nil, why)
		}
		b = []byte{cmdTurn} // the first octets are ours
	}
	c := d.cur
	if c == nil {
		return answer(&real{}, nil, nil, refused("no dial has begun"))
	}
	out, clear := c.carry(b[0], b[1:])
	return answer(c, out, clear, c.why)
}

func refused(text string) *transport.DialError {
	return &transport.DialError{Kind: transport.Certificate, Text: text}
}

// trust takes the roots, which are copied.
func (d *Dialer) trust(der []byte) *transport.DialError {
	certs, err := x509.ParseCertificates(append([]byte(nil), der...))
	if err == nil && len(certs) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		return refused("the list of authorities can't be read: " + err.Error())
	}
	d.roots = x509.NewCertPool()
	for _, c := range certs {
		d.roots.AddCert(c)
	}
	return nil
}

// begin ends the dial before, and makes the client of the next.
func (d *Dialer) begin(b []byte) *transport.DialError {
	if d.cur != nil {
		d.cur.stop()
		d.cur = nil
	}
	to, b := str(b)
	own, _ := str(b)
	if d.roots == nil {
		return refused("the list of authorities has not come")
	}
	host, _, err := net.SplitHostPort(to)
	if err != nil {
		return refused(fmt.Sprintf("the target %q is no host:port", to))
	}
	roots := d.roots.Clone()
	if err := addPEM(roots, own); err != nil {
		return refused(err.Error())
	}
	// Who was trusted by certificates that are not there any more is asked anew.
	if d.sessions == nil || d.own != own {
		d.sessions, d.own = tls.NewLRUClientSessionCache(32), own
	}
	c := &real{to: to, host: host}
	config := &tls.Config{RootCAs: roots, ServerName: host, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12,
		Time: d.Now, KeyLogWriter: keyLog{c}, ClientSessionCache: sessionsOf{d.sessions, to}, DynamicRecordSizingDisabled: true}
	c.conn = tls.Client(wire{&c.end}, config)
	c.done = c.describe
	c.next, c.stop = iter.Pull(c.run)
	d.cur = c
	return nil
}

// addPEM adds somebody's own certificates; text may have other lines around them.
func addPEM(pool *x509.CertPool, text string) error {
	rest := []byte(text)
	blocks := strings.Count(text, "-----BEGIN ")
	if blocks == 0 && strings.TrimSpace(text) != "" {
		return errors.New("the trusted certificates are no PEM, which begins with -----BEGIN CERTIFICATE-----")
	}
	for n := 1; n <= blocks; n++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return fmt.Errorf("among the trusted certificates, one of the %d blocks is no PEM: is it cut off?", blocks)
		}
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("among the trusted certificates, block %d is a %s: only certificates belong there", n, block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("among the trusted certificates, block %d can't be read: %w", n, err)
		}
		pool.AddCert(cert)
	}
	return nil
}

// carry does what a command says with its octets.
func (c *real) carry(cmd byte, b []byte) (out, clear []byte) {
	was := c.err
	switch cmd {
	case cmdTurn:
		out, clear = c.turn(b)
	case cmdCut:
		c.cut = true
		out, clear = c.turn(nil)
	case cmdSeal:
		if !c.secured { // Write would wait for the handshake
			c.err = cmp.Or(c.err, errors.New("there is nothing to say before the handshake is done"))
		} else if _, err := c.conn.Write(b); err != nil {
			c.err = cmp.Or(c.err, err)
		}
	case cmdClose:
		_ = c.conn.CloseWrite() // before the handshake there is nothing to say
	}
	out, c.out = append(out, c.out...), nil
	if c.err != was && c.why == nil {
		c.why = c.failure()
	}
	return out, clear
}

// failure says what the error means: of the handshake, or of a connection that
// was fine.
func (c *real) failure() *transport.DialError {
	if !c.secured {
		return transport.TLSFailure(c.to, c.host, trustHint, c.err)
	}
	return &transport.DialError{Kind: transport.Refused, Text: fmt.Sprintf("the TLS connection to %s failed: %s", c.to, transport.Cause(c.err))}
}

// describe keeps the facts of the handshake. A server without h2 is refused.
func (c *real) describe(s tls.ConnectionState) {
	c.secured, c.facts = true, transport.TLSFacts(&s)
	if s.NegotiatedProtocol != "h2" {
		c.why = transport.NoHTTP2(c.to, s.NegotiatedProtocol)
		_ = c.conn.CloseWrite() // to say goodbye; why tells the rest
	}
}

func answer(c *real, out, clear []byte, why *transport.DialError) []byte {
	f := c.facts
	var flags byte
	if f != nil {
		flags |= flagSecured
		if f.Resumed {
			flags |= flagResumed
		}
	} else {
		f = &trace.TLS{}
	}
	if c.ended {
		flags |= flagEnded
	}
	if why == nil {
		why = &transport.DialError{}
	}
	b := []byte{flags}
	for _, s := range [][]byte{out, clear, c.keys} {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
	}
	for _, s := range []string{string(why.Kind), why.Text, f.Version, f.ALPN, f.Cipher, f.Name, f.Names, f.Issuer} {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
	}
	c.facts, c.keys = nil, nil
	return b
}

// str cuts a str from the front; one that is cut short is empty.
func str(b []byte) (string, []byte) {
	if len(b) < 4 {
		return "", nil
	}
	n := binary.LittleEndian.Uint32(b)
	if b = b[4:]; uint64(n) > uint64(len(b)) {
		return "", nil
	}
	return string(b[:n]), b[n:]
}

// keyLog keeps what crypto/tls writes of the secrets.
type keyLog struct{ c *real }

func (k keyLog) Write(b []byte) (int, error) {
	k.c.keys = append(k.c.keys, b...)
	return len(b), nil
}

// sessionsOf is the sessions of one target: crypto/tls knows hosts only.
type sessionsOf struct {
	all tls.ClientSessionCache
	to  string
}

func (s sessionsOf) Get(string) (*tls.ClientSessionState, bool)    { return s.all.Get(s.to) }
func (s sessionsOf) Put(_ string, session *tls.ClientSessionState) { s.all.Put(s.to, session) }
