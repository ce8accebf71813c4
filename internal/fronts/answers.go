package fronts

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"
)

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
func decode(t testing.TB, answer []byte) (r reply, response *http.Response) {
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

func responseV2(t testing.TB, answer []byte) *http.Response {
	r, response := decode(t, answer)
	for name, value := range r.Headers {
		response.Header.Set(name, value)
	}
	for _, cookie := range r.Cookies {
		response.Header.Add("Set-Cookie", cookie)
	}
	return response
}

func responseMulti(t testing.TB, answer []byte) *http.Response {
	r, response := decode(t, answer)
	for name, values := range r.MultiValueHeaders {
		for _, value := range values {
			response.Header.Add(name, value)
		}
	}
	return response
}

func responseSingle(t testing.TB, answer []byte) *http.Response {
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
