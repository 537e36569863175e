//go:build !js

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"framewise/core/inspect/ask"
	"framewise/core/inspect/view"
	"framewise/wasm/wasmtest"
)

const root = "../.."

// program builds inspect.wasm as the site's build does.
func program(t *testing.T) string { return wasmtest.Build(t) }

// message is what the Worker sent.
type message struct {
	Op, Message, Text string
	ID                int
}

// drive runs the Worker under Node.
func drive(t *testing.T, wasm, record string, requests []string, extra ...string) []message {
	t.Helper()
	file := filepath.Join(t.TempDir(), "requests")
	if err := os.WriteFile(file, []byte(strings.Join(requests, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	out := wasmtest.Drive(t, root+"/web/static/inspect-worker.js", wasm, append([]string{record, file}, extra...)...)
	var list []message
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var m message
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatalf("%v in %.200s", err, lines.Bytes())
		}
		list = append(list, m)
	}
	return list
}

// requestsFor asks for everything there is in a record.
func requestsFor(frames int) []string {
	list := []string{
		`{"op":"summary"}`, `{"op":"rows","from":0,"n":1000,"conn":0,"filter":""}`, `{"op":"rows","from":1,"n":5,"filter":"type:DATA|HEADERS dir:s2c"}`,
		`{"op":"rows","filter":"typ:DATA"}`, `{"op":"density","buckets":40}`, `{"op":"nothing"}`, `{"op":`, `{"op":"detail","frame":-1}`,
		`{"op":"rows","n":9,"filter":"header:\"content-type=text\/html*\""}`,
	}
	list = append(list,
		`{"op":"rows","n":100,"collapse":true,"open":[3,8]}`, `{"op":"rows","n":100,"sort":"length","desc":true}`, `{"op":"rows","filter":"window<1"}`,
		`{"op":"rows","n":10,"filter":"stall:* -type:PING time>1ms"}`, `{"op":"rows","sort":"color"}`, `{"op":"position","frame":4,"collapse":true}`,
		`{"op":"find","frame":2,"what":"error"}`, `{"op":"find","frame":9,"back":true,"filter":"type:HEADERS"}`, `{"op":"complete","filter":"type:D","cursor":6}`,
		`{"op":"stalls","n":20,"frame":-1}`, `{"op":"stalls","n":20,"frame":5}`, `{"op":"flow","dir":"s2c","frame":-1}`, `{"op":"flow","stream":1,"dir":"c2s","n":20,"frame":3}`,
		`{"op":"flow","dir":"up"}`, `{"op":"lanes","n":20,"buckets":30}`, `{"op":"lanes","n":20,"conn":1,"since":1000000,"until":20000000}`,
		`{"op":"connection","frame":-1}`, `{"op":"connection","conn":9}`, `{"op":"hpack","frame":-1}`, `{"op":"priority","frame":-1}`, `{"op":"compare"}`,
		`{"op":"summary","record":1}`)
	for i := range frames + 1 {
		list = append(list, fmt.Sprintf(`{"op":"predict","frame":%d}`, i), fmt.Sprintf(`{"op":"connection","frame":%d}`, i))
		list = append(list, fmt.Sprintf(`{"op":"detail","frame":%d}`, i))
	}
	return list
}

// The Worker answers what the same analyser answers natively, octet for octet.
func TestWorkerAnswersAsNative(t *testing.T) {
	wasm := program(t)
	records, err := filepath.Glob(root + "/core/inspect/testdata/*.h2trace")
	if err != nil || len(records) == 0 {
		t.Fatalf("no records in core/inspect/testdata: %v", err)
	}
	for _, record := range records {
		t.Run(filepath.Base(record), func(t *testing.T) { compare(t, wasm, record) })
	}
	t.Run("broken", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "broken.h2trace")
		whole, err := os.ReadFile(root + "/core/inspect/testdata/push.h2trace")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(whole[:len(whole)/2], "}\n{}\n"...), 0o644); err != nil {
			t.Fatal(err)
		}
		compare(t, wasm, file)
	})
}

func compare(t *testing.T, wasm, record string) {
	octets, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	native := ask.New()
	native.Feed(octets) // the summary tells an error
	var sum view.Summary
	if err := json.Unmarshal(native.Answer([]byte(`{"op":"summary"}`)), &sum); err != nil {
		t.Fatal(err)
	}
	requests := requestsFor(sum.Frames)
	answers, others := 0, 0
	for _, m := range drive(t, wasm, record, requests) {
		switch m.Op {
		case "answer":
			if m.ID == len(requests) { // after the reset
				if want := string(ask.New().Answer([]byte(`{"op":"summary"}`))); m.Text != want {
					t.Errorf("after reset: %s, want %s", m.Text, want)
				}
				continue
			}
			answers++
			if want := string(native.Answer([]byte(requests[m.ID]))); m.Text != want {
				t.Errorf("%s\n wasm: %.2000s\nnative: %.2000s", requests[m.ID], m.Text, want)
			}
		case "panic":
			if !strings.Contains(m.Message, "out of range") {
				t.Errorf("a panic in Go is told as %q, want the runtime's message", m.Message)
			}
		case "other":
			if sum.Frames > 0 && (m.ID != 7 || !strings.Contains(m.Text, fmt.Sprintf(`"Frames":%d,"End"`, sum.Frames))) {
				t.Errorf("the record before, read as the second one: %+v", m)
			}
			others++
		case "ready", "changed":
		default:
			t.Errorf("the Worker says %+v", m)
		}
	}
	if others != 1 {
		t.Errorf("the second record was read %d times, want 1", others)
	}
	if answers != len(requests) {
		t.Errorf("%d of %d requests were answered", answers, len(requests))
	}
}

// A program that dies is told to the page once; requests are answered with the
// reason, and a reset starts a new program.
func TestWorkerOutlivesItsProgram(t *testing.T) {
	requests := []string{`{"op":"summary"}`, `{"op":"density","buckets":4}`, `{"op":"summary"}`}
	failed, dead, again := 0, 0, false
	for _, m := range drive(t, program(t), root+"/core/inspect/testdata/push.h2trace", requests, "1") {
		switch {
		case m.Op == "failed":
			failed++
			if !strings.Contains(m.Message, "unreachable") {
				t.Errorf("the failure is told as %q", m.Message)
			}
		case m.Op == "other":
			again = strings.Contains(m.Text, `"Frames":15`)
		case m.Op == "answer" && m.ID == 0 && !strings.Contains(m.Text, `"Frames":15`):
			t.Errorf("before the end: %s", m.Text)
		case m.Op == "answer" && (m.ID == 1 || m.ID == 2):
			dead++
			if m.Text != `{"Error":"unreachable"}` {
				t.Errorf("request %d after the end: %s", m.ID, m.Text)
			}
		case m.Op == "answer" && m.ID == 3 && !strings.Contains(m.Text, `"Frames":0`):
			t.Errorf("after the reset: %s", m.Text)
		}
	}
	if !again {
		t.Error("the record before is gone with the program that died")
	}
	if failed != 1 || dead != 2 {
		t.Errorf("%d failures told, want 1; %d requests answered with the reason, want 2", failed, dead)
	}
}
