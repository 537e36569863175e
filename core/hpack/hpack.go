// Package hpack is the field compression of HTTP/2 (RFC 7541), twice.
//
// The coder (Encoder, Decoder) is what a connection uses: golang.org/x/net's
// HPACK behind limits. In go field lines, out come the octets of a field block,
// and back.
//
// The explainer (Table, Explain) is what a reader of a record uses. It walks
// the octets of a field block by itself and tells of each representation which
// octets it is made of, where its name and value come from, and what it did to
// the dynamic table. A Table keeps every entry that was ever inserted, so that
// the table as it was at any instant is a Mark of a few numbers. Tests hold
// the two equal.
//
// The package has no I/O and no clock, starts no goroutine and calls nobody
// back. It imports core/frame for the names of the error codes, and x/net.
package hpack

import xhpack "golang.org/x/net/http2/hpack"

// Field is a field line: Name, Value and Sensitive. A sensitive field is coded
// as never indexed (RFC 7541, section 7.1.3).
type Field = xhpack.HeaderField

// EntryOverhead is what an entry of a table counts beyond the octets of its
// name and value (RFC 7541, section 4.1), and a field line in a field section
// beyond its own (RFC 9113, section 6.5.2).
const EntryOverhead = 32

// DefaultTableSize is the size of a dynamic table, in octets, before any
// setting or update changes it (RFC 9113, section 6.5.2).
const DefaultTableSize = 4096

// FieldSize is the size of a field line in octets: name, value and
// EntryOverhead (RFC 7541, section 4.1).
func FieldSize(name, value string) int { return len(name) + len(value) + EntryOverhead }
