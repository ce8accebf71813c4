package lambdahttp

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An answer is a response as the services take it, and without a body the prelude of a stream.
type answer struct {
	StatusCode        int                 `json:"statusCode"`
	StatusDescription string              `json:"statusDescription,omitempty"`
	Headers           map[string]string   `json:"headers,omitempty"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders,omitempty"`
	Cookies           []string            `json:"cookies,omitempty"`
	Body              *string             `json:"body,omitempty"`
	IsBase64Encoded   bool                `json:"isBase64Encoded,omitempty"`
}

// collected is the response as JSON, when it is no stream.
func (w *response) collected() []byte {
	fields := w.fields()
	a := answer{StatusCode: w.status}
	body := ""
	if isText(fields, w.body) {
		body = string(w.body)
	} else {
		body, a.IsBase64Encoded = base64.StdEncoding.EncodeToString(w.body), true
	}
	a.Body = &body
	switch {
	case w.from.isV2():
		a.joined(fields)
	case w.from == balancer:
		a.single(fields)
	default:
		a.MultiValueHeaders = fields
	}
	if w.from.isBalancer() {
		a.describe()
	}
	return a.json()
}

// prelude is what a stream begins with.
func (w *response) prelude() []byte {
	a := answer{StatusCode: w.status}
	if w.from.isV2() {
		a.joined(w.fields())
	} else {
		a.MultiValueHeaders = w.fields()
	}
	return a.json()
}

// describe adds the status line's end, which a load balancer asks for, in the words of net/http.
func (a *answer) describe() {
	text := http.StatusText(a.StatusCode)
	if text == "" {
		text = "status code " + strconv.Itoa(a.StatusCode)
	}
	a.StatusDescription = strconv.Itoa(a.StatusCode) + " " + text
}

// joined sets a value for each name, and the cookies, which cannot be joined (RFC 9110, section
// 5.3), apart.
func (a *answer) joined(fields http.Header) {
	a.Cookies = fields["Set-Cookie"]
	a.Headers = make(map[string]string, len(fields))
	for name, values := range fields {
		if name != "Set-Cookie" {
			a.Headers[name] = strings.Join(values, ", ")
		}
	}
}

// single sets a value for each name, where there is room for one only. Each of several cookies has
// the name in other capitals, which a load balancer sends as it stands.
func (a *answer) single(fields http.Header) {
	a.joined(fields)
	cookies := a.Cookies
	a.Cookies = nil
	if len(cookies) == 1 {
		a.Headers["Set-Cookie"] = cookies[0]
		return
	}
	for i, cookie := range cookies {
		a.Headers[capitals("set-cookie", i)] = cookie
	}
}

// capitals is the n-th way to write name, in the order in which JSON's encoder sorts them: all in
// capitals, then the last letter small, and so on.
func capitals(name string, n int) string {
	b := []byte(name)
	for i := len(b) - 1; i >= 0; i-- {
		if 'a' <= b[i] && b[i] <= 'z' {
			if n&1 == 0 {
				b[i] -= 'a' - 'A'
			}
			n >>= 1
		}
	}
	return string(b)
}

func (a *answer) json() []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(a); err != nil {
		panic(err) // strings and numbers can be encoded
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// isText reports whether a body may be in the JSON as it is: what is text by its type, and UTF-8.
func isText(fields http.Header, body []byte) bool {
	if len(body) == 0 {
		return true
	}
	encoding := fields.Get("Content-Encoding")
	return (encoding == "" || strings.EqualFold(encoding, "identity")) &&
		isTextType(fields.Get("Content-Type")) && utf8.Valid(body)
}

func isTextType(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	kind, sub, _ := strings.Cut(media, "/")
	switch {
	case kind == "text":
		return true
	case kind != "application":
		return strings.HasSuffix(sub, "+xml") || strings.HasSuffix(sub, "+json")
	}
	switch sub {
	case "json", "xml", "javascript", "x-javascript", "ecmascript":
		return true
	}
	return strings.HasSuffix(sub, "+json") || strings.HasSuffix(sub, "+xml")
}
