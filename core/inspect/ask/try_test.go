package ask

import (
	"encoding/json"
	"os"
	"testing"

	"framewise/core/inspect/view"
)

// Answers about a frame by hand: the form and the verdict come together, what
// can't be read names its field, and afterwards the record is as it was.
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
	v := try("form\ntype \"DATA\"\nstream \"0\"\ndata \"x\"\n")
	if v.Wrong != "" || v.Outcome != "connection" || len(v.Frames) != 1 || v.Frames[0].Code != "PROTOCOL_ERROR" || v.Frames[0].Rule != "RFC 9113 6.1" ||
		!v.Form.Whole || v.Place.Dir != "c2s" || v.Place.Conn == 0 {
		t.Errorf("%+v", v)
	}
	if v := try("hex\n0000080600000000000102030405060708"); v.Outcome != "legal" || v.Frames[0].Says != "PING ACK" || v.Form.Fields[0].Value != "PING" {
		t.Errorf("%+v", v)
	}
	if v := try("hex\nzz"); v.Key != "octets" || v.Wrong == "" || v.Octets != nil || v.Outcome != "" {
		t.Errorf("%+v", v)
	}
	if v := try("form\ntype \"DATA\"\nstream \"x\"\n"); v.Key != "stream" || len(v.Form.Fields) < 5 {
		t.Errorf("%+v", v)
	}
	var r view.Reaction
	if err := json.Unmarshal(s.Answer([]byte(`{"op":"reaction","conn":1,"dir":"c2s","from":2,"n":2}`)), &r); err != nil || r.Frame < 0 || len(r.Rows) != 2 || r.Outcome != "legal" {
		t.Errorf("%+v, %v", r, err)
	}
	if after := string(s.Answer([]byte(`{"op":"detail","frame":5}`))); after != before {
		t.Errorf("asking has changed the record:\n%s\n%s", before, after)
	}
}
