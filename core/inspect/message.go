package inspect

import (
	"strconv"
	"strings"

	"framewise/core/frame"
	"framewise/core/hpack"
)

// message is what a field section says of its message as a whole.
type message struct {
	method, scheme, path, authority, protocol, host, status string
	has                                                     int // pseudo-header fields, as bits
	hosts                                                   int
	at                                                      map[string]int // of fields: their representation
}

func readMessage(reps []hpack.Rep) (m message, known bool) {
	m.at = map[string]int{}
	for i := range reps {
		r := &reps[i]
		if !r.IsField() {
			continue
		}
		if r.Unknown {
			return m, false
		}
		m.at[r.Name] = i
		m.has |= pseudoBit(r.Name)
		switch r.Name {
		case ":method":
			m.method = r.Value
		case ":scheme":
			m.scheme = r.Value
		case ":path":
			m.path = r.Value
		case ":authority":
			m.authority = r.Value
		case ":protocol":
			m.protocol = r.Value
		case ":status":
			m.status = r.Value
		case "host":
			m.host = r.Value
			m.hosts++
		}
	}
	return m, true
}

// checkMessage checks what the fields of a section say together (RFC 9113,
// sections 8.1.1, 8.3.1, 8.4 and 8.5). A section with entries from before the
// record is passed over.
//
// Only what somebody tries is held to this (Analyser.strict): receivers differ in
// how much of it they check, and a record of others should not be full of blame
// for what its own ends let pass.
func (s *sending) checkMessage(reps []hpack.Rep, kind int, flags frame.Flags) {
	if !s.c.a.strict {
		return
	}
	s.checkOctets(reps)
	if kind == sectionTrailers {
		return
	}
	m, known := readMessage(reps)
	if !known {
		return
	}
	s.checkLength(reps)
	if kind == sectionResponse {
		switch {
		case m.status == "101":
			s.fault(faultSwitching, m.at[":status"])
		case len(m.status) == 3 && m.status[0] == '1' && flags.Has(frame.FlagEndStream):
			s.fault(faultInformational, m.at[":status"])
		}
		return
	}
	if kind == sectionPromise && m.method != "" && m.method != "GET" && m.method != "HEAD" {
		s.fault(faultPushMethod, m.at[":method"])
	}
	if m.method == "CONNECT" && m.has&pseudoProtocol == 0 {
		for _, name := range []string{":scheme", ":path"} {
			if m.has&pseudoBit(name) != 0 {
				s.fault(faultConnect, m.at[name])
			}
		}
	} else {
		s.checkTarget(&m)
	}
	switch {
	case m.hosts > 1:
		s.fault(faultPseudoTwice, m.at["host"])
	case m.hosts > 0 && m.has&pseudoAuthority != 0 && m.host != m.authority:
		s.fault(faultHost, m.at["host"])
	}
}

// checkOctets holds names to RFC 9110's tokens and values to text without control
// octets (RFC 9110, sections 5.1 and 5.5), beyond what RFC 9113, section 8.2.1,
// asks of every receiver.
func (s *sending) checkOctets(reps []hpack.Rep) {
	for i := range reps {
		r := &reps[i]
		if !r.IsField() || r.Unknown || r.Name != "" && r.Name[0] == ':' && pseudoBit(r.Name) == 0 {
			continue
		}
		if strings.ContainsFunc(strings.TrimPrefix(r.Name, ":"), func(r rune) bool { return r > ' ' && r < 0x7f && r != ':' && !tokenOctet(byte(r)) }) {
			s.fault(faultName, i)
		}
		if strings.ContainsFunc(r.Value, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' && r != '\n' && r != 0 || r == 0x7f }) {
			s.fault(faultValue, i)
		}
	}
}

// checkTarget checks what a request is for (RFC 9113, section 8.3.1; RFC 8441,
// section 4).
func (s *sending) checkTarget(m *message) {
	web := m.scheme == "http" || m.scheme == "https"
	for _, name := range []string{":method", ":scheme", ":path"} {
		if value := map[string]string{":method": m.method, ":scheme": m.scheme, ":path": m.path}[name]; value == "" && m.has&pseudoBit(name) != 0 {
			s.fault(faultEmpty, m.at[name])
		}
	}
	if strings.ContainsFunc(m.method, func(r rune) bool { return r >= 0x80 || !tokenOctet(byte(r)) }) {
		s.fault(faultMethod, m.at[":method"])
	}
	if m.has&pseudoProtocol != 0 {
		switch {
		case m.method != "CONNECT", m.has&pseudoAuthority == 0:
			s.fault(faultProtocol, m.at[":protocol"])
		case s.c.setting(server, s.c.known(client), frame.EnableConnectProtocol) != 1 && !s.c.midway:
			s.fault(faultNotEnabled, m.at[":protocol"])
		}
	}
	switch {
	case !web:
	case m.path != "" && m.path[0] != '/' && (m.path != "*" || m.method != "OPTIONS"):
		s.fault(faultPath, m.at[":path"])
	case m.has&pseudoAuthority == 0 && m.hosts == 0:
		s.fault(faultNobody, -1-2)
	case strings.Contains(m.authority, "@"):
		s.fault(faultUser, m.at[":authority"])
	}
	if strings.ContainsAny(m.path, " \t") {
		s.fault(faultPathSpace, m.at[":path"])
	}
}

// checkLength: content-length is a number, and the same wherever it stands.
func (s *sending) checkLength(reps []hpack.Rep) {
	first := ""
	for i := range reps {
		if r := &reps[i]; r.Name == "content-length" {
			if _, err := strconv.ParseUint(r.Value, 10, 63); err != nil || first != "" && first != r.Value {
				s.fault(faultLength, i)
			}
			first = r.Value
		}
	}
}

// tokenOctet says whether a token may have the octet (RFC 9110, section 5.6.2).
func tokenOctet(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}
