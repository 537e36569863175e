package inspect

import (
	"strconv"
	"strings"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// What a field section is.
const (
	sectionRequest = iota
	sectionResponse
	sectionTrailers
	sectionPromise
)

// What can be wrong with a field section. Each makes the message malformed: a
// stream error PROTOCOL_ERROR (RFC 9113, section 8.1.1).
const (
	faultUpper = iota
	faultName
	faultValue
	faultConnection
	faultTE
	faultPseudoLate
	faultPseudoUnknown
	faultPseudoTwice
	faultPseudoTrailers
	faultMissing
	faultStatus
	faultEmpty
	faultMethod
	faultPath
	faultPathSpace
	faultNobody
	faultUser
	faultHost
	faultConnect
	faultProtocol
	faultNotEnabled
	faultLength
	faultPushMethod
	faultSwitching
	faultInformational
	faults
)

var fieldFaults = [faults]struct{ ref, text string }{
	faultUpper:          {"RFC 9113 8.2.1", "has an uppercase letter in its name"},
	faultName:           {"RFC 9113 8.2.1", "has a character in its name that is not allowed"},
	faultValue:          {"RFC 9113 8.2.1", "has a character in its value that is not allowed, or a space at its edge"},
	faultConnection:     {"RFC 9113 8.2.2", "is specific to a connection of HTTP/1.1 and must not be sent"},
	faultTE:             {"RFC 9113 8.2.2", "has another value than trailers"},
	faultPseudoLate:     {"RFC 9113 8.3", "is a pseudo-header field behind a regular one"},
	faultPseudoUnknown:  {"RFC 9113 8.3", "is no pseudo-header field of this kind of message"},
	faultPseudoTwice:    {"RFC 9113 8.3", "is there twice"},
	faultPseudoTrailers: {"RFC 9113 8.1", "is a pseudo-header field in trailers"},
	faultMissing:        {"RFC 9113 8.3.1", "is missing from the request"},
	faultStatus:         {"RFC 9113 8.3.2", "is missing from the response, or no number of three digits"},
	faultEmpty:          {"RFC 9113 8.3.1", "is empty"},
	faultMethod:         {"RFC 9113 8.3.1", "is no token"},
	faultPath:           {"RFC 9113 8.3.1", "does not begin with a slash"},
	faultPathSpace:      {"RFC 9113 8.3.1", "has a space: passed on as HTTP/1.1 it would end the request's target there"},
	faultNobody:         {"RFC 9113 8.3.1", "is missing, and there is no host"},
	faultUser:           {"RFC 9113 8.3.1", "names a user"},
	faultHost:           {"RFC 9113 8.3.1", "is another than :authority"},
	faultConnect:        {"RFC 9113 8.5", "does not belong into CONNECT"},
	faultProtocol:       {"RFC 8441 4", "belongs into CONNECT with :authority only"},
	faultNotEnabled:     {"RFC 8441 4", "is there although the server's ENABLE_CONNECT_PROTOCOL is not 1"},
	faultLength:         {"RFC 9113 8.1.1", "is no number, or there twice with different values"},
	faultPushMethod:     {"RFC 9113 8.4", "of a promised request is not known to be safe and cacheable"},
	faultSwitching:      {"RFC 9113 8.6", "101 does not exist in HTTP/2"},
	faultInformational:  {"RFC 9113 8.1", "is informational, and END_STREAM would end the message before its final response"},
}

// Pseudo-header fields as bits.
const (
	pseudoMethod = 1 << iota
	pseudoScheme
	pseudoAuthority
	pseudoPath
	pseudoProtocol
	pseudoStatus
)

var pseudoNames = []string{":method", ":scheme", ":authority", ":path", ":protocol", ":status"}

func pseudoBit(name string) int {
	switch name {
	case ":method":
		return pseudoMethod
	case ":scheme":
		return pseudoScheme
	case ":authority":
		return pseudoAuthority
	case ":path":
		return pseudoPath
	case ":protocol":
		return pseudoProtocol
	case ":status":
		return pseudoStatus
	}
	return 0
}

// sectionPseudo are the pseudo-header fields that a kind of section may have.
var sectionPseudo = [...]int{
	sectionRequest:  pseudoMethod | pseudoScheme | pseudoAuthority | pseudoPath | pseudoProtocol,
	sectionResponse: pseudoStatus,
	sectionPromise:  pseudoMethod | pseudoScheme | pseudoAuthority | pseudoPath,
}

// checkFields checks a field section (RFC 9113, section 8.2 and 8.3). It says
// whether it is that of an informational response (1xx).
func (s *sending) checkFields(reps []hpack.Rep, kind int) (informational bool) {
	seen, regular, connect, status, unknown := 0, false, false, "", false
	for i := range reps {
		r := &reps[i]
		if !r.IsField() {
			continue
		}
		if r.Unknown {
			unknown = true
			continue
		}
		if r.Name == "" || r.Name[0] != ':' {
			regular = true
			s.checkRegular(r, i)
			continue
		}
		bit := pseudoBit(r.Name)
		switch {
		case kind == sectionTrailers:
			s.fault(faultPseudoTrailers, i)
		case bit&sectionPseudo[kind] == 0:
			s.fault(faultPseudoUnknown, i)
		case regular:
			s.fault(faultPseudoLate, i)
		case seen&bit != 0:
			s.fault(faultPseudoTwice, i)
		}
		seen |= bit
		if bit == pseudoStatus {
			status = r.Value
		}
		connect = connect || bit == pseudoMethod && r.Value == "CONNECT"
	}
	switch {
	case unknown && (kind != sectionResponse || status == ""): // what seems to be missing may be there
	case kind == sectionRequest, kind == sectionPromise:
		s.checkRequired(seen, connect)
	case kind == sectionResponse:
		if !isStatus(status) {
			s.fault(faultStatus, -1-5)
		}
		return len(status) == 3 && status[0] == '1'
	}
	return false
}

// length notes what content-length a message announces. A response to HEAD and
// one with the status 304 announce what they don't send (RFC 9110, section 8.6).
func (s *sending) length(st *stream, kind int, flags frame.Flags, reps []hpack.Rep) {
	end := flags.Has(frame.FlagEndStream)
	if kind == sectionTrailers {
		if end {
			s.short()
		}
		return
	}
	n, bodyless := int64(noLength), kind == sectionResponse && st.bodyless
	for i := range reps {
		switch r := &reps[i]; r.Name {
		case hpack.Unknown: // it may be :method: HEAD, or the status 304
			st.bodyless = st.bodyless || r.Unknown
			bodyless = bodyless || r.Unknown
		case ":method":
			st.bodyless = st.bodyless || r.Value == "HEAD"
		case ":status":
			bodyless = bodyless || r.Value == "304"
		case "content-length":
			if v, err := strconv.ParseInt(r.Value, 10, 63); err == nil && v >= 0 {
				n = v
			}
		}
	}
	if bodyless {
		n = noLength
	}
	if st.left[s.dir] = n; end {
		s.short()
	}
}

func isStatus(v string) bool {
	return len(v) == 3 && v[0] >= '1' && v[0] <= '9' && v[1] >= '0' && v[1] <= '9' && v[2] >= '0' && v[2] <= '9'
}

// checkRequired: every request names method, scheme and path; a CONNECT that is
// no extended one (RFC 8441) has only method and authority (section 8.5).
func (s *sending) checkRequired(seen int, connect bool) {
	need := pseudoMethod | pseudoScheme | pseudoPath
	if connect && seen&pseudoProtocol == 0 {
		need = pseudoMethod | pseudoAuthority
	}
	for i := range pseudoNames {
		if need&^seen&(1<<i) != 0 {
			s.fault(faultMissing, -1-i)
		}
	}
}

// fault notes a field line, by its representation, or a missing pseudo-header
// field as -1 - its number.
func (s *sending) fault(what, rep int) {
	s.problem(ruleField, int64(what), int64(rep))
}

// checkRegular checks a field line that is no pseudo-header field. Names and
// values from a table were checked when they got there.
func (s *sending) checkRegular(r *hpack.Rep, i int) {
	if r.NameAt.Present() {
		if f := badName(r.Name); f >= 0 {
			s.fault(f, i)
		}
	}
	switch r.Name {
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
		s.fault(faultConnection, i)
	case "te":
		if !strings.EqualFold(r.Value, "trailers") {
			s.fault(faultTE, i)
		}
	}
	if r.ValueAt.Present() && badValue(r.Value) {
		s.fault(faultValue, i)
	}
}

func badName(n string) int {
	if n == "" {
		return faultName
	}
	for i := range len(n) {
		switch c := n[i]; {
		case c >= 'A' && c <= 'Z':
			return faultUpper
		case c <= ' ' || c >= 0x7f || c == ':':
			return faultName
		}
	}
	return -1
}

func badValue(v string) bool {
	for i := range len(v) {
		if c := v[i]; c == 0 || c == '\n' || c == '\r' {
			return true
		}
	}
	if v == "" {
		return false
	}
	a, b := v[0], v[len(v)-1]
	return a == ' ' || a == '\t' || b == ' ' || b == '\t'
}

// fieldFault is the text of a problem that fault noted.
func (c *connection) fieldFault(r *row, v violation) string {
	name := ""
	if v.b < 0 {
		name = pseudoNames[-1-v.b]
	} else if reps, _, _, _ := c.explain(r.dir(), c.dirs[r.dir()].blocks.at(int(r.block-1)), nil); int(v.b) < len(reps) {
		name = clean(reps[v.b].Name)
	}
	if name == "" {
		name = strconv.Quote(name)
	}
	return name + " " + fieldFaults[v.a].text
}
