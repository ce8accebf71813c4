package wrappers

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/looptest"
	"github.com/minlambda/minlambda/lambdahttp"
)

// Routers are http.Handlers, and answer over lambdahttp as they do over net/http's server: status,
// header and body.
func TestRouters(t *testing.T) {
	for name, router := range map[string]http.Handler{
		"mux": mux(), "chi": chiRouter(), "gin": ginRouter(), "echo": echoRouter(),
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(router)
			defer server.Close()
			s := looptest.Start(t, minlambda.Loop{Invoke: lambdahttp.NewHandler(router)})
			for _, path := range []string{
				"/greeting/Ada", "/greeting/a%2Fb", "/nowhere", "/greeting/", "/",
			} {
				for _, method := range []string{"GET", "POST", "DELETE"} {
					want := overHTTP(t, server.URL, method, path)
					got := overLambda(t, s, method, path)
					if got != want {
						t.Errorf("%s %s:\n lambdahttp %s\n net/http   %s", method, path, got, want)
					}
				}
			}
		})
	}
}

func overHTTP(t *testing.T, url, method, path string) string {
	r, err := http.NewRequestWithContext(t.Context(), method, url+path+"?q=1",
		strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", "c=d")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for name, values := range resp.Header {
		if name != "Date" && name != "Content-Length" {
			fields = append(fields, name+": "+strings.Join(values, ","))
		}
	}
	slices.Sort(fields)
	return fmt.Sprintf("%d %q %s", resp.StatusCode, fields, body)
}

func overLambda(t *testing.T, s *looptest.Session, method, path string) string {
	r := s.Invoke(fmt.Sprintf(v2, path, method, "body"))
	var response struct {
		StatusCode      int
		Headers         map[string]string
		Cookies         []string
		Body            string
		IsBase64Encoded bool
	}
	if err := json.Unmarshal(r.Body, &response); err != nil {
		t.Fatalf("%v, %s, %v", err, r.Body, r.Err)
	}
	if response.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		response.Body = string(body)
	}
	fields := []string{}
	for name, value := range response.Headers {
		if name = http.CanonicalHeaderKey(name); name != "Content-Length" {
			fields = append(fields, name+": "+value)
		}
	}
	if len(response.Cookies) > 0 {
		fields = append(fields, "Set-Cookie: "+strings.Join(response.Cookies, ","))
	}
	slices.Sort(fields)
	return fmt.Sprintf("%d %q %s", response.StatusCode, fields, response.Body)
}
