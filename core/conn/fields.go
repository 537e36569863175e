package conn

import (
	"strconv"
	"strings"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// checkSection decides what a field section is and holds it to RFC 9113,
// section 8. What breaks a rule is malformed: a stream error PROTOCOL_ERROR
// (section 8.1.1).
func (c *Conn) checkSection(s *stream, fields []hpack.Field, end bool) (Section, error) {
	if s.in.final {
		if s.in.connect {
			return 0, malformed(s.id, "8.5", "HEADERS in a tunnel")
		}
		if !end {
			return 0, malformed(s.id, "8.1", "a second field section without END_STREAM is no trailer section")
		}
		if err := checkFields(s.id, fields, Trailers); err != nil {
			return 0, err
		}
		return Trailers, s.in.endBody(s.id)
	}
	if c.cfg.Role == Server {
		return Request, checkRequest(s, fields, end, c.own.EnableConnectProtocol)
	}
	return checkResponse(s, fields, end)
}

// checkRequest is RFC 9113, section 8.3.1, and 8.5 for CONNECT. extended says
// whether we allow extended CONNECT (RFC 8441).
func checkRequest(s *stream, fields []hpack.Field, end, extended bool) error {
	if err := checkFields(s.id, fields, Request); err != nil {
		return err
	}
	p := pseudo(fields)
	if err := p.checkRequest(s.id); err != nil {
		return err
	}
	if p.hasProtocol && !extended {
		return malformed(s.id, "RFC 8441 4", ":protocol, but ENABLE_CONNECT_PROTOCOL is not 1")
	}
	s.in.final = true
	s.in.connect = p.method == "CONNECT"
	s.out.head = p.method == "HEAD"
	s.out.connect = s.in.connect
	return s.in.begin(s.id, fields, end)
}

// checkPromise is RFC 9113, section 8.4: a promised request is safe, cacheable
// and has no content.
func checkPromise(s *stream, fields []hpack.Field) error {
	if err := checkFields(s.id, fields, Request); err != nil {
		return err
	}
	p := pseudo(fields)
	if err := p.checkRequest(s.id); err != nil {
		return err
	}
	if p.method != "GET" && p.method != "HEAD" {
		return malformed(s.id, "8.4", "a promised request with method "+strconv.Quote(p.method)+", which is not known to be safe and cacheable")
	}
	s.in.head = p.method == "HEAD"
	for i := range fields {
		if fields[i].Name == "content-length" && fields[i].Value != "0" {
			return malformed(s.id, "8.4", "a promised request with content-length "+strconv.QuoteToASCII(fields[i].Value)+": it must have no content")
		}
	}
	return nil
}

// checkResponse is RFC 9113, section 8.3.2.
func checkResponse(s *stream, fields []hpack.Field, end bool) (Section, error) {
	if err := checkFields(s.id, fields, Response); err != nil {
		return 0, err
	}
	status := pseudo(fields).status
	code, err := strconv.Atoi(status)
	if err != nil || len(status) != 3 || code < 100 {
		return 0, malformed(s.id, "8.3.2", ":status is "+strconv.Quote(status)+", it must be three digits")
	}
	switch {
	case code == 101:
		return 0, malformed(s.id, "8.6", ":status 101 does not exist in HTTP/2")
	case code < 200:
		if end {
			return 0, malformed(s.id, "8.1", "an informational response with END_STREAM")
		}
		return Informational, nil
	}
	s.in.final = true
	s.in.connect = s.in.connect && code < 300
	s.in.noBody = s.in.head || code == 204 || code == 304
	return Response, s.in.begin(s.id, fields, end)
}

// pseudoFields are the values of the pseudo-header fields of a section that
// checkFields has passed; has* tells an empty one from none.
type pseudoFields struct {
	method, scheme, path, authority, status, protocol string
	hasMethod, hasScheme, hasPath, hasAuthority       bool
	hasProtocol                                       bool
	host                                              string
	hosts                                             int
}

func pseudo(fields []hpack.Field) (p pseudoFields) {
	for i := range fields {
		f := &fields[i]
		switch f.Name {
		case ":method":
			p.method, p.hasMethod = f.Value, true
		case ":scheme":
			p.scheme, p.hasScheme = f.Value, true
		case ":path":
			p.path, p.hasPath = f.Value, true
		case ":authority":
			p.authority, p.hasAuthority = f.Value, true
		case ":status":
			p.status = f.Value
		case ":protocol":
			p.protocol, p.hasProtocol = f.Value, true
		case "host":
			p.host = f.Value
			p.hosts++
		}
	}
	return p
}

func (p *pseudoFields) checkRequest(id uint32) error {
	if p.method == "CONNECT" && !p.hasProtocol {
		if p.hasScheme || p.hasPath || !p.hasAuthority {
			return malformed(id, "8.5", "CONNECT needs :authority and must not have :scheme or :path")
		}
		return p.checkHost(id)
	}
	switch {
	case p.hasProtocol && p.method != "CONNECT":
		return malformed(id, "RFC 8441 4", ":protocol in a request that is no CONNECT")
	case p.hasProtocol && !p.hasAuthority:
		return malformed(id, "RFC 8441 4", "extended CONNECT without :authority")
	case !p.hasMethod || p.method == "":
		return malformed(id, "8.3.1", "a request without :method")
	case !p.hasScheme || p.scheme == "":
		return malformed(id, "8.3.1", "a request without :scheme")
	case !p.hasPath || p.path == "":
		return malformed(id, "8.3.1", "a request without :path, or with an empty one")
	case !isToken(p.method):
		return malformed(id, "8.3.1", ":method is "+strconv.QuoteToASCII(p.method)+", which is no token")
	case p.web() && !p.hasAuthority && p.hosts == 0:
		return malformed(id, "8.3.1", "a request for "+p.scheme+" with neither :authority nor host")
	case p.web() && p.path[0] != '/' && (p.path != "*" || p.method != "OPTIONS"):
		return malformed(id, "8.3.1", ":path is "+strconv.QuoteToASCII(p.path)+", it must begin with a slash")
	case strings.ContainsAny(p.path, " \t"):
		return malformed(id, "8.3.1", ":path is "+strconv.QuoteToASCII(p.path)+", it must not have a space") // where it goes on as HTTP/1.1 it would end the request's target
	case p.web() && strings.Contains(p.authority, "@"):
		return malformed(id, "8.3.1", ":authority names a user")
	}
	return p.checkHost(id)
}

// checkHost: whoever acts on Host and whoever acts on :authority must come to
// the same server, whatever the method.
func (p *pseudoFields) checkHost(id uint32) error {
	switch {
	case p.hosts > 1:
		return malformed(id, "8.3.1", "host occurs twice")
	case p.hosts > 0 && p.hasAuthority && p.host != p.authority:
		return malformed(id, "8.3.1", "host "+strconv.Quote(p.host)+" differs from :authority "+strconv.Quote(p.authority))
	}
	return nil
}

// web says whether the scheme is http or https, whose rules are known.
func (p *pseudoFields) web() bool { return p.scheme == "http" || p.scheme == "https" }

// isToken holds a method to RFC 9110, section 9.1.
func isToken(s string) bool {
	for i := range len(s) {
		if b := s[i]; !nameOctet[b] && (b < 'A' || b > 'Z') {
			return false
		}
	}
	return s != ""
}

// checkFields holds every field line to RFC 9113, sections 8.2 and 8.3.
func checkFields(id uint32, fields []hpack.Field, section Section) error {
	var seen uint8
	regular := false
	for i := range fields {
		f := &fields[i]
		if f.Name != "" && f.Name[0] == ':' {
			bit := pseudoBit(f.Name, section)
			switch {
			case section == Trailers:
				return malformed(id, "8.1", f.Name+" in a trailer section")
			case bit == 0:
				return malformed(id, "8.3", "pseudo-header field "+strconv.Quote(f.Name)+" does not belong here")
			case regular:
				return malformed(id, "8.3", f.Name+" behind a regular field")
			case seen&bit != 0:
				return malformed(id, "8.3", f.Name+" occurs twice")
			}
			seen |= bit
		} else {
			regular = true
			if err := checkName(id, f.Name, f.Value); err != nil {
				return err
			}
		}
		if err := checkValue(id, f.Name, f.Value); err != nil {
			return err
		}
	}
	return nil
}

// pseudoBit gives each pseudo-header field that the section may have a bit.
func pseudoBit(name string, section Section) uint8 {
	if section != Request {
		if name == ":status" {
			return 1
		}
		return 0
	}
	switch name {
	case ":method":
		return 1
	case ":scheme":
		return 2
	case ":path":
		return 4
	case ":authority":
		return 8
	case ":protocol":
		return 16
	}
	return 0
}

// checkName is RFC 9113, sections 8.2.1 and 8.2.2. Names are held to the token
// of RFC 9110, section 5.6.2, without upper case.
func checkName(id uint32, name, value string) error {
	if name == "" {
		return malformed(id, "8.2.1", "a field with an empty name")
	}
	for i := range len(name) {
		if !nameOctet[name[i]] {
			return malformed(id, "8.2.1", "field name "+strconv.QuoteToASCII(name)+" has an octet that names may not have")
		}
	}
	switch name {
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		return malformed(id, "8.2.2", name+" is specific to a connection, HTTP/2 does not have it")
	case "te":
		if !strings.EqualFold(value, "trailers") {
			return malformed(id, "8.2.2", "te is "+strconv.QuoteToASCII(value)+", only trailers is allowed")
		}
	}
	return nil
}

// checkValue is RFC 9113, section 8.2.1.
func checkValue(id uint32, name, value string) error {
	if n := len(value); n > 0 && (isBlank(value[0]) || isBlank(value[n-1])) {
		return malformed(id, "8.2.1", "the value of "+name+" begins or ends with white space")
	}
	for i := range len(value) {
		if b := value[i]; b < ' ' && b != '\t' || b == 0x7f {
			return malformed(id, "8.2.1", "the value of "+name+" has the control octet "+strconv.QuoteToASCII(value[i:i+1]))
		}
	}
	return nil
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

// nameOctet marks the octets of a token in lower case.
var nameOctet = func() (t [256]bool) {
	for _, b := range []byte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") {
		t[b] = true
	}
	return t
}()

func malformed(id uint32, section, reason string) *frame.Error {
	return &frame.Error{Code: frame.ProtocolError, StreamID: id, Section: section, Reason: reason}
}

// begin notes what the head of a message says of its content.
func (m *message) begin(id uint32, fields []hpack.Field, end bool) error {
	for i := range fields {
		if fields[i].Name != "content-length" || m.connect {
			continue
		}
		n, err := strconv.ParseUint(fields[i].Value, 10, 63)
		if err != nil || (m.length >= 0 && m.length != int64(n)) {
			return malformed(id, "8.1.1", "content-length is "+strconv.QuoteToASCII(fields[i].Value)+", no number or not the same twice")
		}
		m.length = int64(n)
	}
	if end {
		return m.endBody(id)
	}
	return nil
}

// addBody counts content against content-length (RFC 9113, section 8.1.1).
func (m *message) addBody(id uint32, n int64, end bool) error {
	if !m.final {
		return malformed(id, "8.1", "DATA before the head of the message")
	}
	m.body += n
	if m.noBody && m.body > 0 {
		return malformed(id, "8.1.1", "content in a response that has none (HEAD, 204 or 304)")
	}
	if m.length >= 0 && m.body > m.length {
		return m.wrongLength(id)
	}
	if end {
		return m.endBody(id)
	}
	return nil
}

func (m *message) endBody(id uint32) error {
	if m.length >= 0 && m.body != m.length && !m.noBody {
		return m.wrongLength(id)
	}
	return nil
}

func (m *message) wrongLength(id uint32) error {
	return malformed(id, "8.1.1", "content-length is "+i64(m.length)+", DATA has "+i64(m.body)+" octets")
}
