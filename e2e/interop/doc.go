// Package interop holds Framewise against other HTTP/2 implementations and
// against h2spec. It is tests only:
//
//   - h2spec_test.go: all strict cases of h2spec against our server, in clear,
//     over TLS, and against the core in WASM under Node;
//   - table_test.go: our client against the servers of others and our server
//     against their clients, feature by feature;
//   - differential_test.go: the same frames to our server and to others, and
//     testdata/differences.tsv, which explains each difference.
//
// The peers come from Debian and from the Go module proxy; a peer that is
// missing fails the tests, for what they prove can't be proved without it.
// Everything listens on 127.0.0.1, at ports that the system chooses.
//
//	go run ./e2e/interop/table      prints the tables
package interop
