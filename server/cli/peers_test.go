package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"framewise/transport/testcert"
)

// tool finds a program that the tests need. They fail without it: what they
// prove can't be proved otherwise.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, p := range []string{name, "/usr/sbin/" + name} { // Debian keeps nghttpd in sbin
		if found, err := exec.LookPath(p); err == nil {
			return found
		}
	}
	t.Fatalf("%s is missing: './build.sh deps' installs it", name)
	return ""
}

// execute runs a tool to its end and returns what it printed.
func execute(t *testing.T, in []byte, name string, args ...string) (out []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool(t, name), args...)
	cmd.Stdin = bytes.NewReader(in)
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, errOut.String(), out[:min(len(out), 2000)])
	}
	return out
}

// background runs a tool until the test ends and waits until it accepts
// connections on addr.
func background(t *testing.T, addr string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(tool(t, name), args...)
	var out safeBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
	})
	for deadline := time.Now().Add(bound); ; time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", name, out.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not listen on %s: %s", name, addr, out.String())
		}
	}
}

// freePort is a port that was free just now, for tools that can't choose one.
func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
}

// secrets are a certificate for 127.0.0.1 and localhost as files.
type secrets struct{ cert, key, ca string }

func newSecrets(t *testing.T) secrets {
	t.Helper()
	a := testcert.New(t)
	var s secrets
	s.cert, s.key, s.ca = a.Files(t, a.Server(t, time.Time{}, "127.0.0.1", "localhost"))
	return s
}

// peers are the HTTP/2 servers of others that get is held against. Each serves
// "hello from a peer" at /hello and returns its address.
var peers = []struct {
	name  string
	start func(t *testing.T, s *secrets) string // s nil: cleartext
	says  []string                              // what -v must show of this server, both ways
}{
	{"nghttpd", startNghttpd, []string{"MAX_CONCURRENT_STREAMS=100", "server: nghttpd"}},
	{"Node", startNode, []string{"x-peer: node"}},
	{"net/http", startNetHTTP, []string{"MAX_FRAME_SIZE=1048576", "x-peer: net/http"}},
}

const hello = "hello from a peer"

func startNghttpd(t *testing.T, s *secrets) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hello"), []byte(hello), 0o600); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	args := []string{"-a", "127.0.0.1", "-d", dir, "--no-tls", port}
	if s != nil {
		args = []string{"-a", "127.0.0.1", "-d", dir, port, s.key, s.cert}
	}
	background(t, "127.0.0.1:"+port, "nghttpd", args...)
	return "127.0.0.1:" + port
}

const nodeServer = `
const http2 = require('http2'), fs = require('fs');
const [port, cert, key] = process.argv.slice(1);
const server = cert
  ? http2.createSecureServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) })
  : http2.createServer();
server.on('stream', (stream) => {
  stream.respond({ ':status': 200, 'x-peer': 'node' });
  stream.end('hello from a peer');
});
server.listen(+port, '127.0.0.1');
`

func startNode(t *testing.T, s *secrets) string {
	port := freePort(t)
	args := []string{"-e", nodeServer, port}
	if s != nil {
		args = append(args, s.cert, s.key)
	}
	background(t, "127.0.0.1:"+port, "node", args...)
	return "127.0.0.1:" + port
}

func startNetHTTP(t *testing.T, s *secrets) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Protocols: new(http.Protocols),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Peer", "net/http")
			io.WriteString(w, hello)
		})}
	srv.Protocols.SetHTTP2(true)
	srv.Protocols.SetUnencryptedHTTP2(true)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if s != nil {
			srv.ServeTLS(ln, s.cert, s.key)
		} else {
			srv.Serve(ln)
		}
	}()
	t.Cleanup(func() {
		srv.Close()
		<-done
	})
	return ln.Addr().String()
}

// lineServer accepts TCP (with TLS if config is given), gives each connection
// to serve and then closes it.
func lineServer(t *testing.T, config *tls.Config, serve func(net.Conn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if config != nil {
		ln = tls.NewListener(ln, config)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			serve(c)
			c.Close()
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		<-done
	})
	return ln.Addr().String()
}

func urlOf(s *secrets, addr, path string) string {
	if s != nil {
		return fmt.Sprintf("https://%s%s", addr, path)
	}
	return fmt.Sprintf("http://%s%s", addr, path)
}
