package model

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// maxPlanLink is how long the text of a plan may be in an address. A longer one
// is kept in the browser, and the address says planKept.
const (
	maxPlanLink = 600
	planKept    = "kept"
)

// SettingPlan is the key of SaveSetting for a plan that is too long for an
// address.
const SettingPlan = "plan"

// text is a plan in one line, for addresses: numbers that are not the usual ones
// by their letters, then the steps, all with commas between. "" is the usual plan.
//
//	l20000000,b187500,corrupt.1.s2c.3.o4.m64.a12.tSEVUVElOR1M
func (p Plan) text() string {
	var out []string
	usual := usualPlan()
	for _, n := range []struct {
		name    string
		is, was int64
	}{
		{"l", p.Latency, usual.Latency}, {"j", p.Jitter, usual.Jitter}, {"b", p.Bandwidth, usual.Bandwidth},
		{"c", int64(p.Chunk), int64(usual.Chunk)}, {"s", int64(p.Seed), int64(usual.Seed)},
	} {
		if n.is != n.was {
			out = append(out, n.name+strconv.FormatInt(n.is, 10))
		}
	}
	for _, s := range p.Steps {
		out = append(out, s.text())
	}
	return strings.Join(out, ",")
}

func (s Step) text() string {
	out := []string{s.Kind, strconv.FormatUint(uint64(s.Conn), 10), s.Dir, strconv.Itoa(s.Frame)}
	add := func(letter string, n int64) {
		if n != 0 {
			out = append(out, letter+strconv.FormatInt(n, 10))
		}
	}
	add("o", s.Offset)
	add("m", int64(s.Mask))
	add("f", s.For)
	add("a", int64(s.At)+1)
	if s.Heard {
		out = append(out, "h")
	}
	if s.Off {
		out = append(out, "-")
	}
	for _, x := range []struct{ letter, text string }{{"x", string(s.Octets)}, {"t", s.Type}, {"w", s.What}} {
		if x.text != "" {
			out = append(out, x.letter+base64.RawURLEncoding.EncodeToString([]byte(x.text)))
		}
	}
	return strings.Join(out, ".")
}

// readPlan reads what text has written. An address is written by hand too: what
// can't be read, or is out of its range, is left as usual; false: there is
// something of that.
func readPlan(text string) (Plan, bool) {
	p, sound := usualPlan(), true
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			continue
		}
		if strings.Contains(part, ".") {
			s, ok := readStep(part)
			if ok && len(p.Steps) < maxSteps {
				p.Steps = append(p.Steps, s)
			}
			sound = sound && ok
			continue
		}
		n, err := strconv.ParseInt(part[1:], 10, 64)
		i := slices.IndexFunc(netFields, func(f netField) bool { return f.letter == part[:1] })
		if err != nil || i < 0 || n < netFields[i].least || n > netFields[i].most {
			sound = false
			continue
		}
		netFields[i].set(&p, n)
	}
	return p, sound
}

func readStep(text string) (s Step, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) < 4 || !slices.Contains(stepKinds, parts[0]) || parts[2] != "c2s" && parts[2] != "s2c" {
		return s, false
	}
	conn, err := strconv.ParseUint(parts[1], 10, 32)
	at, err2 := strconv.ParseInt(parts[3], 10, 31)
	if err != nil || err2 != nil || conn == 0 || at < -1 {
		return s, false
	}
	s = Step{Kind: parts[0], Conn: uint32(conn), Dir: parts[2], Frame: int(at), At: -1}
	for _, part := range parts[4:] {
		if !s.read(part) {
			return s, false
		}
	}
	if s.Kind != StepInject {
		return s, !s.Heard
	}
	return s, len(s.Octets) > 0
}

// read takes one of the parts behind a step's place.
func (s *Step) read(part string) bool {
	if part == "-" {
		s.Off = true
		return true
	}
	if part == "h" {
		s.Heard = true
		return true
	}
	if part == "" {
		return false
	}
	rest := part[1:]
	switch part[0] {
	case 'x', 't', 'w':
		b, err := base64.RawURLEncoding.DecodeString(rest)
		switch part[0] {
		case 'x':
			s.Octets = b
		case 't':
			s.Type = Shown(string(b))
		case 'w':
			s.What = Shown(string(b))
		}
		return err == nil
	}
	n, err := strconv.ParseInt(rest, 10, 64)
	if err != nil || n < 0 && part[0] != 'f' {
		return false
	}
	switch part[0] {
	case 'o':
		s.Offset = min(n, 1<<24+8)
	case 'm':
		s.Mask = byte(min(n, 255))
	case 'f':
		s.For = max(-1, min(n, maxTime))
	case 'a':
		s.At = int(min(n, 1<<31-1)) - 1
	default:
		return false
	}
	return true
}

// planLink is the plan as the address has it, "" for the usual one.
func (m Model) planLink() string {
	t := m.plan.text()
	if len(t) > maxPlanLink {
		return planKept
	}
	return t
}

// savePlan keeps a plan that the address can't hold.
func (m Model) savePlan() Effect {
	t := m.plan.text()
	if len(t) <= maxPlanLink {
		t = ""
	}
	return SaveSetting{SettingPlan, t}
}

// linkedPlan takes the plan of an address over.
func (m Model) linkedPlan(text string) Model {
	if text == m.planLink() {
		return m
	}
	if text == planKept {
		text = m.plans.kept
	}
	p, sound := readPlan(text)
	if !sound {
		m.notice = notice{text: "The address has a plan of the session that could not be read as a whole. What could be is in Faults."}
	}
	m.plan = p
	m.plans.of = m.program.example
	m.plans.typed, m.plans.edit = nil, -1
	m.plans.turn++
	return m
}
