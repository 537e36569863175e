package inspect

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"framewise/core/frame"
	"framewise/core/inspect/view"
	"framewise/core/trace"
)

// figure2 is RFC 9113, section 5.1, as text: for each state what may be sent
// and received there, and where it leads. What is not written is illegal. H is
// HEADERS, D DATA, PP a PUSH_PROMISE for this stream, P one that is sent on it,
// ES END_STREAM, R RST_STREAM, PRI PRIORITY, WU WINDOW_UPDATE.
const figure2 = `
idle                 send: H>open PP>reserved (local) PRI
idle                 recv: H>open PP>reserved (remote) PRI
reserved (local)     send: H>half-closed (remote) R>closed PRI
reserved (local)     recv: R>closed PRI WU
reserved (remote)    send: R>closed PRI WU
reserved (remote)    recv: H>half-closed (local) R>closed PRI
open                 send: H D P ES>half-closed (local) R>closed PRI WU
open                 recv: H D P ES>half-closed (remote) R>closed PRI WU
half-closed (local)  send: R>closed PRI WU
half-closed (local)  recv: H D P ES>closed R>closed PRI WU
half-closed (remote) send: H D P ES>closed R>closed PRI WU
half-closed (remote) recv: R>closed PRI WU
closed               send: R PRI WU
closed               recv: H D P ES R PRI WU
`

func TestStatesAreThoseOfFigure2(t *testing.T) {
	short := map[int]string{inHeaders: "H", inData: "D", inPush: "P", inPromised: "PP", inEndStream: "ES", inReset: "R", inPriority: "PRI", inUpdate: "WU"}
	var got []string
	for s := range states {
		for how, name := range []string{"send", "recv"} {
			line := ""
			for in := range inUpgrade { // what stands behind is no input of the RFC's
				next := nextState[s][how][in]
				if next == 0 {
					continue
				}
				line += " " + short[in]
				if int(next-1) != s {
					line += ">" + stateNames[next-1]
				}
			}
			got = append(got, fmt.Sprintf("%-20s %s:%s", stateNames[s], name, sortWords(line)))
		}
	}
	var want []string
	for _, line := range strings.Split(strings.TrimSpace(figure2), "\n") {
		head, tail, _ := strings.Cut(line, ":")
		want = append(want, head+":"+sortWords(tail))
	}
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("\n got %s\nwant %s", got[i], want[i])
		}
	}
}

// sortWords sorts the inputs of a line; a space within a state's name stands
// before a parenthesis.
func sortWords(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), " (", "_(")
	words := strings.Fields(s)
	sort.Strings(words)
	return " " + strings.ReplaceAll(strings.Join(words, " "), "_(", " (")
}

// Each way through the figure, as both ends see it after the last frame.
func TestPathsThroughFigure2(t *testing.T) {
	pp := frame.AppendPushPromise(nil, 1, 2, getBlock("/p"), true, frame.NoPadding)
	rst := func(id uint32) []byte { return frame.AppendRSTStream(nil, id, frame.Cancel) }
	for _, c := range []struct {
		name           string
		frames         func(r *recorder)
		id             uint32
		client, server string // states in order
	}{
		{"request and response", func(r *recorder) {
			r.c2s(request(1, "/", true))
			r.at(20).s2c(response(1, true))
		}, 1, "idle > open > half-closed (local) > closed", "idle > open > half-closed (remote) > closed"},
		{"response before the end of the request", func(r *recorder) {
			r.c2s(request(1, "/", false))
			r.at(20).s2c(response(1, true))
			r.at(30).c2s(data(1, 3, true))
		}, 1, "idle > open > half-closed (remote) > closed", "idle > open > half-closed (local) > closed"},
		{"both end while the other's end is under way", func(r *recorder) {
			r.c2s(request(1, "/", false))
			r.at(20).s2c(response(1, true))
			r.at(21).c2s(data(1, 3, true))
		}, 1, "idle > open > half-closed (local) > closed", "idle > open > half-closed (local) > closed"},
		{"reset by the client", func(r *recorder) {
			r.c2s(request(1, "/", false), rst(1))
		}, 1, "idle > open > closed", "idle > open > closed"},
		{"reset by the server", func(r *recorder) {
			r.c2s(request(1, "/", true))
			r.at(20).s2c(rst(1))
		}, 1, "idle > open > half-closed (local) > closed", "idle > open > half-closed (remote) > closed"},
		{"push", func(r *recorder) {
			r.c2s(request(1, "/", true))
			r.at(20).s2c(pp, response(2, true))
		}, 2, "idle > reserved (remote) > half-closed (local) > closed", "idle > reserved (local) > half-closed (remote) > closed"},
		{"push refused", func(r *recorder) {
			r.c2s(request(1, "/", true))
			r.at(20).s2c(pp)
			r.at(30).c2s(rst(2))
		}, 2, "idle > reserved (remote) > closed", "idle > reserved (local) > closed"},
		{"push withdrawn", func(r *recorder) {
			r.c2s(request(1, "/", true))
			r.at(20).s2c(pp, rst(2))
		}, 2, "idle > reserved (remote) > closed", "idle > reserved (local) > closed"},
		{"priority opens nothing", func(r *recorder) {
			r.c2s(frame.AppendPriority(nil, 1, frame.PriorityParam{StreamDep: 3}), request(1, "/", false))
		}, 1, "idle > open", "idle > open"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRecord(trace.VantageBoth).open()
			c.frames(r)
			a := feed(t, r.entries)
			if p := a.Summary().Problems; len(p) > 0 {
				t.Fatalf("a legal exchange has problems: %+v", p)
			}
			// An end is shown just after the frame acted on it: the longest
			// paths are the last ones.
			var last view.Stream
			for i := range a.Summary().Frames {
				d, err := a.Detail(i)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range []*view.Stream{d.Stream, d.Promised} {
					if s == nil || s.ID != c.id {
						continue
					}
					if len(s.ClientPath) > len(last.ClientPath) {
						last.ClientPath = s.ClientPath
					}
					if len(s.ServerPath) > len(last.ServerPath) {
						last.ServerPath = s.ServerPath
					}
				}
			}
			if got := names(last.ClientPath); got != c.client {
				t.Errorf("at the client %s, want %s", got, c.client)
			}
			if got := names(last.ServerPath); got != c.server {
				t.Errorf("at the server %s, want %s", got, c.server)
			}
		})
	}
}

func names(path []view.Step) string {
	var out []string
	for _, s := range path {
		out = append(out, s.State)
	}
	return strings.Join(out, " > ")
}

// What an end can't have known is not held against it: with times from the
// client alone, a frame of the server's may have been under way already when
// the client's reset or smaller window left.
func TestVantage(t *testing.T) {
	for _, c := range []struct {
		vantage trace.Vantage
		faults  string
	}{
		{trace.VantageBoth, "STREAM_CLOSED FLOW_CONTROL_ERROR"},
		{trace.VantageServer, "STREAM_CLOSED FLOW_CONTROL_ERROR"},
		{trace.VantageClient, ""},
		{trace.VantageMiddle, ""},
	} {
		r := newRecord(c.vantage)
		r.latency = 0
		r.open()
		r.c2s(request(1, "/", true), request(3, "/", true))
		r.at(15).s2c(response(1, false), response(3, false), data(3, 30000, false)[:9+16384])
		r.entries = r.entries[:len(r.entries)-1]
		r.s2c(response(1, false), response(3, false), data(3, 16384, false))
		r.at(16).c2s(frame.AppendRSTStream(nil, 1, frame.Cancel), settings(uint32(frame.InitialWindowSize), 16384))
		r.at(17).s2c(data(1, 5, false), data(3, 16384, false))
		var got []string
		for _, p := range feed(t, r.entries).Summary().Problems {
			got = append(got, p.Code)
		}
		if s := strings.Join(got, " "); s != c.faults {
			t.Errorf("vantage %s: problems %q, want %q", c.vantage, s, c.faults)
		}
	}
}
