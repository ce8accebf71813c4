// Package fronts stands in for the services in front of a function: it makes an event of a request,
// and a response of the function's answer, as they do. It has cases for all of them, and runs the
// same cases over net/http's own server, to compare.
//
// It is written from AWS's pages and from what was seen of the services, and knows nothing of
// package lambdahttp, so that it is an independent judge.
package fronts

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// A Front is a service in front of a function.
type Front struct {
	Name     string
	Event    func(r *http.Request, body []byte) any
	Response func(t testing.TB, answer []byte) *http.Response

	Streams bool // it can hand on a stream
	V2      bool // its events and responses are of payload 2.0
	Decodes bool // it decodes paths, twice
	Single  bool // its headers have one value, and its query the last value of each name
}

// All are all of them.
var All = []Front{
	{Name: "url", Event: eventURL, Response: responseV2, Streams: true, V2: true},
	{Name: "v2", Event: eventV2, Response: responseV2, V2: true, Decodes: true},
	{Name: "v1", Event: eventV1, Response: responseMulti, Decodes: true},
	{Name: "rest", Event: eventREST, Response: responseMulti, Streams: true},
	{Name: "alb", Event: eventALB, Response: responseSingle, Single: true},
	{Name: "albmulti", Event: eventMultiALB, Response: responseMulti},
}

// Named is the one of that name.
func Named(name string) Front {
	return All[slices.IndexFunc(All, func(f Front) bool { return f.Name == name })]
}

// EventOf is the event that f makes of a request as a client sends it.
func (f Front) EventOf(t testing.TB, raw string) []byte {
	t.Helper()
	r, body := Parsed(t, raw)
	event, err := json.Marshal(f.Event(r, body))
	if err != nil {
		t.Fatal(err)
	}
	return event
}

// Sees is the request that a function can see at best. Where f decodes the path, that is what was
// decoded: "%2Fa" and "/a" cannot be told apart.
func (f Front) Sees(raw string) string {
	method, rest, _ := strings.Cut(raw, " ")
	target, rest, _ := strings.Cut(rest, " ")
	path, query, hasQuery := strings.Cut(target, "?")
	if !f.Decodes || !strings.Contains(path, "%") {
		return raw
	}
	target = (&url.URL{Path: decoded(path)}).EscapedPath()
	if hasQuery {
		target += "?" + query
	}
	return method + " " + target + " " + rest
}

// decoded is a path as API Gateway's HTTP API decodes it: twice, and cut at what is a question mark
// after the first time.
func decoded(path string) string {
	once, _ := url.PathUnescape(path)
	once, _, _ = strings.Cut(once, "?")
	twice, err := url.PathUnescape(once)
	if err != nil {
		panic(fmt.Sprintf("the HTTP API refuses %q", path))
	}
	return twice
}

type object = map[string]any

// text puts a body into an event.
func text(e object, header http.Header, body []byte) object {
	contentType := header.Get("Content-Type")
	plain := utf8.Valid(body) && (contentType == "" || strings.HasPrefix(contentType, "text/") ||
		strings.Contains(contentType, "json") || strings.Contains(contentType, "urlencoded"))
	e["body"], e["isBase64Encoded"] = string(body), false
	if !plain {
		e["body"], e["isBase64Encoded"] = base64.StdEncoding.EncodeToString(body), true
	}
	return e
}

// payload2 is an event of payload 2.0 of the domain, with the path as the service hands it on.
func payload2(r *http.Request, body []byte, domain, path string) object {
	headers := map[string]string{"host": r.Host, "x-forwarded-proto": "https"}
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	var cookies []string
	for _, c := range r.Header["Cookie"] {
		cookies = append(cookies, strings.Split(c, "; ")...)
	}
	_, query, _ := strings.Cut(r.RequestURI, "?")
	e := object{
		"version": "2.0", "rawPath": path, "rawQueryString": query, "headers": headers,
		"requestContext": object{"domainName": domain, "http": object{
			"method": r.Method, "path": r.URL.Path, "protocol": "HTTP/1.1",
			"sourceIp": "203.0.113.7",
		}},
	}
	if cookies != nil {
		e["cookies"] = cookies
	}
	return text(e, r.Header, body)
}

// eventURL is a function URL's: the path as it was sent, the cookies twice.
func eventURL(r *http.Request, body []byte) any {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	return payload2(r, body, "abcdefg.lambda-url.eu-central-1.on.aws", path)
}

// eventV2 is the HTTP API's.
func eventV2(r *http.Request, body []byte) any {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	e := payload2(r, body, "abcdefg.execute-api.eu-central-1.amazonaws.com", decoded(path))
	delete(e["headers"].(map[string]string), "cookie")
	return e
}

// eventREST is the REST API's.
func eventREST(r *http.Request, body []byte) any {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	return payload1(r, body, path)
}

// eventV1 is the HTTP API's of payload 1.0.
func eventV1(r *http.Request, body []byte) any {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	e := payload1(r, body, decoded(path))
	e["version"] = "1.0"
	return e
}

// payload1 is an event of the REST API, with the path as the service hands it on.
func payload1(r *http.Request, body []byte, path string) object {
	multi := r.Header.Clone()
	multi.Set("Host", r.Host)
	single := map[string]string{}
	for name, values := range multi {
		single[name] = values[len(values)-1]
	}
	query := map[string]string{}
	for name, values := range r.URL.Query() {
		query[name] = values[len(values)-1]
	}
	return text(object{
		"httpMethod": r.Method, "path": path, "resource": "/{proxy+}", "headers": single,
		"multiValueHeaders": multi, "queryStringParameters": query,
		"multiValueQueryStringParameters": r.URL.Query(),
		"requestContext": object{
			"domainName": "domain.example", "identity": object{"sourceIp": "203.0.113.7"},
		},
	}, r.Header, body)
}

func eventALB(r *http.Request, body []byte) any { return balancer(r, body, false) }

func eventMultiALB(r *http.Request, body []byte) any { return balancer(r, body, true) }

// balancer is a load balancer's event, with multi-value headers or not.
func balancer(r *http.Request, body []byte, multi bool) object {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	single, many := map[string]string{"x-forwarded-for": "10.0.0.9, 203.0.113.7",
		"x-forwarded-proto": "https", "host": r.Host}, map[string][]string{}
	for name, values := range r.Header {
		single[strings.ToLower(name)] = strings.Join(values, ",")
		many[strings.ToLower(name)] = values
	}
	for _, name := range []string{"x-forwarded-for", "x-forwarded-proto", "host"} {
		many[name] = []string{single[name]}
	}
	parts, all := map[string]string{}, map[string][]string{}
	for _, pair := range strings.Split(query, "&") {
		if name, value, _ := strings.Cut(pair, "="); name != "" { // as sent, not decoded
			parts[name], all[name] = value, append(all[name], value)
		}
	}
	e := object{
		"httpMethod": r.Method, "path": path,
		"requestContext": object{"elb": object{"targetGroupArn": "arn:aws:elasticloadbalancing"}},
	}
	if multi {
		e["multiValueHeaders"], e["multiValueQueryStringParameters"] = many, all
	} else {
		e["headers"], e["queryStringParameters"] = single, parts
	}
	return text(e, r.Header, body)
}
