package hpack

import (
	"encoding/hex"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestAppendixC reads the sequences of RFC 7541, Appendix C.3 to C.6, and
// checks the fields, the table and its size after each.
func TestAppendixC(t *testing.T) {
	type step struct {
		wire, fields string
		table        string // newest first
		size         uint32
	}
	date1, date2 := "Mon, 21 Oct 2013 20:13:21 GMT", "Mon, 21 Oct 2013 20:13:22 GMT"
	loc := "https://www.example.com"
	cookie := "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"
	requests := []step{
		{"", ":method=GET|:scheme=http|:path=/|:authority=www.example.com", ":authority=www.example.com", 57},
		{"", ":method=GET|:scheme=http|:path=/|:authority=www.example.com|cache-control=no-cache", "cache-control=no-cache|:authority=www.example.com", 110},
		{"", ":method=GET|:scheme=https|:path=/index.html|:authority=www.example.com|custom-key=custom-value", "custom-key=custom-value|cache-control=no-cache|:authority=www.example.com", 164},
	}
	responses := []step{
		{"", ":status=302|cache-control=private|date=" + date1 + "|location=" + loc, "location=" + loc + "|date=" + date1 + "|cache-control=private|:status=302", 222},
		{"", ":status=307|cache-control=private|date=" + date1 + "|location=" + loc, ":status=307|location=" + loc + "|date=" + date1 + "|cache-control=private", 222},
		{"", ":status=200|cache-control=private|date=" + date2 + "|location=" + loc + "|content-encoding=gzip|set-cookie=" + cookie, "set-cookie=" + cookie + "|content-encoding=gzip|date=" + date2, 215},
	}
	for _, c := range []struct {
		name  string
		max   uint32
		steps []step
		wires []string
	}{
		{"C.3", 4096, requests, []string{
			"828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
			"828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"}},
		{"C.4", 4096, requests, []string{
			"828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
			"828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"}},
		{"C.5", 256, responses, []string{
			"4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
			"4803333037c1c0bf",
			"88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31"}},
		{"C.6", 256, responses, []string{
			"488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
			"4883640effc1c0bf",
			"88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab := NewTable()
			tab.now.Max = c.max // Appendix C takes the size for agreed
			for i, s := range c.steps {
				reps, err := tab.Explain(unhex(t, c.wires[i]), nil)
				if err != nil {
					t.Fatalf("block %d: %v", i+1, err)
				}
				if got := joinReps(reps); got != s.fields {
					t.Errorf("block %d is\n%s, want\n%s", i+1, got, s.fields)
				}
				if got := joinTable(tab); got != s.table {
					t.Errorf("the table after block %d is\n%s, want\n%s", i+1, got, s.table)
				}
				if got := tab.Mark().Size; got != s.size {
					t.Errorf("the size after block %d is %d, want %d", i+1, got, s.size)
				}
			}
		})
	}
}

func joinReps(reps []Rep) string {
	var parts []string
	for _, r := range reps {
		if r.IsField() {
			parts = append(parts, r.Name+"="+r.Value)
		}
	}
	return strings.Join(parts, "|")
}

func joinTable(t *Table) string {
	var parts []string
	for _, e := range t.At(t.Mark()) {
		parts = append(parts, e.Name+"="+e.Value)
	}
	return strings.Join(parts, "|")
}
