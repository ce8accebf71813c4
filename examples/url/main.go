// Url is a small web site behind a function URL, or behind API Gateway's HTTP API with payload 2.0,
// without net/http: it reads the event and writes the response as JSON values, and allocates
// nothing for a request.
//
//	GET /greeting?name=Ada   Hello, Ada!
//	GET /visits              counts your visits in a cookie
//	POST /echo               the body and its content type, text or not
//	GET /                    redirects to /greeting
package main

import (
	"encoding/base64"
	"strconv"

	"github.com/minlambda/minlambda/lambdajson"
	"github.com/valyala/fastjson"
)

func main() { lambdajson.Run(new(site).serve) }

// A site keeps its memory from one request to the next.
type site struct {
	text []byte // of the response
	name []byte // from the query, decoded
}

func (s *site) serve(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
	method := string(event.GetStringBytes("requestContext", "http", "method"))
	switch string(event.GetStringBytes("rawPath")) {
	case "/greeting":
		if method == "GET" {
			return s.greeting(a, event), nil
		}
	case "/visits":
		if method == "GET" {
			return s.visits(a, event), nil
		}
	case "/echo":
		if method == "POST" {
			return s.echo(a, event), nil
		}
	case "/":
		response := reply(a, 302, "text/plain", a.NewString(""))
		response.Get("headers").Set("location", a.NewString("/greeting"))
		return response, nil
	default:
		return reply(a, 404, "text/plain", a.NewString("not found\n")), nil
	}
	return reply(a, 405, "text/plain", a.NewString("method not allowed\n")), nil
}

func (s *site) greeting(a *fastjson.Arena, event *fastjson.Value) *fastjson.Value {
	name, ok := param(s.name[:0], event.GetStringBytes("rawQueryString"), "name")
	s.name = name
	if !ok || len(name) == 0 {
		name = append(name[:0], "world"...)
	}
	s.text = append(s.text[:0], "Hello, "...)
	s.text = append(s.text, name...)
	s.text = append(s.text, "!\n"...)
	return reply(a, 200, "text/plain; charset=utf-8", a.NewStringBytes(s.text))
}

func (s *site) visits(a *fastjson.Arena, event *fastjson.Value) *fastjson.Value {
	visits := 1
	for _, cookie := range event.GetArray("cookies") {
		if count, ok := cut(cookie.GetStringBytes(), "visits="); ok {
			if n, ok := number(count); ok {
				visits = n + 1
			}
		}
	}
	s.text = strconv.AppendInt(append(s.text[:0], "visits="...), int64(visits), 10)
	s.text = append(s.text, "; Path=/visits; HttpOnly; Secure"...)
	cookies := a.NewArray()
	cookies.SetArrayItem(0, a.NewStringBytes(s.text))

	s.text = strconv.AppendInt(append(s.text[:0], "visit "...), int64(visits), 10)
	response := reply(a, 200, "text/plain", a.NewStringBytes(append(s.text, '\n')))
	response.Set("cookies", cookies)
	return response
}

// echo sends the body back as it came. One in base64 stays so, once it is seen to be base64.
func (s *site) echo(a *fastjson.Arena, event *fastjson.Value) *fastjson.Value {
	contentType := event.GetStringBytes("headers", "content-type")
	body := event.GetStringBytes("body")
	if !event.GetBool("isBase64Encoded") {
		return replyBytes(a, 200, contentType, a.NewStringBytes(body))
	}
	var err error
	if s.text, err = base64.StdEncoding.AppendDecode(s.text[:0], body); err != nil {
		return reply(a, 400, "text/plain", a.NewString("the body is not in base64\n"))
	}
	s.name = base64.StdEncoding.AppendEncode(s.name[:0], s.text)
	response := replyBytes(a, 200, contentType, a.NewStringBytes(s.name))
	response.Set("isBase64Encoded", a.NewTrue())
	return response
}

func reply(
	a *fastjson.Arena, status int, contentType string, body *fastjson.Value,
) *fastjson.Value {
	return respond(a, status, a.NewString(contentType), body)
}

func replyBytes(
	a *fastjson.Arena, status int, contentType []byte, body *fastjson.Value,
) *fastjson.Value {
	return respond(a, status, a.NewStringBytes(contentType), body)
}

func respond(a *fastjson.Arena, status int, contentType, body *fastjson.Value) *fastjson.Value {
	headers := a.NewObject()
	headers.Set("content-type", contentType)
	response := a.NewObject()
	response.Set("statusCode", a.NewNumberInt(status))
	response.Set("headers", headers)
	response.Set("body", body)
	return response
}

// param appends the value of a parameter of a query, decoded; ok is false if there is none, or if
// its encoding is wrong.
func param(dst, query []byte, name string) (value []byte, ok bool) {
	for len(query) > 0 {
		pair := query
		query = nil
		for i, c := range pair {
			if c == '&' {
				pair, query = pair[:i], pair[i+1:]
				break
			}
		}
		if encoded, found := cut(pair, name); found && len(encoded) > 0 && encoded[0] == '=' {
			return decode(dst, encoded[1:])
		}
	}
	return dst, false
}

// decode appends s without its percent-encoding.
func decode(dst, s []byte) (decoded []byte, ok bool) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(s):
			high, low := digit(s[i+1]), digit(s[i+2])
			if high < 0 || low < 0 {
				return dst, false
			}
			c = byte(high<<4 | low)
			i += 2
		case c == '%':
			return dst, false
		}
		dst = append(dst, c)
	}
	return dst, true
}

func digit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// number reads a small decimal number.
func number(s []byte) (n int, ok bool) {
	for _, c := range s {
		if c < '0' || c > '9' || n > 1e6 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(s) > 0
}

// cut is bytes.CutPrefix for a prefix that is a string.
func cut(b []byte, prefix string) (rest []byte, found bool) {
	if len(b) < len(prefix) || string(b[:len(prefix)]) != prefix {
		return nil, false
	}
	return b[len(prefix):], true
}
