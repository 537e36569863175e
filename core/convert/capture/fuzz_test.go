package capture

import "testing"

// FuzzCapture reads whatever there is. Entries must be those that an analyser
// takes: TestMutations of core/convert feeds them to one.
func FuzzCapture(f *testing.F) {
	for _, name := range []string{"h2c.pcapng", "any.pcap", "secrets.pcapng"} {
		f.Add(testdata(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, r, err := all(t, b, Options{MaxOctets: 1 << 20})
		if err == nil && r.Packets == 0 && len(b) > 1000 && len(entries) > 1 {
			t.Error("entries without packets")
		}
		if r.HTTP2+r.OthersTotal > r.Connections {
			t.Errorf("%d connections are told of, there are %d", r.HTTP2+r.OthersTotal, r.Connections)
		}
	})
}
