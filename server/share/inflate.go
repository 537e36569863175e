package share

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"framewise/core/trace"
)

// TooLarge is what is beyond a limit, in words for whoever shares.
type TooLarge struct{ Text string }

func (e *TooLarge) Error() string { return e.Text }

// ratioFrom is how long a record may be whatever its ratio.
const ratioFrom = 1 << 20

// Prepare checks what came, a record plain or in gzip, and returns it in gzip.
// The error is a *TooLarge, or says why it is no record: then it is a
// *trace.SyntaxError or about its gzip.
func Prepare(came []byte) (body []byte, err error) {
	if len(came) > MaxStored {
		return nil, &TooLarge{fmt.Sprintf("the record is longer than %d octets", MaxStored)}
	}
	if bytes.HasPrefix(came, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(came))
		if err != nil {
			return nil, fmt.Errorf("the gzip is broken: %w", err)
		}
		z.Multistream(true)
		if err := check(z, int64(len(came))); err != nil {
			return nil, err
		}
		return came, nil
	}
	if err := check(bytes.NewReader(came), MaxInflated); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(came); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// check reads a record as it comes out of its compression: it holds a piece and
// an entry at a time.
func check(r io.Reader, packed int64) error {
	limit := min(MaxInflated, max(packed*MaxRatio, ratioFrom))
	var d trace.Decoder
	entries := 0
	drain := func() error {
		for {
			_, ok, err := d.Next()
			if err != nil || !ok {
				return err
			}
			if entries++; entries > MaxEntries {
				return &TooLarge{fmt.Sprintf("the record has more than %d entries", MaxEntries)}
			}
		}
	}
	buf := make([]byte, 64<<10)
	var total int64
	for {
		n, err := r.Read(buf)
		if total += int64(n); total > limit {
			if limit == MaxInflated {
				return &TooLarge{fmt.Sprintf("the record has more than %d octets", MaxInflated)}
			}
			return &TooLarge{fmt.Sprintf("the record is more than %d times as long as it is compressed", MaxRatio)}
		}
		d.Push(buf[:n])
		if bad := drain(); bad != nil {
			return bad
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("the gzip is broken: %w", err)
		}
	}
	if err := d.Finish(); err != nil {
		return err
	}
	return drain()
}

// Inflate reads the record of a body that Prepare has made or taken.
func Inflate(body []byte) (io.Reader, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.LimitReader(z, MaxInflated+1), nil
}
