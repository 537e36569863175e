package tlsread

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"strconv"

	"golang.org/x/crypto/chacha20poly1305"
)

// suite is a cipher suite that records can be opened with.
type suite struct {
	name   string
	tls13  bool
	keyLen int
	chacha bool
	hash   func() hash.Hash
	size   int // of the hash
}

// suites are those that HTTP/2 may use: RFC 9113, appendix A forbids all
// others of TLS 1.2, those with CBC among them, and AES-CCM is not met.
var suites = map[uint16]suite{
	0x1301: {"TLS_AES_128_GCM_SHA256", true, 16, false, sha256.New, 32},
	0x1302: {"TLS_AES_256_GCM_SHA384", true, 32, false, sha512.New384, 48},
	0x1303: {"TLS_CHACHA20_POLY1305_SHA256", true, 32, true, sha256.New, 32},
	0x009c: {"TLS_RSA_WITH_AES_128_GCM_SHA256", false, 16, false, sha256.New, 32},
	0x009d: {"TLS_RSA_WITH_AES_256_GCM_SHA384", false, 32, false, sha512.New384, 48},
	0x009e: {"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", false, 16, false, sha256.New, 32},
	0x009f: {"TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", false, 32, false, sha512.New384, 48},
	0xc02b: {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", false, 16, false, sha256.New, 32},
	0xc02c: {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", false, 32, false, sha512.New384, 48},
	0xc02f: {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", false, 16, false, sha256.New, 32},
	0xc030: {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", false, 32, false, sha512.New384, 48},
	0xcca8: {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", false, 32, true, sha256.New, 32},
	0xcca9: {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", false, 32, true, sha256.New, 32},
	0xccaa: {"TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", false, 32, true, sha256.New, 32},
}

// suiteName names any suite.
func suiteName(id uint16) string {
	if s, ok := suites[id]; ok {
		return s.name
	}
	return "cipher suite 0x" + strconv.FormatUint(uint64(id), 16)
}

// overhead is the octets of an AEAD's tag, the same in all suites above.
const overhead = 16

// keys open the records of one direction in one epoch.
type keys struct {
	aead   cipher.AEAD
	iv     []byte // 12 octets, or 4 where the rest stands in the record
	seq    uint64
	tls13  bool
	secret []byte // TLS 1.3: what the next key comes from
	suite  suite
}

func (s suite) aead(key []byte) cipher.AEAD {
	if s.chacha {
		a, err := chacha20poly1305.New(key)
		if err != nil {
			return nil
		}
		return a
	}
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	a, err := cipher.NewGCM(b)
	if err != nil {
		return nil
	}
	return a
}

// keys13 are the keys of a traffic secret (RFC 8446, section 7.3).
func keys13(s suite, secret []byte) *keys {
	if len(secret) != s.size {
		return nil
	}
	k := &keys{tls13: true, secret: secret, suite: s}
	k.aead = s.aead(expandLabel(s, secret, "key", s.keyLen))
	k.iv = expandLabel(s, secret, "iv", 12)
	if k.aead == nil || k.iv == nil {
		return nil
	}
	return k
}

// update is the keys after a KeyUpdate (RFC 8446, section 7.2).
func (k *keys) update() *keys {
	return keys13(k.suite, expandLabel(k.suite, k.secret, "traffic upd", k.suite.size))
}

// expandLabel is HKDF-Expand-Label with an empty context (RFC 8446, section
// 7.1).
func expandLabel(s suite, secret []byte, label string, n int) []byte {
	info := []byte{byte(n >> 8), byte(n), byte(len("tls13 " + label))}
	info = append(append(info, "tls13 "+label...), 0)
	out, err := hkdf.Expand(s.hash, secret, string(info), n)
	if err != nil {
		return nil
	}
	return out
}

// keys12 are the keys of both directions of TLS 1.2 (RFC 5246, section 6.3).
func keys12(s suite, master []byte, client, server [32]byte) (toServer, toClient *keys) {
	ivLen := 4
	if s.chacha {
		ivLen = 12 // RFC 7905, section 2
	}
	seed := append(append([]byte("key expansion"), server[:]...), client[:]...)
	block := prf12(s, master, seed, 2*s.keyLen+2*ivLen)
	cut := func(n int) (b []byte) {
		b, block = block[:n:n], block[n:]
		return b
	}
	toServer, toClient = &keys{suite: s}, &keys{suite: s}
	toServer.aead, toClient.aead = s.aead(cut(s.keyLen)), s.aead(cut(s.keyLen))
	toServer.iv, toClient.iv = cut(ivLen), cut(ivLen)
	if toServer.aead == nil || toClient.aead == nil {
		return nil, nil
	}
	return toServer, toClient
}

// prf12 is P_hash (RFC 5246, section 5); the label is part of the seed.
func prf12(s suite, secret, seed []byte, n int) (out []byte) {
	sum := func(parts ...[]byte) []byte {
		h := hmac.New(s.hash, secret)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	for a := sum(seed); len(out) < n; a = sum(a) {
		out = append(out, sum(a, seed)...)
	}
	return out[:n]
}

// open decrypts the record with the sequence number k.seq+skip into dst. It
// changes nothing but dst; the caller counts.
func (k *keys) open(dst, header, body []byte, skip uint64) ([]byte, bool) {
	var nonce [12]byte
	seq := k.seq + skip
	if len(k.iv) == 4 { // RFC 5288, section 3
		if len(body) < 8 {
			return nil, false
		}
		copy(nonce[:], k.iv)
		copy(nonce[4:], body[:8])
		body = body[8:]
	} else {
		copy(nonce[:], k.iv)
		low := binary.BigEndian.Uint64(nonce[4:])
		binary.BigEndian.PutUint64(nonce[4:], low^seq)
	}
	if len(body) < overhead {
		return nil, false
	}
	more := header
	if !k.tls13 { // RFC 5246, section 6.2.3.3
		var a [13]byte
		binary.BigEndian.PutUint64(a[:], seq)
		copy(a[8:], header[:3])
		binary.BigEndian.PutUint16(a[11:], uint16(len(body)-overhead))
		more = a[:]
	}
	out, err := k.aead.Open(dst[:0], nonce[:], body, more)
	return out, err == nil
}
