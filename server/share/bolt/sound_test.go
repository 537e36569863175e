//go:build !race

// bbolt reads pages by unsafe, which the race detector's build checks and ends the
// process for where they are damaged.

package bolt

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"framewise/server/share"
)

// A file that rots, before the server starts or while it runs, costs shares but
// not the server: each is served as it was put or not at all.
func TestDamagedFile(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	source := filepath.Join(t.TempDir(), "shares.db")
	store, err := Open(source, share.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(6, 1))
	put := map[share.ID][]byte{}
	tokens := map[share.ID]share.Token{}
	for i := range 40 {
		body := make([]byte, 200+rng.IntN(9000))
		for j := range body {
			body[j] = byte(rng.Uint32())
		}
		r, err := store.Put(context.Background(), body, now)
		if err != nil {
			t.Fatal(i, err)
		}
		put[r.ID], tokens[r.ID] = body, r.Token
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	refused, damaged, served := 0, 0, 0
	for round := range rounds {
		rot := bytes.Clone(file)
		switch round % 4 {
		case 0: // single octets
			for range 1 + rng.IntN(40) {
				rot[rng.IntN(len(rot))] ^= byte(1 + rng.IntN(255))
			}
		case 1: // every seventh octet from some page on
			for i := 4096 * (2 + rng.IntN(len(rot)/4096-2)); i < len(rot); i += 7 {
				rot[i] = byte(rng.Uint32())
			}
		case 2: // a page is another one
			a, b := 4096*rng.IntN(len(rot)/4096), 4096*rng.IntN(len(rot)/4096)
			copy(rot[a:a+4096], file[b:b+4096])
		default: // a page of nothing
			clear(rot[4096*rng.IntN(len(rot)/4096):][:4096])
		}
		name := filepath.Join(t.TempDir(), "shares.db")
		running := round%8 < 4 // it rots before the start, or while the server runs
		before := rot
		if running {
			before = file
		}
		if err := os.WriteFile(name, before, 0o600); err != nil {
			t.Fatal(err)
		}
		store, err := Open(name, share.Options{})
		if err != nil {
			refused++
			continue
		}
		if running {
			f, err := os.OpenFile(name, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt(rot, 0); err != nil {
				t.Fatal(err)
			}
			f.Close()
		}
		ctx := context.Background()
		for id, body := range put {
			got, err := store.Get(ctx, id, now)
			switch {
			case err != nil:
				damaged++
			case !bytes.Equal(got, body):
				t.Fatalf("round %d: a share is served that nobody put", round)
			default:
				served++
			}
		}
		if !running {
			for id := range put {
				_ = store.Delete(ctx, id, tokens[id], now)
			}
			_, _ = store.Sweep(ctx, now.Add(1000*time.Hour))
			_, _ = store.Put(ctx, []byte("more"), now)
			_ = store.Backup(ctx, new(bytes.Buffer))
		}
		_ = store.Close()
	}
	t.Logf("%d damaged files: %d refused at the start; of the shares of the others %d were served, %d not", rounds, refused, served, damaged)
	if refused == 0 || damaged == 0 || served == 0 {
		t.Error("the damage is not varied enough to show anything")
	}
}
