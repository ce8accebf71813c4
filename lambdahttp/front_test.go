package lambdahttp

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// A front is one of the services in front of a function: it makes an event of a request, and a
// response of the function's answer. It is written from AWS's pages, and knows nothing of the
// package under test.
type front struct {
	name     string
	event    func(r *http.Request, body []byte) any
	response func(t *testing.T, answer []byte) *http.Response
}

var fronts = []front{
	{"v2", eventV2, responseV2},
	{"v1", eventV1, responseMulti},
	{"alb", func(r *http.Request, body []byte) any { return eventALB(r, body, false) }, responseSingle},
	{"albmulti", func(r *http.Request, body []byte) any { return eventALB(r, body, true) }, responseMulti},
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

func eventV2(r *http.Request, body []byte) any {
	headers := map[string]string{"host": r.Host, "x-forwarded-proto": "https"}
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	var cookies []string
	for _, c := range r.Header["Cookie"] {
		cookies = append(cookies, strings.Split(c, "; ")...)
	}
	delete(headers, "cookie")
	path, query, _ := strings.Cut(r.RequestURI, "?")
	e := object{
		"version": "2.0", "rawPath": path, "rawQueryString": query, "headers": headers,
		"requestContext": object{"domainName": "domain.example", "http": object{
			"method": r.Method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7",
		}},
	}
	if cookies != nil {
		e["cookies"] = cookies
	}
	return text(e, r.Header, body)
}

func eventV1(r *http.Request, body []byte) any {
	path, _, _ := strings.Cut(r.RequestURI, "?")
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

func eventALB(r *http.Request, body []byte, multi bool) any {
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

type reply struct {
	StatusCode        int
	StatusDescription string
	Headers           map[string]string
	MultiValueHeaders map[string][]string
	Cookies           []string
	Body              string
	IsBase64Encoded   bool
}

// decode reads an answer, in which a field that nobody knows is a fault.
func decode(t *testing.T, answer []byte) (r reply, response *http.Response) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(answer))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	body := []byte(r.Body)
	if r.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(r.Body); err != nil {
			t.Fatalf("%v in %s", err, answer)
		}
	}
	return r, &http.Response{StatusCode: r.StatusCode, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(body))}
}

func responseV2(t *testing.T, answer []byte) *http.Response {
	r, response := decode(t, answer)
	for name, value := range r.Headers {
		response.Header.Set(name, value)
	}
	for _, cookie := range r.Cookies {
		response.Header.Add("Set-Cookie", cookie)
	}
	return response
}

func responseMulti(t *testing.T, answer []byte) *http.Response {
	r, response := decode(t, answer)
	for name, values := range r.MultiValueHeaders {
		for _, value := range values {
			response.Header.Add(name, value)
		}
	}
	return response
}

func responseSingle(t *testing.T, answer []byte) *http.Response {
	r, response := decode(t, answer)
	names := make([]string, 0, len(r.Headers))
	for name := range r.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		response.Header.Add(name, r.Headers[name])
	}
	return response
}
