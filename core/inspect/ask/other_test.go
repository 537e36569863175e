package ask

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"framewise/core/inspect/view"
)

// A second record answers for itself, and is compared with the first.
func TestSecondRecord(t *testing.T) {
	read := func(name string) []byte {
		b, err := os.ReadFile("../testdata/" + name + ".h2trace")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	s := New()
	if err := s.Feed(read("push")); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{`{"op":"compare"}`, `{"op":"aligned","frame":-1}`, `{"op":"reproduced"}`, `{"op":"summary","record":1}`, `{"op":"summary","record":2}`} {
		if got := string(s.Answer([]byte(q))); !strings.HasPrefix(got, `{"Error":"there is no `) {
			t.Errorf("%s without a second record: %s", q, got)
		}
	}
	if err := s.Other().Feed(read("settings")); err != nil {
		t.Fatal(err)
	}
	frames := func(q string) int {
		var v view.Summary
		if err := json.Unmarshal(s.Answer([]byte(q)), &v); err != nil {
			t.Fatal(err)
		}
		return v.Frames
	}
	a, b := frames(`{"op":"summary"}`), frames(`{"op":"summary","record":1}`)
	var v view.Comparison
	if err := json.Unmarshal(s.Answer([]byte(`{"op":"compare"}`)), &v); err != nil {
		t.Fatal(err)
	}
	if a == b || v.Same || v.Total == 0 || v.Counts[1] != (view.CountComparison{Name: "frames", A: a, B: b}) {
		t.Errorf("%d and %d frames, compared: %+v", a, b, v.Counts)
	}
	var l view.Aligned
	if err := json.Unmarshal(s.Answer([]byte(`{"op":"aligned","n":100,"frame":3,"record":1}`)), &l); err != nil {
		t.Fatal(err)
	}
	if l.At < 0 || l.Rows[l.At].B == nil || l.Rows[l.At].B.Index != 3 || l.Differences != v.Total {
		t.Errorf("side by side: row %d of %d, %d differences", l.At, l.Total, l.Differences)
	}
	s.DropOther()
	if err := s.Other().Feed(read("push")); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(s.Answer([]byte(`{"op":"compare"}`)), &v); err != nil || !v.Same {
		t.Errorf("a record against itself: %v, %+v", err, v.Differences)
	}
	var r view.Reproduction
	if err := json.Unmarshal(s.Answer([]byte(`{"op":"reproduced"}`)), &r); err != nil || !r.Same || r.Frames != a || r.Octets == 0 {
		t.Errorf("a record made again: %v, %+v", err, r)
	}
}

// Requests of every kind are answered by a value of their kind, or refused.
func TestEveryOpAnswers(t *testing.T) {
	s := New()
	b, err := os.ReadFile("../testdata/stalls.h2trace")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Feed(b); err != nil {
		t.Fatal(err)
	}
	for _, o := range ops {
		n := "10"
		if o.name == "bits" {
			n = "0" // of a few representations
		}
		got := s.Answer([]byte(`{"op":"` + o.name + `","frame":5,"n":` + n + `,"dir":"s2c","filter":"","conn":1}`))
		var v map[string]any
		if err := json.Unmarshal(got, &v); err != nil {
			t.Errorf("%s: %v in %s", o.name, err, got)
		} else if v["Error"] != nil && o.name != "compare" && o.name != "aligned" && o.name != "reproduced" {
			t.Errorf("%s: %s", o.name, got)
		}
	}
	for _, q := range []string{`{"op":"rows","open":[1,]}`, `{"op":"rows","open":5}`, `{"op":"rows","desc":1}`, `{"op":"flow","stream":-1,"dir":"c2s"}`} {
		if got := string(s.Answer([]byte(q))); !strings.HasPrefix(got, `{"Error"`) {
			t.Errorf("%s: %s", q, got)
		}
	}
}
