package minlambda_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/lambdatest"
)

// hostsFile is where this system has it.
func hostsFile() string {
	if runtime.GOOS == "windows" {
		return os.Getenv("SystemRoot") + `\System32\drivers\etc\hosts`
	}
	return "/etc/hosts"
}

// What somebody reads in a log, word by word; package wire has those of its own errors.
func TestMessages(t *testing.T) {
	const howToRun = "; Lambda sets it to an address like 127.0.0.1:9001, and elsewhere so does" +
		" go run github.com/minlambda/minlambda/cmd/minlambda@latest invoke . -d '{}'"
	noLoop := minlambda.Loop{}
	if err := noLoop.Run(context.Background()); err == nil || err.Error() != "minlambda: Loop needs Handler or Invoke, and not both" {
		t.Errorf("no handler: %v", err)
	}
	for api, want := range map[string]string{
		"a b": `host is not an IPv4 address, an [IPv6 address] or a host name: "a b"`,
		"name.invalid:9001": `the hosts file has no address for the name, which is looked up` +
			` nowhere else: "name.invalid:9001" in ` + hostsFile(),
	} {
		bad := minlambda.Loop{Handler: echo, API: api}
		err := bad.Run(context.Background())
		if err == nil || err.Error() != "minlambda: Loop.API: "+want+howToRun {
			t.Errorf("%s: %v", api, err)
		}
	}
	s := start(t, nil, minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) { panic("boom") }})
	s.result(s.queue("{}"))
	if e := s.failed(); e.Error() != `minlambda: handler: panic: "boom"` {
		t.Errorf("panic: %v", e)
	}
	rec := s.panicked()
	if got := s.messages(); len(got) != 1 || !strings.HasPrefix(got[0],
		"minlambda: handler: panic: RequestId: "+rec.RequestID+
			" string: boom\ngithub.com/minlambda/minlambda_test.TestMessages.func1(...)\n"+
			"\tgithub.com/minlambda/minlambda_test/messages_test.go:") {
		t.Errorf("panic logs %.200q", got)
	}
	s = start(t, nil, minlambda.Loop{Handler: echo})
	s.api.Script(lambdatest.Answer{Status: 413, Body: []byte("too much\n"), Header: http.Header{"Content-Type": {"text/plain"}}})
	p := s.queue("{}")
	s.result(p)
	s.fine()
	s.logs("minlambda: response to " + p.RequestID() + " refused: 413 too much")
	s = start(t, nil, minlambda.Loop{Handler: echo})
	s.api.Script(lambdatest.Answer{Status: 500, Body: []byte("broken")})
	s.queue("{}")
	if e := s.failed(); e.Error() != "minlambda: response: unexpected status: 500 broken" {
		t.Errorf("500: %v", e)
	}
}

// What the caller of a function reads in the errors that are the library's own.
func TestMessagesToTheCaller(t *testing.T) {
	type secret struct{ password string }
	for _, c := range []struct {
		invoke func(inv *minlambda.Invocation) error
		want   string
	}{
		{func(inv *minlambda.Invocation) error {
			inv.SetResponse(make([]byte, minlambda.MaxResponse+1))
			return nil
		},
			"Response payload size (6291557 bytes) exceeded maximum allowed payload size (6291556 bytes)."},
		{func(inv *minlambda.Invocation) error { inv.SetContentType("a\nb"); return nil },
			`content type has a byte other than visible ASCII, space and tab: "a\nb"`},
		{func(inv *minlambda.Invocation) error {
			inv.SetContentType(strings.Repeat("x", 1025))
			return nil
		},
			`content type of 1025 bytes, over the limit of 1024: "` +
				strings.Repeat("x", 120) + `" and 905 bytes more`},
		{func(inv *minlambda.Invocation) error { return errors.New(strings.Repeat("x", 96<<10+7)) },
			strings.Repeat("x", 96<<10) + "… (7 bytes more)"},
		{func(inv *minlambda.Invocation) error { panic(secret{"hunter2"}) }, "value of type secret"},
		{func(inv *minlambda.Invocation) error { panic(&spitefulError{"x"}) }, "spitefulError whose method panicked in turn"},
	} {
		s := start(t, nil, minlambda.Loop{Invoke: c.invoke})
		if r := s.invoke("{}"); r.Err == nil || r.Err.Message != c.want {
			t.Errorf("%v; want %.200s", r.Err, c.want)
		}
	}
}
