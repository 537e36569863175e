package hpack

import (
	"testing"

	xhpack "golang.org/x/net/http2/hpack"
)

// TestStaticTable holds the 61 entries equal to what x/net's decoder reads for
// their indices.
func TestStaticTable(t *testing.T) {
	var got Field
	d := xhpack.NewDecoder(0, func(f Field) { got = f })
	for i := 1; i <= StaticLen; i++ {
		if _, err := d.Write(appendIndex(nil, i)); err != nil {
			t.Fatalf("x/net has no index %d: %v", i, err)
		}
		name, value, ok := Static(i)
		if !ok || name != got.Name || value != got.Value {
			t.Errorf("index %d is %q: %q, x/net has %q: %q", i, name, value, got.Name, got.Value)
		}
	}
	for _, i := range []int{-1, 0, StaticLen + 1} {
		if _, _, ok := Static(i); ok {
			t.Errorf("there is an index %d", i)
		}
	}
	if _, err := d.Write(appendIndex(nil, StaticLen+1)); err == nil {
		t.Errorf("x/net has more than %d static entries", StaticLen)
	}
}
