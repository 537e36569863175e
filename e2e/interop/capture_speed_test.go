package interop

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestInspectBesideTshark captures 100,000 frames of h2load and nghttpd, and
// prints how long `framewise inspect` takes beside `tshark -Y http2`: both must
// see all requests; the times are for reading.
func TestInspectBesideTshark(t *testing.T) {
	const requests = 25000 // of four frames each
	f := newFolder(t)
	addr, _ := startNghttpd(t, f, nil)
	ours := filepath.Join(t.TempDir(), "framewise")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", ours, "framewise/server").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, load := range [][2]string{{"1", "1"}, {"10", "20"}} {
		d := capture(t, []string{port(t, addr)})
		out, said, err := execute(t, "h2load", "-n", strconv.Itoa(requests), "-c", load[0], "-m", load[1], "http://"+addr+"/hello")
		if err != nil || !strings.Contains(string(out), strconv.Itoa(requests)+" succeeded") {
			t.Fatalf("h2load: %v: %s%s", err, out, said)
		}
		conns, err := strconv.Atoi(load[0])
		if err != nil {
			t.Fatal(err)
		}
		_, r := d.stop(t, conns, "")
		if c := r.Capture(); c.Lost > 0 || c.HTTP2 != conns {
			t.Fatalf("%v", r.Lines())
		}
		info, err := os.Stat(d.file)
		if err != nil {
			t.Fatal(err)
		}
		a := []string{ours, "inspect", "-q", d.file}
		b := []string{tool(t, "tshark"), "-r", d.file, "-d", "tcp.port==" + port(t, addr) + ",http2", "-Y", "http2"}
		var wall, cpu [2][]time.Duration
		frames := 0
		for range 5 {
			for i, args := range [][]string{a, b} {
				// Into a file: a pipe that is read here would be measured with it.
				file, err := os.Create(filepath.Join(t.TempDir(), "out"))
				if err != nil {
					t.Fatal(err)
				}
				cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
				cmd.Stdout = file
				start := time.Now()
				if err := cmd.Run(); err != nil {
					t.Fatal(args, err)
				}
				wall[i] = append(wall[i], time.Since(start))
				out, err := os.ReadFile(file.Name())
				if err := errors.Join(err, file.Close()); err != nil {
					t.Fatal(err)
				}
				cpu[i] = append(cpu[i], cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
				if i == 0 {
					frames = strings.Count(string(out), "\n") - conns
					if got := strings.Count(string(out), "GET /hello"); got != requests {
						t.Fatalf("%d requests are shown, want %d", got, requests)
					}
				}
			}
		}
		ratio := func(d [2][]time.Duration) (ours, theirs time.Duration, x float64) {
			slices.Sort(d[0])
			slices.Sort(d[1])
			return d[0][2], d[1][2], float64(d[1][2]) / float64(d[0][2])
		}
		w0, w1, wx := ratio(wall)
		c0, c1, cx := ratio(cpu)
		t.Logf("%s connection(s), %s stream(s) at a time: %d frames, %d octets of capture: inspect %v, tshark -Y http2 %v: %.1f times; processor time %v and %v: %.1f times",
			load[0], load[1], frames, info.Size(), w0.Round(time.Millisecond), w1.Round(time.Millisecond), wx, c0.Round(time.Millisecond), c1.Round(time.Millisecond), cx)
	}
}
