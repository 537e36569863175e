package engine

import (
	"testing"
)

// Every batch, however broken, must be answered: the host is a page that
// strangers' programs run in.
func FuzzCommands(f *testing.F) {
	f.Add([]byte{opReset})
	f.Add([]byte{opTimer, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 240, 63})
	f.Add([]byte{opConnect, 1, 0, 0, 0, 1, 0, 0, 0, 'a'})
	f.Add([]byte{255})
	f.Fuzz(func(t *testing.T, b []byte) {
		e := New()
		for range 10 {
			if out := e.Run(b); len(out) < headLen {
				t.Fatal("no answer")
			}
			e.TakeTrace()
		}
	})
}

func TestBrokenBatch(t *testing.T) {
	e := New()
	out := e.Run([]byte{opRequest, 1})
	if len(out) == headLen || out[headLen] != evFailed {
		t.Errorf("a batch that is cut off is answered with %x", out)
	}
	if out := e.Run(nil); out[0] != 1 {
		t.Error("the engine is not quiet afterwards")
	}
}
