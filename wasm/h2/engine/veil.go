package engine

import (
	"encoding/binary"

	"framewise/core/session"
	"framewise/core/trace"
	"framewise/transport/memory"
)

// TLSOptions are what opDial and opServe say about TLS.
type TLSOptions struct {
	ServerName    string
	ALPN          []string // in the order of preference
	Cert, Key, CA string   // PEM
	AskCert       bool     // a server asks for a client's certificate
}

// tls reads whether there is TLS (u8) and then its options: servername str, n u32
// and ALPN names str, cert str, key str, ca str, askCert u8. nil: there is none.
func (r *reader) tls() *TLSOptions {
	if r.u8() == 0 {
		return nil
	}
	o := &TLSOptions{ServerName: r.str()}
	for n := r.u32(); n > 0 && !r.bad; n-- {
		o.ALPN = append(o.ALPN, r.str())
	}
	o.Cert, o.Key, o.CA, o.AskCert = r.str(), r.str(), r.str(), r.u8() == 1
	return o
}

// TLSState is what is known of a connection once its handshake is done, and what
// went wrong where it was not verified.
type TLSState struct {
	Version string
	ALPN    string // "": none
	Cipher  string
	Server  string // the name that was asked for
	Subject string // of the peer's certificate
	Problem string // why the peer's certificate is not trusted
}

// fields is the state as evSecure carries it.
func (t *TLSState) fields() []session.Field {
	return []session.Field{{Name: "version", Value: t.Version}, {Name: "alpn", Value: t.ALPN}, {Name: "cipher", Value: t.Cipher},
		{Name: "servername", Value: t.Server}, {Name: "subject", Value: t.Subject}, {Name: "problem", Value: t.Problem}}
}

// TLS is one end of TLS without a transport: octets in, octets out.
type TLS interface {
	// Turn takes octets of the wire and returns those for the wire, what arrived
	// in the clear, and whether the peer has ended. Before the handshake is done
	// state is nil.
	Turn(wire []byte) (out, clear []byte, state *TLSState, ended bool, err error)
	// Seal makes octets for the wire of those in the clear.
	Seal(clear []byte) (out []byte, err error)
	// Close makes the end of the stream for the wire.
	Close() []byte
	// Stop lets go of what the end holds; it is called once, last.
	Stop()
}

// secure puts TLS between a socket and its connection, if the options ask for it.
func (e *Engine) secure(s *socket, o *TLSOptions, server bool) {
	if o == nil {
		return
	}
	if e.NewTLS == nil {
		s.fail("ERR_NO_TLS", "this build has no TLS") // the host runs the program anew on the one that has
		return
	}
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], e.seed)
	binary.LittleEndian.PutUint32(seed[8:], s.handle)
	t, err := e.NewTLS(*o, server, seed, e.net.Now)
	if err != nil {
		s.fail("ERR_TLS_OPTIONS", err.Error())
		return
	}
	e.veils = append(e.veils, t)
	s.veil = &veil{s: s, tls: t, inner: s}
	s.end.Take(s.veil)
	s.veil.turn(nil)
}

// veil is TLS at an end: inner's octets go out encrypted.
type veil struct {
	s     *socket
	tls   TLS
	inner memory.Party
	known *TLSState
	wire  []byte // to be sent
	clear []byte // what the inner party says behind it
	fin   bool   // the wire ends behind it
	err   error
}

// Poll hands out what TLS itself has to say, and keeps what the inner party
// does (see Clear). It is memory.Party's.
func (v *veil) Poll(now int64, o *session.Output, maxData int) {
	v.clear = nil
	if v.known == nil && v.err == nil { // the handshake goes first
		clearOutput(o)
		v.hand(o)
		return
	}
	v.inner.Poll(now, o, maxData)
	for _, b := range o.Segments {
		v.clear = append(v.clear, b...)
	}
	v.hand(o)
}

// hand moves what is on the wire into the output.
func (v *veil) hand(o *session.Output) {
	o.Segments, o.Octets = o.Segments[:0], len(v.wire)
	if len(v.wire) > 0 {
		o.Segments = append(o.Segments, v.wire)
		v.wire = nil
	}
	if len(v.clear) > 0 || o.Octets > 0 {
		o.More = o.More || v.fin
	} else if v.fin {
		v.s.end.Finish()
	}
}

// Clear is what the inner party has said. It is memory.Veiled's.
func (v *veil) Clear() []byte { return v.clear }

// Seal encrypts. It is memory.Veiled's.
func (v *veil) Seal(clear []byte) []byte {
	if clear == nil {
		return v.tls.Close()
	}
	out, err := v.tls.Seal(clear)
	if err != nil {
		v.fail(err)
	}
	return out
}

// Receive decrypts. It is memory.Party's.
func (v *veil) Receive(now int64, b []byte) error {
	v.turn(b)
	return nil
}

func (v *veil) turn(b []byte) {
	out, clear, state, ended, err := v.tls.Turn(b)
	v.wire = append(v.wire, out...)
	if state != nil && v.known == nil {
		v.known = state
		v.s.tell(evt{kind: evSecure, fields: state.fields()})
	}
	now := v.s.e.net.Now()
	if len(clear) > 0 {
		v.s.end.Heard(clear)
		_ = v.inner.Receive(now, clear) // ErrEnded: it has heard enough
	}
	if err != nil {
		v.fail(err)
		return
	}
	if ended {
		v.inner.End(now, nil)
	}
}

// fail ends the connection: TLS does not go on after an error.
func (v *veil) fail(err error) {
	if v.err != nil {
		return
	}
	v.err, v.fin = err, true
	if s, ok := v.inner.(*socket); ok {
		s.fail("ERR_SSL", err.Error())
		return
	}
	v.inner.End(v.s.e.net.Now(), err)
}

func (v *veil) finish() {
	if !v.fin {
		v.fin = true
		v.wire = append(v.wire, v.tls.Close()...)
		v.s.end.Touch()
	}
}

func (v *veil) state() *trace.TLS {
	if v.known == nil {
		return nil
	}
	return &trace.TLS{Version: v.known.Version, ALPN: v.known.ALPN, Cipher: v.known.Cipher, Name: v.known.Server}
}

// Tick is memory.Party's.
func (v *veil) Tick(now int64) { v.inner.Tick(now) }

// End says that the connection has ended, and with it what is inside.
func (v *veil) End(now int64, err error) { v.inner.End(now, err) }

// Err is the inner party's.
func (v *veil) Err() error { return v.inner.Err() }

// Destroyed is the inner party's.
func (v *veil) Destroyed() bool { return v.inner.Destroyed() }
