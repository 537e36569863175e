package main

import (
	"crypto/x509"
	"errors"
	"fmt"

	mozilla "golang.org/x/crypto/x509roots/fallback/bundle"
)

// rootsName is the asset with the authorities that TLS in the tab trusts, which
// no browser lends: Mozilla's, as golang.org/x/crypto keeps them. A newer list is
// a newer version of that module, and changes no program.
const rootsName = "roots.der"

// roots are the authorities' certificates in DER, one behind the other. One whose
// trust has conditions that a certificate can't hold is left out.
func roots() ([]byte, error) {
	var out []byte
	n := 0
	for r := range mozilla.Roots() {
		if r.Constraint != nil {
			continue
		}
		if _, err := x509.ParseCertificate(r.Certificate); err != nil {
			return nil, fmt.Errorf("%s: certificate %d: %w", rootsName, n, err)
		}
		out = append(out, r.Certificate...)
		n++
	}
	if n == 0 {
		return nil, errors.New(rootsName + ": there are no authorities")
	}
	return out, nil
}
