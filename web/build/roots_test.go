package main

import (
	"crypto/x509"
	"strings"
	"testing"
)

// TestRoots makes sure that the list is one that real servers can be checked by:
// it is read as the tab reads it, and has the authorities that most use.
func TestRoots(t *testing.T) {
	der, err := roots()
	if err != nil {
		t.Fatal(err)
	}
	certs, err := x509.ParseCertificates(der)
	if err != nil {
		t.Fatal(err)
	}
	if len(certs) < 80 {
		t.Errorf("there are %d authorities only", len(certs))
	}
	var all strings.Builder
	for _, c := range certs {
		if !c.IsCA {
			t.Errorf("%s is no authority", c.Subject)
		}
		all.WriteString(c.Subject.String() + "\n")
	}
	for _, name := range []string{"CN=ISRG Root X1,", "CN=DigiCert Global Root G2,", "CN=GTS Root R1,", "CN=Amazon Root CA 1,"} {
		if !strings.Contains(all.String(), name) {
			t.Errorf("%s is missing", name)
		}
	}
}
