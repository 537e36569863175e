package cli

import (
	"bytes"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The secrets that get keeps are those that the server has too, whoever names the
// file; a file that is there keeps what it holds.
func TestGetKeyLog(t *testing.T) {
	s := newSecrets(t)
	pair, err := tls.LoadX509KeyPair(s.cert, s.key)
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []string{"--keylog", keyLogVariable} {
		t.Run(by, func(t *testing.T) {
			var theirs safeBuffer
			addr := lineServer(t, &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}, KeyLogWriter: &theirs}, func(c net.Conn) { _ = c.(*tls.Conn).HandshakeContext(t.Context()) })
			file := filepath.Join(t.TempDir(), "keys")
			args := []string{"get", "--ca", s.ca, "https://" + addr + "/"}
			elsewhere := filepath.Join(t.TempDir(), "other")
			if by == keyLogVariable {
				t.Setenv(keyLogVariable, file)
			} else {
				t.Setenv(keyLogVariable, elsewhere)
				args = append(args, "--keylog", file)
				if err := os.WriteFile(file, []byte("# before\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			run(t, args...)
			ours, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			kept := bytes.HasPrefix(ours, []byte("# before\n"))
			if by == "--keylog" && !kept {
				t.Error("what the file held is gone")
			}
			lines := func(s string) []string {
				all := strings.Split(strings.TrimSpace(strings.TrimPrefix(s, "# before\n")), "\n")
				slices.Sort(all)
				return all
			}
			if a, b := lines(string(ours)), lines(theirs.String()); !slices.Equal(a, b) || len(a) < 4 || !strings.HasPrefix(a[0], "CLIENT_HANDSHAKE_TRAFFIC_SECRET ") {
				t.Errorf("we kept\n%s\nthe server\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
			}
			if info, err := os.Stat(file); err != nil || by == keyLogVariable && info.Mode().Perm() != 0o600 {
				t.Errorf("%v, %v", info.Mode(), err)
			}
			if _, err := os.Stat(elsewhere); err == nil {
				t.Error("the variable counts though the flag is there")
			}
		})
	}
}

func TestKeyLogThatCannotBeKept(t *testing.T) {
	code, _, said := run(t, "get", "--keylog", filepath.Join(t.TempDir(), "none", "keys"), "https://127.0.0.1:1/")
	if code != ExitFailed || !strings.Contains(said, "--keylog: the secrets of TLS can't be kept") {
		t.Errorf("%d: %s", code, said)
	}
}
