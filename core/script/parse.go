package script

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// Parse reads a script. The error is an *Error with the line and the column of
// the first thing that is wrong.
func Parse(src string) (*Script, error) {
	if len(src) > MaxSource {
		return nil, &Error{1, 1, "the script has " + strconv.Itoa(len(src)) + " octets, the most is " + strconv.Itoa(MaxSource)}
	}
	s := &Script{}
	var tokens []token
	flush := func() error {
		if len(tokens) == 0 {
			return nil
		}
		c, err := parseCommand(tokens)
		tokens = nil
		if err != nil {
			return err
		}
		s.lines = append(s.lines, line{command: len(s.Commands)})
		s.Commands = append(s.Commands, *c)
		return nil
	}
	for i, text := range strings.Split(src, "\n") {
		trimmed := strings.TrimSpace(text)
		indented := text != "" && (text[0] == ' ' || text[0] == '\t')
		if !indented || trimmed == "" {
			if err := flush(); err != nil {
				return nil, err
			}
		}
		switch {
		case trimmed == "":
			s.lines = append(s.lines, line{command: -1})
			continue
		case strings.HasPrefix(trimmed, ">"):
			continue
		case strings.HasPrefix(trimmed, "#"):
			s.lines = append(s.lines, line{comment: trimmed, command: -1})
			continue
		case indented && len(tokens) == 0:
			return nil, &Error{i + 1, 1, "the line begins with a space, so it goes on with a command, but there is none above"}
		}
		var err *Error
		if tokens, err = lexLine(tokens, text, i+1); err != nil {
			return nil, err
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	return s, nil
}

// parseCommand reads the tokens of one command.
func parseCommand(tokens []token) (*Command, error) {
	first := tokens[0]
	if first.text != "repeat" {
		return parseOnce(tokens)
	}
	if len(tokens) < 3 {
		return nil, first.fail("write repeat, how often, and a command: repeat 100 peer PING")
	}
	n, ok := parseNumber(tokens[1].text)
	if !ok || n < 1 || n > MaxRepeat {
		return nil, tokens[1].fail("how often must be a number from 1 to " + strconv.Itoa(MaxRepeat))
	}
	once, err := expand(tokens[2:], 1)
	if err != nil {
		return nil, err
	}
	c, err := parseOnce(once)
	if err != nil {
		return nil, err
	}
	if c.Who != Peer && c.Who != We {
		return nil, tokens[2].fail("only what the peer or we do can be repeated")
	}
	c.Line, c.Repeat, c.source = first.line, int(n), tokens[2:]
	return c, nil
}

// expand replaces {n}, {2n-1}, {n+1} in the tokens of a repeated command.
func expand(tokens []token, n int) ([]token, error) {
	out := make([]token, len(tokens))
	for i, t := range tokens {
		for from := 0; ; {
			open := strings.IndexByte(t.text[from:], '{')
			if open < 0 {
				break
			}
			open += from
			end := strings.IndexByte(t.text[open:], '}')
			if end < 0 {
				return nil, t.fail("the { has no }")
			}
			v, ok := count(t.text[open+1:open+end], n)
			if !ok {
				return nil, t.fail("in braces stands n, the number of the repetition, as in {n}, {2n-1} or {n+10}")
			}
			t.text = t.text[:open] + v + t.text[open+end+1:]
			from = open + len(v)
		}
		out[i] = t
	}
	return out, nil
}

// count works out an n-term: 2n-1.
func count(term string, n int) (string, bool) {
	factor, rest, ok := strings.Cut(term, "n")
	if !ok {
		return "", false
	}
	k, add := 1, 0
	var err error
	if factor != "" {
		if k, err = strconv.Atoi(factor); err != nil || k < 0 || k > 1000 {
			return "", false
		}
	}
	if rest != "" {
		if add, err = strconv.Atoi(rest); err != nil || rest[0] != '+' && rest[0] != '-' || add > 1<<30 || add < -1<<30 {
			return "", false
		}
	}
	v := k*n + add
	return strconv.Itoa(v), v >= 0
}

// parseOnce reads a command that is done once.
func parseOnce(tokens []token) (*Command, error) {
	c := &Command{Line: tokens[0].line, Repeat: 1}
	at := tokens[0]
	switch at.text {
	case "peer", "we":
		c.Who = We
		if at.text == "peer" {
			c.Who = Peer
		}
		if len(tokens) == 1 {
			return nil, at.fail(at.text + " does what? Write it on the same line")
		}
		tokens = tokens[1:]
		at = tokens[0]
	}
	c.Verb = at.text
	if c.verb = findVerb(c.Who, c.Verb); c.verb == nil {
		return nil, at.fail(unknownVerb(c.Who, at.text))
	}
	c.Who = c.verb.Who
	for _, t := range tokens[1:] {
		if err := c.take(t); err != nil {
			return nil, err
		}
	}
	if err := c.check(at); err != nil {
		return nil, err
	}
	return c, nil
}

func unknownVerb(who Who, name string) string {
	s := "there is no command " + strconv.Quote(name)
	if who != Setup {
		s = strconv.Quote(name) + " is nothing that " + whoWords[who] + " can do"
	}
	switch {
	case who == Setup && (findVerb(Peer, name) != nil || findVerb(We, name) != nil):
		return s + ": say who does it, peer or we"
	case who == Peer && findVerb(Peer, strings.ToUpper(name)) != nil:
		return s + ": frames are written in upper case, " + strings.ToUpper(name)
	}
	var names []string
	for _, v := range verbs {
		if v.Who == who || who == Setup && v.Who == Clock {
			names = append(names, v.Name)
		}
	}
	return s + "; there is " + strings.Join(names, ", ")
}

// take reads one word behind the verb.
func (c *Command) take(t token) *Error {
	v := c.verb
	a := arg{token: t, value: t.text}
	switch t.kind {
	case fielded:
		if !v.Fields {
			return t.fail(v.Name + " takes no field lines")
		}
		f, err := parseField(t)
		if err == nil {
			c.fields = append(c.fields, f)
		}
		return err
	case quoted:
		if !v.Text {
			return t.fail(v.Name + " takes no text")
		}
		if c.hasText() {
			return t.fail("one text is enough")
		}
		a.text = true
		a.value, _ = strconv.Unquote(t.text) // the lexer has passed it
		c.args = append(c.args, a)
		return nil
	}
	if key, value, ok := strings.Cut(t.text, "="); ok {
		a.key, a.value = key, value
		return c.takeKey(a)
	}
	if !v.Words && !v.hasFlag(t.text) {
		return t.fail(v.Name + " has no " + strconv.Quote(t.text) + v.takes())
	}
	c.args = append(c.args, a)
	return nil
}

// takeKey reads key=value.
func (c *Command) takeKey(a arg) *Error {
	if k := c.verb.key(a.key); k != nil {
		if c.has(a.key) {
			return a.fail(a.key + " is given twice")
		}
		if strings.HasPrefix(a.value, `"`) {
			s, err := strconv.Unquote(a.value)
			if err != nil {
				return a.fail("the text of " + a.key + " is not one quoted text")
			}
			a.value = s
			if k.Kind == Hex {
				a.value = hex.EncodeToString([]byte(s))
			}
		}
		if reason := k.check(a.value); reason != "" {
			return a.fail(reason)
		}
	} else if _, ok := settingID(a.key); !c.verb.Settings || !ok {
		return a.fail(c.verb.Name + " has no key " + strconv.Quote(a.key) + c.verb.takes())
	} else if n, ok := parseNumber(a.value); !ok || n > 1<<32-1 {
		return a.fail(a.key + " must be a number from 0 to 2^32-1")
	}
	c.args = append(c.args, a)
	return nil
}

// takes says what a verb takes, for an error.
func (v *Verb) takes() string {
	var names []string
	for _, k := range v.Keys {
		names = append(names, k.Name+"=")
	}
	names = append(names, v.Flags...)
	if v.Settings {
		names = append(names, "settings as INITIAL_WINDOW_SIZE=10 or 0x99=1")
	}
	if len(names) == 0 {
		return ""
	}
	return "; it takes " + strings.Join(names, ", ")
}

func (v *Verb) hasFlag(name string) bool {
	for _, f := range v.Flags {
		if f == name {
			return true
		}
	}
	return false
}

// check looks for what is missing in a command.
func (c *Command) check(at token) *Error {
	for _, k := range c.verb.Keys {
		if k.Need && !c.has(k.Name) {
			return at.fail(c.Verb + " needs " + k.Name + "=, the " + k.Doc)
		}
	}
	bad := func(reason string) *Error {
		if len(c.args) > 0 {
			return c.args[0].fail(reason)
		}
		return at.fail(reason)
	}
	only := ""
	if len(c.args) == 1 {
		only = c.args[0].value
	}
	switch c.Verb {
	case "role":
		if only != "client" && only != "server" {
			return bad("role is client or server: which end are we?")
		}
	case "chunk", "garbage", "table", "write":
		if n, ok := parseNumber(only); !ok || n > MaxPayload {
			return bad(c.Verb + " takes a number of octets")
		}
	case "wait":
		if d, err := time.ParseDuration(only); err != nil || d <= 0 || d > MaxWait {
			return bad("wait takes a time up to 24h: 5s, 250ms")
		}
	case "raw":
		if _, err := hex.DecodeString(c.joined()); err != nil || len(c.args) == 0 {
			return bad("raw takes octets in hexadecimal: 00 0a ff")
		}
	case "text":
		if !c.hasText() {
			return bad(`text takes a text: "GET / HTTP/1.1\r\n"`)
		}
	case "show":
		if len(c.args) == 0 || !oneOf(c.args[0].value, "windows", "streams", "settings", "priorities", "deadline") {
			return bad("show what? windows, streams, settings, priorities or deadline")
		}
	}
	if n := c.number("size", 0); n > MaxPayload {
		return bad("a payload has at most 2^24-1 octets")
	}
	return nil
}

func oneOf(s string, list ...string) bool {
	for _, l := range list {
		if s == l {
			return true
		}
	}
	return false
}

// check says what is wrong with a value, or "".
func (k *Key) check(value string) string {
	switch k.Kind {
	case Hex:
		if _, err := hex.DecodeString(value); err != nil {
			return k.Name + ` takes octets in hexadecimal, an even number of digits, or "text"`
		}
	case Time:
		if d, err := time.ParseDuration(value); err != nil || d <= 0 || d > MaxWait {
			return k.Name + " takes a time up to " + MaxWait.String() + ": 10s, 250ms"
		}
	case Code:
		if _, ok := parseCode(value); !ok {
			return k.Name + " takes an error code by its name in RFC 9113, section 7 (CANCEL), or as a number"
		}
	default:
		if n, ok := parseNumber(value); !ok || n > 1<<32-1 {
			return k.Name + " must be a number from 0 to 2^32-1"
		}
	}
	return ""
}
