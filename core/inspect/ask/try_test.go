package ask

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"framewise/core/inspect/view"
)

// Answers about a frame by hand; afterwards the record is as it was.
func TestTry(t *testing.T) {
	b, err := os.ReadFile("../testdata/push.h2trace")
	if err != nil {
		t.Fatal(err)
	}
	s := New()
	if err := s.Feed(b); err != nil {
		t.Fatal(err)
	}
	before := string(s.Answer([]byte(`{"op":"detail","frame":5}`)))
	try := func(text string) (v view.Trial) {
		t.Helper()
		q, _ := json.Marshal(map[string]any{"op": "try", "frame": 5, "dir": "c2s", "text": text})
		if err := json.Unmarshal(s.Answer(q), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	v := try("00000100000000000078") // DATA on stream 0
	if v.Outcome != "connection" || len(v.Frames) != 1 || v.Frames[0].Code != "PROTOCOL_ERROR" || v.Frames[0].Rule != "RFC 9113 6.1" ||
		v.Place.Dir != "c2s" || v.Place.Conn == 0 {
		t.Errorf("%+v", v)
	}
	if v := try("0000080600000000000102030405060708"); v.Outcome != "legal" || v.Frames[0].Says != "PING ACK" {
		t.Errorf("%+v", v)
	}
	if got := string(s.Answer([]byte(`{"op":"try","frame":5,"text":"zz"}`))); !strings.Contains(got, "octets in hex") {
		t.Error(got)
	}
	var r view.Reaction
	if err := json.Unmarshal(s.Answer([]byte(`{"op":"reaction","conn":1,"dir":"c2s","from":2,"n":2}`)), &r); err != nil || r.Frame < 0 || len(r.Rows) != 2 || r.Outcome != "legal" {
		t.Errorf("%+v, %v", r, err)
	}
	if after := string(s.Answer([]byte(`{"op":"detail","frame":5}`))); after != before {
		t.Errorf("asking has changed the record:\n%s\n%s", before, after)
	}
}
