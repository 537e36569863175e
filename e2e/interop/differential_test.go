package interop

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// sequence is octets that a client sends behind the preface and an empty
// SETTINGS.
type sequence struct {
	name string // begins with the section of RFC 9113 that it is about
	bare bool   // no preface and no SETTINGS before it
	send []byte
	// ends is the stream that send must bring to an end, by a response or by
	// RST_STREAM, if the connection lives; 0: none.
	ends uint32
	// then is sent when ends has ended; thenEnds is as ends.
	then     []byte
	thenEnds uint32
}

// play sends a sequence to a server and says what came of it.
func play(addr string, q sequence) string {
	v, err := view(addr)
	if err != nil {
		return "unreachable: " + err.Error()
	}
	defer v.close()
	if !q.bare {
		v.begin()
	}
	v.fence(slices.Clone(q.send))
	ended, last := v.answered(q.ends), q.ends
	if q.then != nil {
		v.fence(slices.Clone(q.then))
		ended, last = v.answered(q.thenEnds), q.thenEnds
	}
	return v.outcome(last, ended)
}

// playAll plays every sequence with every server, some at a time: most of the
// time goes by while servers wait for the end of connections that they ended.
func playAll(list []sequence, addrs []string) [][]string {
	all := make([][]string, len(list))
	var wg sync.WaitGroup
	room := make(chan struct{}, 16)
	for i, q := range list {
		all[i] = make([]string, len(addrs))
		for k, addr := range addrs {
			room <- struct{}{}
			wg.Go(func() {
				all[i][k] = play(addr, q)
				<-room
			})
		}
	}
	wg.Wait()
	return all
}

// judges are the servers that ours is compared with.
var judges = []server{
	{name: "net/http", start: startNetHTTP},
	{name: "nghttpd", start: startNghttpd},
}

// difference is a row of testdata/differences.tsv.
type difference struct{ sequence, peer, theirs, ours string }

func (d difference) row(why string) string {
	return strings.Join([]string{d.sequence, d.peer, d.theirs, d.ours, why}, "\t")
}

// The same octets have the same outcome with our server, net/http's and
// nghttpd, or testdata/differences.tsv says why not.
func TestDifferential(t *testing.T) {
	f := newFolder(t)
	us := startOurs(t, f.dir, nil, nil)
	known := readDifferences(t)
	used := map[difference]bool{}
	same := 0
	addrs := []string{us.addr}
	for _, j := range judges {
		addr, _ := j.start(t, f, nil)
		addrs = append(addrs, addr)
	}
	list := sequences()
	outcomes := playAll(list, addrs)
	for i, q := range list {
		ours := outcomes[i][0]
		t.Logf("%s: %s", q.name, ours)
		for k, j := range judges {
			d := difference{sequence: q.name, peer: j.name, theirs: outcomes[i][k+1], ours: ours}
			switch {
			case d.theirs == ours:
				same++
			case known[d] == "":
				t.Errorf("not explained in testdata/differences.tsv:\n%s", d.row(""))
			default:
				used[d] = true
			}
		}
	}
	for d := range known {
		if !used[d] {
			t.Errorf("testdata/differences.tsv has a row for what is no longer so:\n%s", d.row(known[d]))
		}
	}
	report := fmt.Sprintf("differential: %d sequences, %d outcomes as others', %d differences explained\n", len(list), same, len(used))
	t.Log(report)
	appendTable(t, report)
}

// readDifferences reads the table: a line of names, then rows with a reason
// each, which names a section.
func readDifferences(t *testing.T) map[difference]string {
	t.Helper()
	name := filepath.Join("testdata", "differences.tsv")
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	known := map[difference]string{}
	in := bufio.NewScanner(file)
	for line := 1; in.Scan(); line++ {
		c := strings.Split(in.Text(), "\t")
		if len(c) != 5 {
			t.Fatalf("%s:%d: %d columns; want case, peer, theirs, ours and why, with tabs between", name, line, len(c))
		}
		if line == 1 {
			continue
		}
		d := difference{sequence: c[0], peer: c[1], theirs: c[2], ours: c[3]}
		if !strings.Contains(c[4], "RFC ") {
			t.Errorf("%s:%d: the reason names no section of an RFC", name, line)
		}
		if known[d] != "" {
			t.Errorf("%s:%d: the row stands twice", name, line)
		}
		known[d] = c[4]
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return known
}
