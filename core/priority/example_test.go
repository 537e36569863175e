package priority_test

import (
	"fmt"

	"framewise/core/frame"
	"framewise/core/priority"
)

// A style sheet and two images, the second of three times the weight, which
// depend on it (RFC 7540, section 5.3).
func ExampleScheduler() {
	s := priority.New(priority.Options{})
	css, small, large := s.Open(1, 0), s.Open(3, 0), s.Open(5, 0)
	_ = s.Prioritize(3, frame.PriorityParam{StreamDep: 1, Weight: 16 - 1})
	_ = s.Prioritize(5, frame.PriorityParam{StreamDep: 1, Weight: 48 - 1})
	for _, r := range []priority.Ref{css, small, large} {
		s.Ready(r)
	}
	var served []uint32
	for i := range 10 {
		r, ok := s.Next()
		if !ok {
			break
		}
		served = append(served, s.ID(r))
		s.Sent(r, 1000)
		if i == 1 { // the style sheet is through
			s.Unready(css)
		}
	}
	fmt.Println(served)
	for _, n := range s.Snapshot(nil) {
		fmt.Printf("%*d weight %v share %v\n", 2*n.Depth+1, n.ID, n.Weight, n.Share)
	}
	// Output:
	// [1 1 3 5 5 5 3 5 5 5]
	// 1 weight 16 share 0
	//   3 weight 16 share 0.25
	//   5 weight 48 share 0.75
}

// The server knows better than the client how urgent a response is, and says
// nothing of incremental (RFC 9218, section 8).
func ExampleParseField() {
	request, _ := priority.ParseField("u=5, i", priority.DefaultParam)
	response, _ := priority.ParseField("u=1", request)
	fmt.Printf("%+v %s\n", response, priority.AppendField(nil, response))

	_, err := priority.ParseField("u=1,, i", priority.DefaultParam)
	fmt.Println(err)
	// Output:
	// {Urgency:1 Incremental:true} u=1, i
	// priority field: a key begins with a lower-case letter or * at octet 4 (RFC 8941 4.2)
}
