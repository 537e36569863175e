package model

// preset is a frame to begin with.
type preset struct {
	name   string
	values [][2]string
}

func pairs(p ...string) (out [][2]string) {
	for i := 0; i < len(p); i += 2 {
		out = append(out, [2]string{p[i], p[i+1]})
	}
	return out
}

const getRoot = ":method: GET\n:scheme: http\n:authority: localhost\n:path: /\n"

// presets are frames that are worth sending once: some legal, most not.
var presets = []preset{
	{"PING", pairs("type", "PING", "ping", "pingpong")},
	{"A request on a new stream", pairs("type", "HEADERS", "stream", "99", "flag0", "1", "flag2", "1", "fields", getRoot)},
	{"A field name in upper case", pairs("type", "HEADERS", "stream", "99", "flag0", "1", "flag2", "1", "fields", getRoot+"X-Upper: no")},
	{"An index that no table has", pairs("type", "HEADERS", "stream", "99", "flag0", "1", "flag2", "1", "fields", "# 200")},
	{"A field block without an end", pairs("type", "HEADERS", "stream", "99", "flag0", "1", "fields", getRoot)},
	{"DATA on stream 0", pairs("type", "DATA", "stream", "0", "data", "hello")},
	{"DATA on an idle stream", pairs("type", "DATA", "stream", "99", "data", "hello")},
	{"DATA with more padding than it has octets", pairs("type", "DATA", "stream", "1", "data", "x", "flag3", "1", "padlen", "200")},
	{"WINDOW_UPDATE of 0", pairs("type", "WINDOW_UPDATE", "stream", "0", "increment", "0")},
	{"WINDOW_UPDATE above the limit", pairs("type", "WINDOW_UPDATE", "stream", "0", "increment", "2147483647")},
	{"RST_STREAM on stream 1", pairs("type", "RST_STREAM", "stream", "1", "code", "CANCEL")},
	{"SETTINGS: a window of 0", pairs("type", "SETTINGS", "settings", "INITIAL_WINDOW_SIZE 0")},
	{"SETTINGS with a forbidden value", pairs("type", "SETTINGS", "settings", "ENABLE_PUSH 2")},
	{"CONTINUATION of nothing", pairs("type", "CONTINUATION", "stream", "1", "flag2", "1", "fields", "a: b")},
	{"GOAWAY", pairs("type", "GOAWAY", "last", "1", "code", "NO_ERROR", "debug", "enough")},
	{"A length that lies", pairs("type", "PING", "ping", "pingpong", "length", "100")},
	{"A frame that is too large", pairs("type", "DATA", "stream", "1", "length", "16777215")},
	{"A type that nobody knows", pairs("type", "other", "number", "0x2a", "stream", "0", "payload", "00 01 02")},
}
