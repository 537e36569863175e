package tlsread

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
)

// MaxKeys is how many secrets a KeyLog holds; what comes after is left out.
const MaxKeys = 1 << 17

// Labels of a key log (the format that NSS, OpenSSL and crypto/tls write).
const (
	labelMaster12    = "CLIENT_RANDOM"
	labelEarly       = "CLIENT_EARLY_TRAFFIC_SECRET"
	labelClientShake = "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
	labelServerShake = "SERVER_HANDSHAKE_TRAFFIC_SECRET"
	labelClient      = "CLIENT_TRAFFIC_SECRET_0"
	labelServer      = "SERVER_TRAFFIC_SECRET_0"
)

// KeyLog holds the secrets of connections by the random octets of their
// ClientHello. The zero value holds none. One KeyLog can serve many
// connections.
type KeyLog struct {
	secrets  map[secretName][]byte
	sessions map[[32]byte][]byte // TLS 1.2: master secrets by session, see session
}

type secretName struct {
	label  string
	random [32]byte
}

// Add takes in the text of a key log: a label, the client's random and a
// secret a line, the latter two hexadecimal. Lines of another form, comments
// and labels that are not needed are stepped over. It returns how many secrets
// were new.
func (k *KeyLog) Add(text []byte) (added int) {
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		if k.line(line) {
			added++
		}
	}
	return added
}

func (k *KeyLog) line(line []byte) bool {
	if len(line) > 1024 {
		return false
	}
	words := bytes.Fields(line)
	if len(words) != 3 || len(words[1]) != 64 || len(words[2]) > 128 || len(words[2])%2 != 0 {
		return false
	}
	var name secretName
	switch label := string(words[0]); label {
	case labelMaster12, labelEarly, labelClientShake, labelServerShake, labelClient, labelServer:
		name.label = label
	default:
		return false
	}
	if _, err := hex.Decode(name.random[:], words[1]); err != nil {
		return false
	}
	secret := make([]byte, len(words[2])/2)
	if _, err := hex.Decode(secret, words[2]); err != nil || len(secret) == 0 {
		return false
	}
	if _, there := k.secrets[name]; there {
		return false
	}
	if len(k.secrets) >= MaxKeys {
		return false
	}
	if k.secrets == nil {
		k.secrets = map[secretName][]byte{}
	}
	k.secrets[name] = secret
	return true
}

// Len is how many secrets there are.
func (k *KeyLog) Len() int {
	if k == nil {
		return 0
	}
	return len(k.secrets)
}

// has says whether there is any secret of a connection.
func (k *KeyLog) has(random [32]byte) bool {
	for _, label := range []string{labelMaster12, labelClient, labelServer, labelClientShake, labelServerShake} {
		if k.get(label, random) != nil {
			return true
		}
	}
	return false
}

func (k *KeyLog) get(label string, random [32]byte) []byte {
	if k == nil {
		return nil
	}
	return k.secrets[secretName{label, random}]
}

// session names a session of TLS 1.2, by which a later connection resumes it:
// its identifier, or its ticket. Key logs need not have a line for that
// connection.
func session(kind string, name []byte) [32]byte { return sha256.Sum256(append([]byte(kind), name...)) }

// remember keeps the master secret of a session.
func (k *KeyLog) remember(name [32]byte, master []byte) {
	if len(k.sessions) >= MaxKeys {
		return
	}
	if k.sessions == nil {
		k.sessions = map[[32]byte][]byte{}
	}
	k.sessions[name] = master
}

// resumed is the master secret of a session that was seen, nil if there is none.
func (k *KeyLog) resumed(name [32]byte) []byte {
	if k == nil {
		return nil
	}
	return k.sessions[name]
}
