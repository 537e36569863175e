// Package http stands in for net/http when app.wasm is built, and nowhere else.
//
// go-app is one package for the page and for the server that hands the page out.
// The page never runs the server's half, but importing net/http makes the linker
// keep what its packages do when they start: tables and curves of crypto/tls,
// crypto/x509, net and others, a fifth of what a visitor has to load. web/build
// therefore tells the compiler (-overlay) that the files of net/http are this one.
// go-app itself is imported and compiled as it is.
//
// It has what go-app's server half names, and no more: code for the page that
// wants anything else of net/http fails to compile, and takes the browser's fetch.
// Nothing here does input or output.
package http

import (
	"errors"
	"io"
	"net/url"
)

// Status codes, RFC 9110 section 15.
const (
	StatusOK                  = 200
	StatusNotModified         = 304
	StatusNotFound            = 404
	StatusInternalServerError = 500
)

// Header is the fields of a message by their names, which are kept as given:
// net/http's canonical spelling is not made.
type Header map[string][]string

// Get is the first value of a field, "" without one.
func (h Header) Get(name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// Set makes value the only one of a field.
func (h Header) Set(name, value string) { h[name] = []string{value} }

// Request is what a server is asked.
type Request struct {
	// URL is the target, Host the authority.
	URL  *url.URL
	Host string
	// Header are the request's fields.
	Header Header
	// TLS is always nil: no connection ends in the page.
	TLS *struct{}
}

// Response is what a server answered.
type Response struct {
	// StatusCode is the three-digit code, Header the fields.
	StatusCode int
	Header     Header
	// Body is the content, which the receiver closes.
	Body io.ReadCloser
}

// ResponseWriter takes a server's answer: Header's fields go out with
// WriteHeader's code, Write's octets after them.
type ResponseWriter interface {
	Header() Header
	Write([]byte) (int, error)
	WriteHeader(statusCode int)
}

// Handler answers requests.
type Handler interface {
	ServeHTTP(ResponseWriter, *Request)
}

// Dir is a folder's path.
type Dir string

// Open says that there are no files here.
func (d Dir) Open(name string) (File, error) { return nil, errAbsent }

// File is an open file of a FileSystem.
type File interface{ io.ReadCloser }

// FileSystem opens files by name.
type FileSystem interface {
	Open(name string) (File, error)
}

// FileServer answers that no file is found, whatever is asked: the page has none.
func FileServer(root FileSystem) Handler { return noFiles{} }

type noFiles struct{}

func (noFiles) ServeHTTP(w ResponseWriter, r *Request) { NotFound(w, r) }

// NotFound answers 404 without a body.
func NotFound(w ResponseWriter, r *Request) { w.WriteHeader(StatusNotFound) }

var errAbsent = errors.New("net/http is not part of the page's program: use the browser's fetch")

// Get always fails, and says why.
func Get(url string) (*Response, error) { return nil, errAbsent }
