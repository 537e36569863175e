package tap

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Names of the authority's files in its folder.
const (
	CertFile = "tap-ca.pem"
	keyFile  = "tap-ca-key.pem"
)

// How long certificates hold.
const (
	authorityLife = 5 * 365 * 24 * time.Hour
	leafLife      = 7 * 24 * time.Hour
	renewBefore   = 24 * time.Hour
	backdate      = time.Hour // for clocks that are slow
)

// Authority signs the certificates that the tap shows to clients.
type Authority struct {
	Cert *x509.Certificate
	File string // its certificate in PEM form
	key  *ecdsa.PrivateKey
}

// OpenAuthority reads the authority in a folder, or makes one on first use: the
// key belongs to this folder alone and is readable for its owner only.
func OpenAuthority(dir string, now time.Time) (*Authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of --data can't be made: %w", err)
	}
	cert, key := filepath.Join(dir, CertFile), filepath.Join(dir, keyFile)
	if _, err := os.Stat(key); errors.Is(err, fs.ErrNotExist) {
		if err := makeAuthority(cert, key, now); err != nil {
			return nil, fmt.Errorf("the tap's authority can't be made: %w", err)
		}
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("the tap's authority in %s can't be read: %w: remove %s and %s to make another", dir, err, CertFile, keyFile)
	}
	a := &Authority{Cert: pair.Leaf, File: cert}
	var ok bool
	if a.key, ok = pair.PrivateKey.(*ecdsa.PrivateKey); !ok || !a.Cert.IsCA {
		return nil, fmt.Errorf("%s is not the certificate of an authority that this program made: remove it and %s to make another", cert, keyFile)
	}
	if now.After(a.Cert.NotAfter) {
		return nil, fmt.Errorf("the tap's authority expired on %s: remove %s and %s in %s to make another, and trust that", a.Cert.NotAfter.Format(time.DateOnly), CertFile, keyFile, dir)
	}
	return a, nil
}

// Fingerprint is the SHA-256 of the certificate, as browsers show it.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.Cert.Raw)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = strings.ToUpper(hex.EncodeToString([]byte{b}))
	}
	return strings.Join(parts, ":")
}

func makeAuthority(certFile, keyFile string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	tmpl := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Framewise tap on " + host}, IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(authorityLife),
	}
	der, err := sign(tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writeNew(certFile, "CERTIFICATE", der, 0o644); err != nil {
		return err
	}
	return writeNew(keyFile, "PRIVATE KEY", private, 0o600) // last: it says that all is there
}

// writeNew writes a PEM file beside its place and moves it there.
func writeNew(file, kind string, der []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	err = errors.Join(f.Chmod(mode), pem.Encode(f, &pem.Block{Type: kind, Bytes: der}), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func sign(tmpl, parent *x509.Certificate, public *ecdsa.PublicKey, key *ecdsa.PrivateKey) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	tmpl.SerialNumber = serial
	return x509.CreateCertificate(rand.Reader, tmpl, parent, public, key)
}

// maxLeafs bounds how many certificates are kept.
const maxLeafs = 256

// leafs are certificates for the names that clients asked for.
type leafs struct {
	a  *Authority
	mu sync.Mutex
	by map[string]tls.Certificate
}

func newLeafs(a *Authority) *leafs { return &leafs{a: a, by: map[string]tls.Certificate{}} }

// get is a certificate for a name or an address.
func (l *leafs) get(name string, now time.Time) (tls.Certificate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c, ok := l.by[name]; ok && now.Add(renewBefore).Before(c.Leaf.NotAfter) {
		return c, nil
	}
	if len(l.by) >= maxLeafs {
		clear(l.by)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	tmpl := &x509.Certificate{
		Subject: pkix.Name{CommonName: name[:min(len(name), 64)]}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotBefore:   now.Add(-backdate), NotAfter: now.Add(leafLife),
	}
	if ip := net.ParseIP(name); ip != nil {
		tmpl.IPAddresses = []net.IP{ip}
	} else {
		tmpl.DNSNames = []string{name}
	}
	der, err := sign(tmpl, l.a.Cert, &key.PublicKey, l.a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("no certificate can be made for %q: %w", name, err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	c := tls.Certificate{Certificate: [][]byte{der, l.a.Cert.Raw}, PrivateKey: key, Leaf: leaf}
	l.by[name] = c
	return c, nil
}
