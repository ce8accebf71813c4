package lambdatest

import (
	"fmt"
	"strings"
	"testing"
)

func askMetadata(method, authorization string) string {
	return fmt.Sprintf("%s /2026-01-15/metadata/execution-environment HTTP/1.1\r\n"+
		"Host: x\r\n%s\r\n", method, authorization)
}

// The metadata endpoint names the zone, in the bytes of Lambda's emulator, as soon as it knows it.
func TestMetadata(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	bearer := "Authorization: Bearer " + s.MetadataToken() + "\r\n"
	c.send("%s", askMetadata("GET", bearer))
	a := c.expect(200)
	if a.body != `{"AvailabilityZoneID":"use1-az1"}` ||
		a.Header.Get("Cache-Control") != "private, max-age=43200, immutable" ||
		a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("body %q, header %v", a.body, a.Header)
	}
	s.SetZone("")
	c.send("%s", askMetadata("GET", bearer))
	if a := c.expect(503); a.body != "Service Unavailable\n" {
		t.Errorf("body %q", a.body)
	}
	s.SetZone(`a"b`)
	c.send("%s", askMetadata("GET", bearer))
	if a := c.expect(200); a.body != `{"AvailabilityZoneID":"a\"b"}` {
		t.Errorf("body %q", a.body)
	}
	blameless(t, s)
}

func TestMetadataRefused(t *testing.T) {
	for _, test := range []struct {
		name, method, authorization string
		status                      int
		body, note                  string
	}{
		{"no token", "GET", "", 401, "Unauthorized\n", "not Bearer and the token"},
		{"another token", "GET", "Authorization: Bearer x\r\n", 401, "Unauthorized\n",
			"not Bearer"},
		{"another scheme", "GET", "Authorization: Basic TOKEN\r\n", 401, "Unauthorized\n",
			"not Bearer"},
		{"bearer", "GET", "Authorization: bearer TOKEN\r\n", 401, "Unauthorized\n", "not Bearer"},
		{"POST", "POST", "Authorization: Bearer TOKEN\r\nContent-Length: 0\r\n", 405,
			"Method Not Allowed\n", "knows GET only"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			c := dial(t, s)
			header := strings.ReplaceAll(test.authorization, "TOKEN", s.MetadataToken())
			c.send("%s", askMetadata(test.method, header))
			if a := c.expect(test.status); a.body != test.body {
				t.Errorf("body %q", a.body)
			}
			blamed(t, s, test.note)
		})
	}
}

// Answers of the metadata endpoint can be scripted; the request is judged all the same.
func TestMetadataScripted(t *testing.T) {
	s := start(t)
	c := dial(t, s)
	s.ScriptMetadata(Answer{Status: 500}, Answer{Body: []byte("{}")}, Answer{Status: 200,
		Body: []byte("[]")}, Answer{Raw: []byte("x"), Close: true})
	request := askMetadata("GET", "Authorization: Bearer "+s.MetadataToken()+"\r\n")
	for _, want := range []struct {
		status int
		body   string
	}{{500, "Internal Server Error\n"}, {200, "{}"}, {200, "[]"}} {
		c.send("%s", request)
		if a := c.expect(want.status); a.body != want.body {
			t.Errorf("body %q, want %q", a.body, want.body)
		}
	}
	c.send("%s", request)
	c.readRaw("x")
	c.ended()
	blameless(t, s)
}
