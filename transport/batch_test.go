package transport

import "testing"

// A socket that takes all gets larger batches, one that blocks smaller ones; a
// write of less than a batch says nothing.
func TestBatchFollowsTheSocket(t *testing.T) {
	d := &Driver{batch: minBatch, most: maxBatch}
	full := func() [][]byte { return [][]byte{make([]byte, 9), make([]byte, d.batch)} }
	for _, step := range []struct {
		what     string
		segments [][]byte
		done     bool
		want     int
	}{
		{"a little", [][]byte{make([]byte, 9), make([]byte, 100)}, true, minBatch},
		{"a full batch", full(), true, 2 * minBatch},
		{"one that blocks", full(), false, minBatch},
		{"another", full(), false, minBatch},
	} {
		d.adapt(step.segments, step.done)
		if d.batch != step.want {
			t.Errorf("after %s: batch %d, want %d", step.what, d.batch, step.want)
		}
	}
	for range 10 {
		d.adapt(full(), true)
	}
	if d.batch != maxBatch {
		t.Errorf("batch %d, want it to grow to %d and no further", d.batch, maxBatch)
	}
	d.most = maxSealed
	d.batch = minBatch
	for range 10 {
		d.adapt(full(), true)
	}
	if d.batch != maxSealed {
		t.Errorf("batch %d with TLS, want %d", d.batch, maxSealed)
	}
}
