package script

// Verb is a command that scripts may use.
type Verb struct {
	Who  Who
	Name string
	Doc  string // one sentence
	Keys []Key  // key=value
	// Flags are words alone; one with a leading "-" takes a flag away that the
	// frame would have.
	Flags    []string
	Fields   bool // takes field lines: | name: value
	Text     bool // takes "text"
	Words    bool // takes words: hexadecimal octets, a name, a number
	Settings bool // takes settings: INITIAL_WINDOW_SIZE=10, 0x99=1

	config bool // makes the connection, or shapes it before it begins
}

// Key is a key of a verb.
type Key struct {
	Name string
	Kind Kind
	Need bool // must be given
	Doc  string
}

// Kind is what the value of a key is.
type Kind uint8

// The kinds. Numbers are decimal, 0x… or 2^31-1.
const (
	Number Kind = iota // 0 to 2^32-1
	Hex                // octets, hexadecimal
	Time               // 10s, 250ms
	Code               // an error code of RFC 9113, section 7, by name or number
)

var (
	streamKey  = Key{"stream", Number, false, "stream identifier"}
	needStream = Key{"stream", Number, true, "stream identifier"}
	dependency = Key{"dependency", Number, false, "stream that it depends on (RFC 7540 5.3.1)"}
	weight     = Key{"weight", Number, false, "1 to 256 (RFC 7540 5.3.2)"}
	padding    = Key{"padding", Number, false, "octets of padding; sets PADDED"}
	codeKey    = Key{"code", Code, false, "error code (RFC 9113 7)"}
	blockKey   = Key{"block", Hex, false, "the field block itself, instead of fields"}
	octetsKey  = Key{"octets", Number, false, "only that many octets of the block; CONTINUATION takes the rest"}
	sizeKey    = Key{"size", Number, false, "that many octets instead of text"}
)

// anyFrame are the keys that each of the peer's frames takes.
var anyFrame = []Key{
	{"flags", Number, false, "flags to set beside the named ones"},
	{"payload", Hex, false, "the payload, whatever the type says"},
	{"length", Number, false, "the length that the header claims"},
	{"reserved", Number, false, "the bit before the stream identifier"},
}

func peerFrame(name, doc string, v Verb, keys ...Key) Verb {
	v.Who, v.Name, v.Doc = Peer, name, doc
	v.Keys = append(append([]Key{}, keys...), anyFrame...)
	return v
}

// verbs is the language.
var verbs = []Verb{
	{Who: Setup, Name: "role", Doc: "Begin a new connection, on which we are the client or the server.", Words: true, config: true},
	{Who: Setup, Name: "settings", Doc: "Settings that we announce in our first SETTINGS.", Settings: true, config: true},
	{Who: Setup, Name: "limit", Doc: "Limits that protect us, by their names in core/conn.", config: true, Keys: limitKeys()},
	{Who: Setup, Name: "option", Doc: "How the connection is made.", config: true, Keys: []Key{
		{"ConnWindow", Number, false, "our receive window of the connection, in octets"},
		{"TableLimit", Number, false, "the largest dynamic table that our encoder uses, in octets"},
		{"PeerMaxConcurrent", Number, false, "streams that we open before the peer's SETTINGS came"},
		{"MaxReserved", Number, false, "pushed streams that a client holds"},
		{"padding", Number, false, "octets of padding on our HEADERS and DATA"},
		{"Grease", Number, false, "begin with a setting and a frame without a meaning; the number chooses which"},
	}},
	{Who: Setup, Name: "chunk", Doc: "Deliver the peer's octets in pieces of that many; 0: whole.", Words: true},

	{Who: Peer, Name: "handshake", Doc: "The connection preface with these settings, and the acknowledgement of ours.", Settings: true},
	{Who: Peer, Name: "preface", Doc: "The 24 octets that a client sends first (RFC 9113 3.4)."},
	{Who: Peer, Name: "raw", Doc: "Octets, hexadecimal.", Words: true},
	{Who: Peer, Name: "text", Doc: "Octets, as text.", Text: true},
	{Who: Peer, Name: "garbage", Doc: "That many octets without sense, the same each time.", Words: true},
	{Who: Peer, Name: "table", Doc: "The size of the peer's dynamic table, in octets; its next field block says so.", Words: true},
	{Who: Peer, Name: "end", Doc: "The transport ends."},

	peerFrame("DATA", "RFC 9113 6.1", Verb{Text: true, Flags: []string{"END_STREAM"}}, streamKey, sizeKey, padding),
	peerFrame("HEADERS", "RFC 9113 6.2", Verb{Fields: true, Flags: []string{"END_STREAM", "-END_HEADERS", "exclusive"}},
		streamKey, dependency, weight, padding, blockKey, octetsKey),
	peerFrame("PRIORITY", "RFC 9113 6.3", Verb{Flags: []string{"exclusive"}}, streamKey, dependency, weight),
	peerFrame("RST_STREAM", "RFC 9113 6.4", Verb{}, streamKey, codeKey),
	peerFrame("SETTINGS", "RFC 9113 6.5", Verb{Settings: true, Flags: []string{"ACK"}}, streamKey),
	peerFrame("PUSH_PROMISE", "RFC 9113 6.6", Verb{Fields: true, Flags: []string{"-END_HEADERS"}},
		streamKey, Key{"promised", Number, false, "the stream that is promised"}, padding, blockKey, octetsKey),
	peerFrame("PING", "RFC 9113 6.7", Verb{Flags: []string{"ACK"}}, streamKey, Key{"opaque", Hex, false, "eight octets"}),
	peerFrame("GOAWAY", "RFC 9113 6.8", Verb{Text: true}, streamKey, Key{"last", Number, false, "last stream identifier"}, codeKey),
	peerFrame("WINDOW_UPDATE", "RFC 9113 6.9", Verb{}, streamKey, Key{"increment", Number, false, "octets"}),
	peerFrame("CONTINUATION", "RFC 9113 6.10", Verb{Flags: []string{"-END_HEADERS"}}, streamKey, blockKey, octetsKey),
	peerFrame("ALTSVC", "RFC 7838 4", Verb{Text: true}, streamKey, Key{"origin", Hex, false, "the origin, as octets"}),
	peerFrame("ORIGIN", "RFC 8336 2", Verb{Text: true}, streamKey),
	peerFrame("PRIORITY_UPDATE", "RFC 9218 7.1", Verb{Text: true}, streamKey, Key{"prioritized", Number, false, "the stream that it is about"}),
	peerFrame("FRAME", "A frame of any type.", Verb{Text: true}, Key{"type", Number, true, "its type"}, streamKey, sizeKey),

	{Who: We, Name: "open", Doc: "Begin a request on a new stream.", Fields: true, Flags: []string{"END_STREAM", "exclusive"}, Keys: []Key{dependency, weight}},
	{Who: We, Name: "respond", Doc: "Send the head of a response, informational or final.", Fields: true, Flags: []string{"END_STREAM"}, Keys: []Key{needStream}},
	{Who: We, Name: "trailers", Doc: "Send the trailer section, which ends the stream.", Fields: true, Keys: []Key{needStream}},
	{Who: We, Name: "data", Doc: "Queue DATA; it leaves as the windows allow.", Text: true, Flags: []string{"END_STREAM"}, Keys: []Key{needStream, sizeKey}},
	{Who: We, Name: "reset", Doc: "End a stream with RST_STREAM.", Keys: []Key{needStream, codeKey}},
	{Who: We, Name: "write", Doc: "Frame no more than that many octets of DATA in this step, and in those behind it; 0: as many as there are.", Words: true},
	{Who: We, Name: "consume", Doc: "Be done with octets of DATA that came; without octets= with all of them.", Keys: []Key{needStream, octetsKey}},
	{Who: We, Name: "settings", Doc: "Send SETTINGS; they are in force when the peer acknowledges them.", Settings: true},
	{Who: We, Name: "ping", Doc: "Send PING.", Keys: []Key{{"opaque", Hex, false, "eight octets"}}},
	{Who: We, Name: "goaway", Doc: "Send GOAWAY.", Text: true, Keys: []Key{{"last", Number, false, "last stream identifier"}, codeKey}},
	{Who: We, Name: "push", Doc: "Promise a stream on another one.", Fields: true, Keys: []Key{needStream}},
	{Who: We, Name: "priority", Doc: "Send PRIORITY.", Flags: []string{"exclusive"}, Keys: []Key{needStream, dependency, weight}},
	{Who: We, Name: "priority-update", Doc: "Send PRIORITY_UPDATE; the text is a priority field value (RFC 9218 7.1).", Text: true, Keys: []Key{needStream}},
	{Who: We, Name: "prefer", Doc: "Decide for ourselves how a stream shares the connection.", Flags: []string{"exclusive"}, Keys: []Key{needStream, dependency, weight}},
	{Who: We, Name: "origin", Doc: "Send ORIGIN (RFC 8336).", Text: true},
	{Who: We, Name: "altsvc", Doc: "Send ALTSVC (RFC 7838); the text is the value.", Text: true,
		Keys: []Key{streamKey, {"origin", Hex, false, "the origin, on stream 0"}}},
	{Who: We, Name: "raw", Doc: "Send octets as they are.", Words: true},
	{Who: We, Name: "upgrade", Doc: "Take the connection over from HTTP/1.1; the octets are the payload of HTTP2-Settings (RFC 7540 3.2).", Fields: true,
		Keys: []Key{{"settings", Hex, false, "what HTTP2-Settings held, decoded"}}},

	{Who: Clock, Name: "wait", Doc: "Let time pass: 5s, 250ms.", Words: true},
	{Who: Clock, Name: "show", Doc: "Show what is asked for: windows, streams, settings, priorities, deadline.", Words: true, Keys: []Key{streamKey}},
}

// Verbs lists the language, setup first, for whoever documents it or offers it.
// The caller must not change what it gets.
func Verbs() []Verb { return verbs }

func findVerb(who Who, name string) *Verb {
	for i := range verbs {
		if v := &verbs[i]; v.Name == name && (v.Who == who || who == Setup && v.Who == Clock) {
			return v
		}
	}
	return nil
}

func (v *Verb) key(name string) *Key {
	for i := range v.Keys {
		if v.Keys[i].Name == name {
			return &v.Keys[i]
		}
	}
	return nil
}
