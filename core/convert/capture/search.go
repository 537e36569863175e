package capture

import (
	"slices"

	"framewise/core/frame"
)

// findFrames looks for a place in b from where on frames follow each other.
// Places where a segment or record began are believed sooner: frames mostly
// begin there. need is how much must speak for a place, see chain.
func findFrames(b []byte, starts []int, need int) (off int, ok bool) {
	for _, off := range starts {
		if chain(b[off:]) >= max(2, need-2) {
			return off, true
		}
	}
	for off := 0; off+frame.HeaderLen <= len(b); off++ {
		if plausible(frame.ParseHeader(b[off:]), b[off+frame.HeaderLen:]) && !slices.Contains(starts, off) && chain(b[off:]) >= need {
			return off, true
		}
	}
	return 0, false
}

// chain tells how much speaks for frames that follow each other from the start
// of b: two for a frame of fixed length, one for others, two for ending where
// b ends. It is 0 as soon as one is no frame.
func chain(b []byte) (points int) {
	for range 64 {
		switch {
		case len(b) == 0:
			return points + 2
		case len(b) < frame.HeaderLen:
			return points
		}
		f := frame.ParseHeader(b)
		if !plausible(f, b[frame.HeaderLen:]) {
			return 0
		}
		end := frame.HeaderLen + int(f.Length)
		if end > len(b) {
			return points
		}
		switch f.Type {
		case frame.Data, frame.Headers, frame.Continuation, frame.PushPromise:
			points++
		default:
			points += 2
		}
		b = b[end:]
	}
	return points
}

// plausible says whether a header is one that a peer sends who keeps to RFC
// 9113, section 6; payload is what is there of what follows.
func plausible(f frame.Header, payload []byte) bool {
	const largest = 1 << 20 // a MAX_FRAME_SIZE that somebody uses
	stream, n := f.StreamID != 0, f.Length
	only := func(flags frame.Flags) bool { return f.Flags&^flags == 0 }
	if n > largest {
		return false
	}
	switch f.Type {
	case frame.Data:
		return stream && only(frame.FlagEndStream|frame.FlagPadded)
	case frame.Headers:
		return stream && n > 0 && only(frame.FlagEndStream|frame.FlagEndHeaders|frame.FlagPadded|frame.FlagPriority)
	case frame.Priority:
		return stream && n == 5 && only(0)
	case frame.RSTStream:
		return stream && n == 4 && only(0) && (len(payload) < 4 || payload[0]|payload[1]|payload[2] == 0)
	case frame.Settings:
		return !stream && n%6 == 0 && only(frame.FlagAck) && (f.Flags == 0 || n == 0)
	case frame.PushPromise:
		return stream && n >= 4 && only(frame.FlagEndHeaders|frame.FlagPadded)
	case frame.Ping:
		return !stream && n == 8 && only(frame.FlagAck)
	case frame.GoAway:
		return !stream && n >= 8 && only(0)
	case frame.WindowUpdate:
		return n == 4 && only(0) && (len(payload) < 4 || payload[0]|payload[1]|payload[2]|payload[3] != 0)
	case frame.Continuation:
		return stream && only(frame.FlagEndHeaders)
	}
	return false
}
