package bolt

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"framewise/server/share"
)

// TestMain is also the process that the crash test kills.
func TestMain(m *testing.M) {
	if file := os.Getenv("FRAMEWISE_SHARE_VICTIM"); file != "" {
		if err := victim(file, os.Getenv("FRAMEWISE_SHARE_SEED")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// victim puts, deletes and sweeps until it is killed, and prints a line when the
// store has acknowledged: after, never before.
func victim(file, seed string) error {
	n, err := strconv.ParseUint(seed, 10, 64)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(n, 1))
	store, err := Open(file, share.Options{Lifetime: time.Hour})
	if err != nil {
		return err
	}
	now := time.Unix(1_800_000_000, 0)
	ctx := context.Background()
	var have []share.Receipt
	for {
		switch k := rng.IntN(10); {
		case k < 6:
			body, err := share.Prepare(record(rng))
			if err != nil {
				return err
			}
			r, err := store.Put(ctx, body, now)
			if err != nil {
				return err
			}
			s := share.Sum(body)
			fmt.Printf("put %s %x\n", r.ID, s)
			have = append(have, r)
		case k < 8 && len(have) > 0:
			i := rng.IntN(len(have))
			r := have[i]
			have = append(have[:i], have[i+1:]...)
			fmt.Printf("deleting %s\n", r.ID)
			if err := store.Delete(ctx, r.ID, r.Token, now); err != nil {
				return err
			}
			fmt.Printf("deleted %s\n", r.ID)
		case k < 9:
			if _, err := store.Sweep(ctx, now.Add(-time.Minute)); err != nil {
				return err
			}
		default:
			if err := store.Backup(ctx, io.Discard); err != nil {
				return err
			}
		}
	}
}

// record is a record of up to some 100 KB that gzip can't make much shorter.
func record(rng *rand.Rand) []byte {
	var b bytes.Buffer
	b.WriteString(`{"k":"h2trace","version":1}` + "\n")
	for range rng.IntN(1 << uint(rng.IntN(11))) {
		octets := make([]byte, 50)
		for i := range octets {
			octets[i] = byte(rng.UintN(256))
		}
		fmt.Fprintf(&b, `{"k":"console","text":"%s"}`+"\n", hex.EncodeToString(octets))
	}
	return b.Bytes()
}

// books are what the victim has said.
type books struct {
	put     map[string]string // identifier → sum in hex
	maybe   map[string]bool   // a delete began
	deleted map[string]bool
}

// read takes lines in; the last one may be cut off.
func (b *books) read(out []byte) {
	lines := strings.Split(string(out), "\n")
	for _, line := range lines[:len(lines)-1] {
		f := strings.Fields(line)
		switch f[0] {
		case "put":
			b.put[f[1]] = f[2]
		case "deleting":
			b.maybe[f[1]] = true
		case "deleted":
			b.deleted[f[1]] = true
		}
	}
}

// TestCrash kills a process that works on a store, with SIGKILL, at many points:
// no acknowledged share is lost, no deleted one comes back, and none is partial.
// FRAMEWISE_CRASH_POINTS says how many; 20 without it.
func TestCrash(t *testing.T) {
	points := 20
	if s := os.Getenv("FRAMEWISE_CRASH_POINTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("FRAMEWISE_CRASH_POINTS is %q, it must be a number above 0", s)
		}
		points = n
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var file string
	var said books
	puts, deletes := 0, 0
	for i := range points {
		if i%25 == 0 { // a new store now and then, so that empty ones are killed too
			puts, deletes = puts+len(said.put), deletes+len(said.deleted)
			said = books{map[string]string{}, map[string]bool{}, map[string]bool{}}
			file = filepath.Join(t.TempDir(), "shares.db")
		}
		kill(t, exe, file, uint64(i), &said)
		verify(t, file, &said)
	}
	puts, deletes = puts+len(said.put), deletes+len(said.deleted)
	if puts == 0 || deletes == 0 {
		t.Fatalf("%d shares were acknowledged and %d deleted: nothing was tested", puts, deletes)
	}
	fmt.Printf("crash points: %d, %d acknowledged shares, %d deleted, 0 lost, 0 partial\n", points, puts, deletes)
}

// kill lets the victim work until it has said a number of lines, and for a
// moment more, of up to a few transactions.
func kill(t *testing.T, exe, file string, seed uint64, said *books) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe)
	cmd.Env = append(os.Environ(), "FRAMEWISE_SHARE_VICTIM="+file, "FRAMEWISE_SHARE_SEED="+strconv.FormatUint(seed, 10))
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(seed, 2))
	r := bufio.NewReader(pipe)
	var out bytes.Buffer
	for range rng.IntN(12) {
		line, err := r.ReadString('\n')
		if err != nil {
			break
		}
		out.WriteString(line)
	}
	time.Sleep(time.Duration(rng.IntN(6000)) * time.Microsecond) // the point in its work, not a wait for it
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(r)
	out.Write(rest)
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the process ended by itself: %v: %s", err, errOut.String())
	}
	said.read(out.Bytes())
}

func verify(t *testing.T, file string, said *books) {
	t.Helper()
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) && len(said.put) == 0 {
		return // it was killed before it opened the file
	}
	store, err := Open(file, share.Options{Lifetime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Check(); err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_800_000_001, 0)
	for name, want := range said.put {
		id, ok := share.ParseID(name)
		if !ok {
			t.Fatalf("%q is no identifier", name)
		}
		body, err := store.Get(t.Context(), id, now)
		switch {
		case said.deleted[name]:
			if !errors.Is(err, share.ErrDeleted) {
				t.Fatalf("%s was deleted, and Get says %v", name, err)
			}
		case errors.Is(err, share.ErrDeleted) && said.maybe[name]:
		case err != nil:
			t.Fatalf("%s was acknowledged and is lost: %v", name, err)
		default:
			if s := share.Sum(body); hex.EncodeToString(s[:]) != want {
				t.Fatalf("%s has another body than was put", name)
			}
			z, err := gzip.NewReader(bytes.NewReader(body))
			if err == nil {
				_, err = io.Copy(io.Discard, z)
			}
			if err != nil {
				t.Fatalf("%s is served in part: %v", name, err)
			}
		}
	}
}
