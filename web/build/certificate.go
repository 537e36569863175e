package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// certificateModule is a script with the key and the certificate that lie among
// the files of programs in the tab. They are made from a fixed seed, so that the
// site's octets are the same each time, and are worth nothing elsewhere. The key
// is Ed25519, whose signatures are all of one size.
func certificateModule() (string, error) {
	key := ed25519.NewKeyFromSeed([]byte("a key that everybody knows, truly"[:ed25519.SeedSize]))
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "localhost"},
		NotBefore:    time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2125, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:     []string{"localhost", "example.org", "www.example.org", "example.com"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(nil, cert, cert, key.Public(), key)
	if err != nil {
		return "", err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	for _, f := range []struct {
		name  string
		block pem.Block
	}{{"cert", pem.Block{Type: "CERTIFICATE", Bytes: der}}, {"key", pem.Block{Type: "PRIVATE KEY", Bytes: private}}} {
		text, err := json.Marshal(string(pem.EncodeToMemory(&f.block)))
		if err != nil {
			return "", err
		}
		out.WriteString("export const " + f.name + " = " + string(text) + ";\n")
	}
	return out.String(), nil
}
