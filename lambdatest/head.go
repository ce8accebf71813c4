package lambdatest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// appendHead appends a status line and headers in the order of Go's net/http server, which Lambda's
// server is built on: names sorted, then Date, then Connection. The caller adds the framing header
// and the empty line.
func appendHead(dst []byte, status int, header http.Header, now time.Time) []byte {
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = append(dst, ' ')
	dst = append(dst, http.StatusText(status)...)
	dst = append(dst, "\r\n"...)

	names := make([]string, 0, len(header))
	for name := range header {
		if name != "Connection" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		dst = appendHeader(dst, name, header[name])
	}
	dst = append(dst, "Date: "...)
	dst = now.UTC().AppendFormat(dst, http.TimeFormat)
	dst = append(dst, "\r\n"...)
	return appendHeader(dst, "Connection", header["Connection"])
}

func appendHeader(dst []byte, name string, values []string) []byte {
	for _, value := range values {
		dst = append(dst, name...)
		dst = append(dst, ": "...)
		dst = append(dst, value...)
		dst = append(dst, "\r\n"...)
	}
	return dst
}

// appendContentLength appends the length and the empty line that end a head.
func appendContentLength(dst []byte, n int) []byte {
	dst = append(dst, "Content-Length: "...)
	dst = strconv.AppendInt(dst, int64(n), 10)
	return append(dst, "\r\n\r\n"...)
}

// override puts the headers of with into header, in place of those with the same name in any case.
func override(header, with http.Header) {
	for name, values := range with {
		delete(header, http.CanonicalHeaderKey(name))
		if len(values) > 0 {
			header[name] = values
		}
	}
}
