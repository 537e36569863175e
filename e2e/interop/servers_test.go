package interop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// server is an HTTP/2 server of others: GET and HEAD of /hello and /big, POST
// to /up, which answers the content or its SHA-256 in hexadecimal, and /sum,
// whose response has the trailer x-sum: 42.
type server struct {
	name string
	// start starts it, in clear when s is nil, and returns its address and how
	// it is stopped in order; nil: it can't be.
	start func(t *testing.T, f *folder, s *secrets) (addr string, stop func())
	// asks says that /sum echoes the request's trailer x-sum.
	asks bool
	// cannot has, by column, what the server can't do and why.
	cannot map[string]string
}

var servers = []server{
	{name: "nghttpd", start: startNghttpd, cannot: map[string]string{
		"stop": "nghttpd ends at once at SIGTERM and SIGINT, it has no graceful shutdown"}},
	{name: "Node", start: startNode, asks: true},
	{name: "net/http", start: startNetHTTP, asks: true},
	{name: "h2o", start: startH2O, cannot: map[string]string{
		"trailers": "h2o 2.2 sends no trailers, and drops those of the servers behind it"}},
	{name: "nginx", start: startNginx},
}

// digest is what servers answer to content.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func startNghttpd(t *testing.T, f *folder, s *secrets) (string, func()) {
	port := freePort(t)
	args := []string{"-a", "127.0.0.1", "-d", f.dir, "--echo-upload", "--trailer", "x-sum: 42"}
	if s != nil {
		args = append(args, port, s.key, s.cert)
	} else {
		args = append(args, "--no-tls", port)
	}
	background(t, "nghttpd", args...).accepts("127.0.0.1:" + port)
	return "127.0.0.1:" + port, nil
}

func startNode(t *testing.T, f *folder, s *secrets) (string, func()) {
	args := []string{"node_server.mjs", f.dir}
	if s != nil {
		args = append(args, s.cert, s.key)
	}
	p := background(t, "node", args...)
	return "127.0.0.1:" + p.says("listening on "), func() { p.signal(syscall.SIGTERM) }
}

// handler is what net/http serves, and the server behind h2o and nginx.
func handler(dir string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(dir)))
	mux.HandleFunc("POST /up", func(w http.ResponseWriter, r *http.Request) {
		h := sha256.New()
		if _, err := io.Copy(h, r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		io.WriteString(w, hex.EncodeToString(h.Sum(nil)))
	})
	mux.HandleFunc("POST /sum", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, hello)
		w.Header().Set("X-Sum", r.Trailer.Get("X-Sum"))
	})
	return mux
}

func startNetHTTP(t *testing.T, f *folder, s *secrets) (string, func()) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Protocols: new(http.Protocols), Handler: handler(f.dir)}
	srv.Protocols.SetHTTP2(true)
	srv.Protocols.SetUnencryptedHTTP2(true)
	done, stopped := make(chan struct{}), make(chan struct{})
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
	return ln.Addr().String(), func() {
		ctx, cancel := context.WithTimeout(context.Background(), bound)
		go func() {
			defer close(stopped)
			defer cancel()
			srv.Shutdown(ctx)
		}()
		t.Cleanup(func() { cancel(); <-stopped })
	}
}

// write writes a configuration file of a test.
func write(t *testing.T, name, content string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

// behind starts a server of HTTP/1.1 that reads what h2o and nginx pass on.
func behind(t *testing.T, f *folder) string {
	t.Helper()
	b := httptest.NewServer(handler(f.dir))
	t.Cleanup(b.Close)
	return b.URL
}

func startH2O(t *testing.T, f *folder, s *secrets) (string, func()) {
	port := freePort(t)
	user, ssl := "", ""
	if os.Geteuid() == 0 {
		user = "user: root\n"
	}
	if s != nil {
		ssl = fmt.Sprintf("  ssl:\n    certificate-file: %s\n    key-file: %s\n", s.cert, s.key)
	}
	conf := write(t, "h2o.conf", fmt.Sprintf(`%snum-threads: 1
listen:
  host: 127.0.0.1
  port: %s
%serror-log: /dev/null
hosts:
  default:
    paths:
      /up:
        proxy.reverse.url: %s/up
      /:
        file.dir: %s
`, user, port, ssl, behind(t, f), f.dir))
	p := background(t, "h2o", "-m", "worker", "-c", conf)
	p.accepts("127.0.0.1:" + port)
	return "127.0.0.1:" + port, func() { p.signal(syscall.SIGTERM) }
}

func startNginx(t *testing.T, f *folder, s *secrets) (string, func()) {
	port, dir := freePort(t), t.TempDir()
	user, ssl := "", ""
	if os.Geteuid() == 0 {
		user = "user root;\n"
	}
	listen := "http2"
	if s != nil {
		listen = "ssl http2"
		ssl = fmt.Sprintf("ssl_certificate %s; ssl_certificate_key %s;", s.cert, s.key)
	}
	conf := write(t, "nginx.conf", fmt.Sprintf(`%sdaemon off; worker_processes 1; pid %[2]s/pid; error_log stderr;
events { worker_connections 256; }
http {
  access_log off; client_max_body_size 0; lingering_close off;
  client_body_temp_path %[2]s/body; proxy_temp_path %[2]s/proxy; fastcgi_temp_path %[2]s/fastcgi;
  uwsgi_temp_path %[2]s/uwsgi; scgi_temp_path %[2]s/scgi;
  server {
    listen 127.0.0.1:%[3]s %[4]s; %[5]s
    root %[6]s;
    location = /up { proxy_pass %[7]s; }
    location = /sum { add_trailer x-sum 42; try_files /hello =404; }
  }
}
`, user, dir, port, listen, ssl, f.dir, behind(t, f)))
	p := background(t, "nginx", "-p", dir, "-e", "stderr", "-c", conf)
	p.accepts("127.0.0.1:" + port)
	return "127.0.0.1:" + port, func() { p.signal(syscall.SIGQUIT) }
}
