package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// prepare looks for what is needed, builds what is measured and makes the files
// that are served.
func (s *suite) prepare() (err error) {
	for _, name := range []string{"h2load", "nghttpd", "taskset"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%s is missing: ./build.sh deps installs it (Debian: nghttp2, util-linux)", name)
		}
	}
	if runtime.NumCPU() < 2 {
		return errors.New("one core only: the load and what is measured need one each")
	}
	if s.self, err = os.Executable(); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "framewise-bench"); err != nil {
		return err
	}
	if s.framewise == "" {
		s.framewise = filepath.Join(s.dir, "framewise")
		build := exec.Command("go", "build", "-o", s.framewise, "framewise/server")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("go build: %w", err)
		}
	}
	for name, size := range fileSizes {
		if err := writeFile(filepath.Join(s.www(), name), make([]byte, size)); err != nil {
			return err
		}
	}
	return s.makeCertificate()
}

// fileSizes are the files that every server has, in octets.
var fileSizes = map[string]int{"empty": 0, "1k": 1 << 10, "1m": 1 << 20, "10m": 10 << 20}

func (s *suite) www() string  { return filepath.Join(s.dir, "www") }
func (s *suite) cert() string { return filepath.Join(s.dir, "cert.pem") }
func (s *suite) key() string  { return filepath.Join(s.dir, "key.pem") }

func writeFile(name string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, b, 0o600)
}

// makeCertificate makes a certificate for 127.0.0.1 that nobody vouches for.
func (s *suite) makeCertificate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		writeFile(s.cert(), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})),
		writeFile(s.key(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
}
