package hpack_test

import (
	"fmt"

	"framewise/core/hpack"
)

// A field block is explained, and the table looked at as it was before and
// after it.
func ExampleTable() {
	enc, table := hpack.NewEncoder(), hpack.NewTable()
	block := enc.AppendBlock(nil, []hpack.Field{
		{Name: ":method", Value: "GET"},
		{Name: ":path", Value: "/a"},
		{Name: "cookie", Value: "secret", Sensitive: true},
	})
	before := table.Mark()
	reps, err := table.Explain(block, nil)
	for _, r := range reps {
		fmt.Printf("octets %d to %d: %v, index %d, %s=%s, inserted: %v\n", r.Off, r.Off+r.Len, r.Kind, r.Index, r.Name, r.Value, r.Inserted)
	}
	fmt.Println(err, "before:", before.Len(), "entries")
	for index, e := range table.At(table.Mark()) {
		fmt.Println("after:", index, e.Name, e.Value, e.Size(), "octets")
	}
	// Output:
	// octets 0 to 1: Indexed, index 2, :method=GET, inserted: false
	// octets 1 to 5: Literal, incremental, index 5, :path=/a, inserted: true
	// octets 5 to 12: Literal, never indexed, index 32, cookie=secret, inserted: false
	// <nil> before: 0 entries
	// after: 62 :path /a 39 octets
}

// A block that is over a limit is refused, and the connection goes on.
func ExampleDecoder() {
	enc, dec := hpack.NewEncoder(), hpack.NewDecoder(hpack.Limits{MaxFields: 2})
	crumb := hpack.Field{Name: "cookie", Value: "a=1"}
	for n := 3; n > 1; n-- {
		block := enc.AppendBlock(nil, []hpack.Field{crumb, crumb, crumb}[:n])
		if err := dec.Write(block); err != nil {
			fmt.Println(err)
		}
		fields, err := dec.Close(nil)
		fmt.Println(len(fields), "fields,", err)
	}
	// Output:
	// 0 fields, ENHANCE_YOUR_CALM: the field section has more than 2 field lines, MaxFields is 2, at octet 5 of the field block (RFC 9113 10.5.1)
	// 2 fields, <nil>
}
