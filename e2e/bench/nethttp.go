package main

import (
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
)

// serveNetHTTP is the peer: net/http's HTTP/2 with files in memory.
func serveNetHTTP(args []string) {
	fs := flag.NewFlagSet("serve", flag.ExitOnError)
	listen := fs.String("listen", "", "")
	dir := fs.String("dir", "", "")
	cert := fs.String("cert", "", "")
	key := fs.String("key", "", "")
	fields := fs.Bool("fields", false, "")
	fs.Parse(args)

	files := map[string][]byte{}
	for name := range fileSizes {
		b, err := os.ReadFile(filepath.Join(*dir, name))
		if err != nil {
			log.Fatal(err)
		}
		files["/"+name] = b
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			n, _ := io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			io.WriteString(w, strconv.FormatInt(n, 10))
			return
		}
		body := files[r.URL.Path]
		h := w.Header()
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if *fields { // with :status and date
			for i := range outFields - 4 {
				h.Set(moreField(i), moreValue(i))
			}
		}
		w.Write(body)
	})
	s := &http.Server{Addr: *listen, Handler: handler, Protocols: new(http.Protocols)}
	s.Protocols.SetHTTP2(true)
	if *cert != "" {
		log.Fatal(s.ListenAndServeTLS(*cert, *key))
	}
	s.Protocols.SetUnencryptedHTTP2(true)
	log.Fatal(s.ListenAndServe())
}
