package lambdahttp

import (
	"fmt"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"sync"

	"github.com/minlambda/minlambda"
)

// A response takes what a handler writes, by the rules of net/http's server. After the handler has
// returned it takes nothing more, and a goroutine that the handler has left behind may try.
type response struct {
	inv     *minlambda.Invocation
	from    origin
	request *http.Request
	header  http.Header // the handler's
	always  bool        // it is to be a stream
	never   bool        // it is not to be one, whatever the handler calls

	mu       sync.Mutex
	sent     http.Header // as it was when the status was set
	status   int         // 0 until it is set
	length   int64       // that the handler has declared; -1 if it has not
	written  int64
	body     []byte // what was written and is not in inv yet
	streams  bool   // it is a stream: the head was sent, and what is written goes to inv
	tooLarge bool   // it would be longer than a response may be that is no stream
	over     bool   // the handler has returned
}

func (w *response) Header() http.Header { return w.header }

// WriteHeader sets the status. A second one is ignored, as are informational ones.
func (w *response) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %v", status)) // as net/http's server
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.setStatus(status)
	}
}

// setStatus sets the status if there is none yet, and with it the header.
func (w *response) setStatus(status int) {
	if w.status != 0 {
		return
	}
	w.status, w.length = status, -1
	w.sent = w.header.Clone()
	if w.sent == nil {
		w.sent = make(http.Header)
	}
	if declared := w.sent.Get("Content-Length"); declared != "" {
		n, err := strconv.ParseInt(textproto.TrimString(declared), 10, 64)
		if err != nil || n < 0 {
			w.sent.Del("Content-Length")
		} else {
			w.length = n
		}
	}
}

func (w *response) Write(p []byte) (int, error) { return write(w, p, w.inv.Write) }

// WriteString is Write for a string.
func (w *response) WriteString(s string) (int, error) { return write(w, s, w.inv.WriteString) }

// write takes p, which goes to stream if the response is one.
func write[T []byte | string](w *response, p T, stream func(T) (int, error)) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.admit(len(p))
	switch {
	case err != nil:
		return 0, err
	case w.request.Method == http.MethodHead: // to tell the type, not to be sent
		w.body = append(w.body, p[:min(len(p), sniffed-len(w.body))]...)
		return len(p), nil
	case w.streams:
		return stream(p)
	case len(w.body) > minlambda.MaxResponse: // as long as nobody flushes, this is lost already
		w.tooLarge = true
		return 0, minlambda.ErrResponseTooLarge
	}
	w.body = append(w.body, p...)
	if w.always && len(w.body) >= firstWrite {
		if err := w.flush(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// sniffed is how much of a body its type is told from.
const sniffed = 512

// firstWrite is how much of a body net/http's server collects before it sends the head.
const firstWrite = 2 << 10

// Flush is FlushError for those who do not look.
func (w *response) Flush() { w.FlushError() }

// FlushError sends what was written, and makes the rest a stream. Where the service takes none it
// sets the status and does nothing else.
func (w *response) FlushError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.admit(0); err != nil || w.never {
		return err
	}
	return w.flush()
}

func (w *response) flush() error {
	if err := w.begin(); err != nil {
		return err
	}
	return w.inv.Flush()
}

// begin puts the head of a stream, and what was written, into the invocation.
func (w *response) begin() error {
	if w.tooLarge {
		return minlambda.ErrResponseTooLarge // a part of it was refused
	}
	if w.streams {
		return nil
	}
	w.streams = true
	if err := w.inv.SetPrelude(w.prelude()); err != nil {
		return err
	}
	if len(w.body) > minlambda.MaxResponse { // more than may be written before the first Flush
		if err := w.inv.Flush(); err != nil {
			return err
		}
	}
	_, err := w.inv.Write(w.body)
	w.body = nil
	return err
}

// EnableFullDuplex is what a ResponseController calls; the request has arrived whole.
func (w *response) EnableFullDuplex() error { return nil }

// CloseNotify is what older handlers wait for, some without a look whether it is there. Nothing
// comes: nobody tells that a client has gone.
func (w *response) CloseNotify() <-chan bool { return make(chan bool) }

// admit says whether n bytes more may be written.
func (w *response) admit(n int) error {
	if w.over {
		return http.ErrHandlerTimeout
	}
	w.setStatus(http.StatusOK)
	if n == 0 {
		return nil
	}
	if !bodyAllowed(w.status) {
		return http.ErrBodyNotAllowed
	}
	w.written += int64(n)
	if w.length >= 0 && w.written > w.length {
		return http.ErrContentLength
	}
	return nil
}

// close has the response take nothing more.
func (w *response) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
}

// finish ends the response when the handler has returned.
func (w *response) finish() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.setStatus(http.StatusOK)
	if w.always {
		if err := w.begin(); err != nil {
			return err
		}
	}
	if w.length > w.written && w.request.Method != http.MethodHead && bodyAllowed(w.status) {
		return fmt.Errorf("lambdahttp: handler declared a Content-Length of %d and wrote %d bytes",
			w.length, w.written)
	}
	if w.tooLarge {
		return minlambda.ErrResponseTooLarge
	}
	if !w.streams {
		w.inv.SetResponse(w.collected())
	}
	return nil
}

// fields are the header as it is sent: without what is the service's own, or no header field, and
// with the content type that net/http's server would have found in the body's first bytes.
func (w *response) fields() http.Header {
	fields := w.sent
	_, hasType := fields["Content-Type"]
	body := w.body[:min(len(w.body), sniffed)]
	if !hasType && len(body) > 0 && fields.Get("Content-Encoding") == "" &&
		fields.Get("Transfer-Encoding") == "" && bodyAllowed(w.status) {
		fields.Set("Content-Type", http.DetectContentType(body))
	}
	dropped := []string{"Connection", "Transfer-Encoding", "Trailer"}
	if w.request.Method != http.MethodHead {
		dropped = append(dropped, "Content-Length")
	}
	if w.status == http.StatusNotModified {
		dropped = append(dropped, "Content-Type", "Content-Length")
	}
	for _, name := range dropped {
		delete(fields, name)
	}
	if w.request.Method == http.MethodHead {
		w.body = nil
	}
	for name, values := range fields {
		if !isToken(name) || strings.HasPrefix(name, http.TrailerPrefix) || len(values) == 0 {
			delete(fields, name)
			continue
		}
		for i, value := range values {
			values[i] = textproto.TrimString(lineEnds.Replace(value))
		}
	}
	return fields
}

// lineEnds makes of a value with line ends what net/http's server makes of it.
var lineEnds = strings.NewReplacer("\n", " ", "\r", " ")

// isToken reports whether name may be a header field's (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return name != ""
}

// bodyAllowed reports whether a response of the status may have a body.
func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}
