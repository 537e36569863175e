package script

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"framewise/core/frame"
)

// parseNumber reads 10, 0x0a, 2^31 and 2^31-1.
func parseNumber(s string) (uint64, bool) {
	if rest, ok := strings.CutPrefix(s, "2^"); ok {
		at := strings.IndexAny(rest, "+-")
		exp, add := rest, int64(0)
		if at >= 0 {
			exp = rest[:at]
			var err error
			if add, err = strconv.ParseInt(rest[at:], 10, 32); err != nil {
				return 0, false
			}
		}
		e, err := strconv.ParseUint(exp, 10, 6)
		if err != nil || e > 40 || int64(1)<<e+add < 0 {
			return 0, false
		}
		return uint64(int64(1)<<e + add), true
	}
	n, err := strconv.ParseUint(s, 0, 64)
	return n, err == nil && !strings.Contains(s, "_")
}

func parseCode(s string) (frame.ErrCode, bool) {
	for c := frame.NoError; c <= frame.HTTP11Required; c++ {
		if c.String() == s {
			return c, true
		}
	}
	n, ok := parseNumber(s)
	return frame.ErrCode(n), ok && n <= 1<<32-1
}

func settingID(s string) (frame.SettingID, bool) {
	for id := frame.SettingID(1); id < 16; id++ {
		if id.String() == s {
			return id, true
		}
	}
	if !strings.HasPrefix(s, "0x") {
		return 0, false
	}
	n, ok := parseNumber(s)
	return frame.SettingID(n), ok && n <= 1<<16-1
}

// has, number, octets, flag and text read the arguments that the parser has
// passed.
func (c *Command) has(key string) bool { _, ok := c.get(key); return ok }

func (c *Command) get(key string) (string, bool) {
	for i := range c.args {
		if c.args[i].key == key {
			return c.args[i].value, true
		}
	}
	return "", false
}

func (c *Command) number(key string, otherwise uint64) uint64 {
	if s, ok := c.get(key); ok {
		if d, err := time.ParseDuration(s); err == nil && s != "0" {
			return uint64(d)
		}
		n, _ := parseNumber(s)
		return n
	}
	return otherwise
}

func (c *Command) u32(key string) uint32 { return uint32(c.number(key, 0)) }

func (c *Command) octets(key string) []byte {
	s, _ := c.get(key)
	b, _ := hex.DecodeString(s)
	return b
}

func (c *Command) code() frame.ErrCode {
	s, _ := c.get("code")
	code, _ := parseCode(s)
	return code
}

func (c *Command) flag(name string) bool {
	for i := range c.args {
		if a := &c.args[i]; a.key == "" && !a.text && a.value == name {
			return true
		}
	}
	return false
}

func (c *Command) hasText() bool { _, ok := c.text(); return ok }

func (c *Command) text() (string, bool) {
	for i := range c.args {
		if c.args[i].text {
			return c.args[i].value, true
		}
	}
	return "", false
}

// joined are the words of a command in one.
func (c *Command) joined() string {
	s := ""
	for i := range c.args {
		s += c.args[i].value
	}
	return s
}

// settings are the settings of a command, in order.
func (c *Command) settings() []frame.Setting {
	var list []frame.Setting
	for i := range c.args {
		if id, ok := settingID(c.args[i].key); ok && c.verb.key(c.args[i].key) == nil {
			n, _ := parseNumber(c.args[i].value)
			list = append(list, frame.Setting{ID: id, Value: uint32(n)})
		}
	}
	return list
}
