package lambdahttp

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// request makes the request that net/http's server would have made.
func (e *event) request(ctx context.Context) (*http.Request, error) {
	body, err := e.body()
	if err != nil {
		return nil, err
	}
	header := e.header()
	u, uri := e.url()
	r := &http.Request{
		Method: e.HTTPMethod, URL: u, RequestURI: uri,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Host: e.host(header), RemoteAddr: e.remoteAddr(header),
		ContentLength: int64(len(body)), Body: http.NoBody,
	}
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if header.Get("Content-Length") != "" { // a service may have decoded the body
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	for _, name := range []string{"Host", "Transfer-Encoding", "Trailer"} {
		header.Del(name) // net/http takes them out
	}
	if e.secure(header) {
		r.TLS = &tls.ConnectionState{
			Version: tls.VersionTLS12, HandshakeComplete: true, ServerName: hostname(r.Host),
		}
	}
	return r.WithContext(ctx), nil
}

// url is the path and the query, and the request's target in the form in which it was sent, as far
// as the service tells: one that hands over a decoded path leaves no way to tell a slash from %2F.
func (e *event) url() (u *url.URL, target string) {
	path, query := e.Path, e.query()
	if path == "" || path[0] != '/' {
		path = "/" + path
	}
	if !e.from.decodes() && !strings.ContainsAny(path, "?#") {
		if u, err := url.ParseRequestURI(path); err == nil {
			u.RawQuery = query
			target = path
			if query != "" {
				target += "?" + query
			}
			return u, target
		}
	}
	u = &url.URL{Path: path, RawQuery: query}
	return u, u.RequestURI()
}

// header is the request's, with the cookies of payload 2.0 in it again.
func (e *event) header() http.Header {
	header := make(http.Header, len(e.Headers)+1)
	for name, values := range e.MultiValueHeaders {
		key := textproto.CanonicalMIMEHeaderKey(name)
		header[key] = append(header[key], values...)
	}
	values := make([]string, 0, len(e.Headers)) // of all, in one piece of memory
	for name, value := range e.Headers {
		key := textproto.CanonicalMIMEHeaderKey(name)
		if _, ok := header[key]; !ok {
			values = append(values, value)
			header[key] = values[len(values)-1 : len(values) : len(values)]
		}
	}
	if e.from.isV2() && len(e.Cookies) > 0 {
		header["Cookie"] = []string{strings.Join(e.Cookies, "; ")}
	}
	return header
}

// query is the query as it was sent, as far as the service tells: payload 2.0 has it raw; API
// Gateway's others have it decoded, and load balancers its parts as they were sent. The last two do
// not tell the order of different names, which are sorted here.
func (e *event) query() string {
	if e.from.isV2() {
		return e.RawQueryString
	}
	all := url.Values(e.MultiValueQuery)
	if len(all) == 0 {
		all = make(url.Values, len(e.Query))
		for name, value := range e.Query {
			all[name] = []string{value}
		}
	}
	if !e.from.isBalancer() {
		return all.Encode()
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	var parts []string
	for _, name := range names {
		for _, value := range all[name] {
			parts = append(parts, name+"="+value)
		}
	}
	return strings.Join(parts, "&")
}

// host is the name that the client has asked for.
func (e *event) host(header http.Header) string {
	if host := header.Get("Host"); host != "" {
		return host
	}
	return e.parsed.DomainName
}

// remoteAddr is the client's address, with port 0 where nobody tells the port. A load balancer adds
// it as the last of X-Forwarded-For; what stands before may be the client's own invention.
func (e *event) remoteAddr(header http.Header) string {
	ip := e.parsed.Identity.SourceIP
	switch {
	case e.from.isV2():
		ip = e.parsed.HTTP.SourceIP
	case e.from.isBalancer():
		if all := header["X-Forwarded-For"]; len(all) > 0 {
			last := all[len(all)-1]
			ip = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		}
		if _, _, err := net.SplitHostPort(ip); err == nil {
			return ip // the load balancer is told to add the port
		}
	}
	if ip == "" {
		return ""
	}
	return net.JoinHostPort(ip, "0")
}

// secure reports whether the client speaks HTTPS. Function URLs and API Gateway know nothing else.
func (e *event) secure(header http.Header) bool {
	proto := header.Get("X-Forwarded-Proto")
	return proto == "https" || proto == "" && !e.from.isBalancer()
}

// hostname is a host without its port.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}
