package metadata

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/internal/processtest"
	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/internal/restores"
	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/parse"
	"github.com/minlambda/minlambda/snapstart"
	"github.com/minlambda/minlambda/wire"
)

func init() {
	processtest.Children(map[string]func(){
		"zones": func() {
			ask := func() error {
				_, err := AvailabilityZoneID(context.Background())
				return err
			}
			minlambda.Init(ask)
			snapstart.BeforeSnapshot(ask)
			snapstart.AfterRestore(ask)
			snapstart.Wait()
			minlambda.Run(func(dst, event []byte) ([]byte, error) {
				zone, err := AvailabilityZoneID(context.Background())
				return append(dst, zone...), err
			})
		},
	})
}

// forget makes this process one that knows nothing, and has the endpoint at addr.
func forget(t *testing.T, addr, token string) {
	t.Helper()
	known = memory{}
	t.Setenv(apiVariable, addr)
	t.Setenv(tokenVariable, token)
}

func serve(t *testing.T) *lambdatest.Server {
	t.Helper()
	api := lambdatest.NewServer()
	t.Cleanup(func() {
		api.Close()
		for _, v := range api.Violations() {
			t.Errorf("violation: %s", v)
		}
	})
	forget(t, api.Addr(), api.MetadataToken())
	return api
}

// says checks what is found out.
func says(t *testing.T, want string) {
	t.Helper()
	if zone, err := AvailabilityZoneID(context.Background()); zone != want || err != nil {
		t.Errorf("got %q, %v; want %q", zone, err, want)
	}
}

// asked checks how often the endpoint was asked.
func asked(t *testing.T, api *lambdatest.Server, want int) {
	t.Helper()
	if got := len(api.Requests()); got != want {
		t.Errorf("asked %d times, want %d", got, want)
	}
}

// The endpoint is asked once, and again after a restore.
func TestAskedOnce(t *testing.T) {
	api := serve(t)
	for range 3 {
		says(t, "use1-az1")
	}
	asked(t, api, 1)
	api.SetZone("use1-az2")
	says(t, "use1-az1")
	restores.Add()
	for range 3 {
		says(t, "use1-az2")
	}
	asked(t, api, 2)
}

// What is known is read without an allocation.
func TestAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	serve(t)
	says(t, "use1-az1")
	ctx := context.Background()
	if n := testing.AllocsPerRun(10, func() {
		for range 100 {
			AvailabilityZoneID(ctx)
		}
	}); n != 0 {
		t.Errorf("%v allocations in 100 calls", n)
	}
}

// An answer is kept as long as it says.
func TestKeptAsLongAsItSays(t *testing.T) {
	for control, kept := range map[string]bool{
		"private, max-age=43200, immutable": true, "max-age=0": false, "no-store": false,
		"no-cache": false, "max-age=x": false, "": true,
	} {
		api := serve(t)
		header := http.Header{"Cache-Control": {control}}
		if control == "" {
			header = nil
		}
		answer := lambdatest.Answer{Status: 200, Header: header,
			Body: []byte(`{"AvailabilityZoneID":"a"}`)}
		api.ScriptMetadata(answer, answer)
		says(t, "a")
		says(t, "a")
		want := 2
		if kept {
			want = 1
		}
		asked(t, api, want)
	}
}

// What has grown too old, or comes from the future since the clock was set back, is not given out.
func TestExpires(t *testing.T) {
	api := serve(t)
	says(t, "use1-az1")
	if kept := known.to - known.from; kept != 43200 {
		t.Errorf("kept for %d seconds", kept)
	}
	known.from, known.to = known.from-43201, known.to-43201
	says(t, "use1-az1")
	asked(t, api, 2)
	known.from, known.to = known.from+100, known.to+100
	says(t, "use1-az1")
	asked(t, api, 3)
}

// Many who ask at once ask the endpoint once, and get the same.
func TestConcurrent(t *testing.T) {
	api := serve(t)
	var all sync.WaitGroup
	for range 64 {
		all.Add(1)
		go func() {
			defer all.Done()
			if zone, err := AvailabilityZoneID(context.Background()); zone != "use1-az1" ||
				err != nil {
				t.Errorf("got %q, %v", zone, err)
			}
		}()
	}
	all.Wait()
	asked(t, api, 1)
}

// Whoever waits for another's answer is not failed by the other's context, and asks himself.
func TestContextOfAnother(t *testing.T) {
	peer := peerscript.Listen(t)
	forget(t, peer.Addr, "t")
	ctx, cancel := context.WithCancel(context.Background())
	first, second := make(chan error), make(chan error)
	go func() { _, err := AvailabilityZoneID(ctx); first <- err }()
	conn := peer.Accept()
	conn.Request("GET ")
	impatient, give := context.WithCancel(context.Background())
	go func() { _, err := AvailabilityZoneID(impatient); second <- err }()
	give()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who gives up gets %v", err)
	}
	go func() { _, err := AvailabilityZoneID(context.Background()); second <- err }()
	cancel()
	err := <-first
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(),
		"minlambda: metadata: ") {
		t.Errorf("the one who is cancelled gets %v", err)
	}
	conn.Ended()
	conn = peer.Accept()
	conn.Request("GET ")
	conn.Send(peerscript.Answer(200, `{"AvailabilityZoneID":"a"}`))
	if err := <-second; err != nil {
		t.Errorf("the one who has waited gets %v", err)
	}
}

// An endpoint that does not come to an end holds nobody up for ever, whatever the context.
func TestSilence(t *testing.T) {
	peer := peerscript.Listen(t)
	forget(t, peer.Addr, "t")
	got := make(chan error)
	go func() { _, err := AvailabilityZoneID(context.Background()); got <- err }()
	conn := peer.Accept()
	conn.Request("GET ")
	conn.Send("HTTP/1.1 200 OK\r\n")
	if err := <-got; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	conn.Ended()
}

// An answer that comes after a restore, to a question from before it, is another environment's.
func TestRestoreInBetween(t *testing.T) {
	peer := peerscript.Listen(t)
	forget(t, peer.Addr, "t")
	got := make(chan string)
	go func() { zone, _ := AvailabilityZoneID(context.Background()); got <- zone }()
	for _, zone := range []string{"before", "after"} {
		conn := peer.Accept()
		conn.Request("GET ")
		if zone == "before" {
			restores.Add()
		}
		conn.Send(peerscript.Answer(200, `{"AvailabilityZoneID":"`+zone+`"}`))
		conn.Ended()
	}
	if zone := <-got; zone != "after" {
		t.Errorf("got %q", zone)
	}
}

// A context that has ended asks nobody.
func TestContextThatHasEnded(t *testing.T) {
	peer := peerscript.Listen(t)
	forget(t, peer.Addr, "t")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := AvailabilityZoneID(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A connection that fails is made anew once.
func TestConnectionLost(t *testing.T) {
	peer := peerscript.Listen(t)
	forget(t, peer.Addr, "t")
	got := make(chan error)
	ask := func() { _, err := AvailabilityZoneID(context.Background()); got <- err }
	go ask()
	for range 2 {
		conn := peer.Accept()
		conn.Request("GET ")
		conn.Close()
	}
	if err := <-got; !errors.Is(err, wire.ErrClosed) {
		t.Errorf("got %v", err)
	}
	go ask()
	conn := peer.Accept()
	conn.Request("GET ")
	conn.Send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
	conn.Ended()
	conn = peer.Accept()
	conn.Request("GET ")
	conn.Send(peerscript.Answer(200, `{"AvailabilityZoneID":"a"}`))
	if err := <-got; err != nil {
		t.Errorf("then %v", err)
	}
	conn.Ended()
	peer.Close()
	known = memory{}
	go ask()
	var errno syscall.Errno
	if err := <-got; !errors.As(err, &errno) || !strings.Contains(err.Error(), "connect: ") {
		t.Errorf("with nobody there %v", err)
	}
}

// Each wrong answer is an error that says what it was, is not kept, and does not keep a later one.
func TestWrongAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer lambdatest.Answer
		want   error
		says   string
	}{
		{"401", lambdatest.Answer{Status: 401}, wire.ErrStatus, "401 Unauthorized"},
		{"405", lambdatest.Answer{Status: 405}, wire.ErrStatus, "405 Method Not Allowed"},
		{"503", lambdatest.Answer{Status: 503}, wire.ErrStatus, "503 Service Unavailable"},
		{"202", lambdatest.Answer{Status: 202}, wire.ErrStatus, "202"},
		{"no JSON", lambdatest.Answer{Body: []byte("use1-az1")}, ErrNotJSON, `"use1-az1"`},
		{"nothing", lambdatest.Answer{Body: []byte{}}, ErrNotJSON, `""`},
		{"no zone", lambdatest.Answer{Body: []byte("{}")}, ErrNoZone, `"{}"`},
		{"no HTTP", lambdatest.Answer{Raw: []byte("x y\r\n\r\n"), Close: true},
			parse.ErrStatusLine, "x y"},
		{"too much", lambdatest.Answer{Raw: []byte(
			"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"), Close: true}, parse.ErrTooLarge,
			""},
	} {
		t.Run(c.name, func(t *testing.T) {
			api := serve(t)
			api.ScriptMetadata(c.answer)
			zone, err := AvailabilityZoneID(context.Background())
			var e *minlambda.Error
			if zone != "" || !errors.As(err, &e) || e.Op != "metadata" || !errors.Is(err, c.want) ||
				!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, %v", zone, err)
			}
			says(t, "use1-az1")
		})
	}
}

// The endpoint that does not know the zone yet is asked again.
func TestZoneNotKnownYet(t *testing.T) {
	api := serve(t)
	api.SetZone("")
	if _, err := AvailabilityZoneID(context.Background()); !errors.Is(err, wire.ErrStatus) ||
		!strings.HasSuffix(err.Error(), `: 503 Service Unavailable`) {
		t.Errorf("got %v", err)
	}
	api.SetZone("use1-az3")
	says(t, "use1-az3")
}

// A variable that is missing or bad is an error that names it, and a bad token is neither sent nor
// shown.
func TestEnvironment(t *testing.T) {
	unset := "\x01"
	peer := peerscript.Listen(t)
	for _, c := range []struct {
		name, api, token string
		want             error
		op               string
	}{
		{"no api", unset, "t", ErrUnset, apiVariable},
		{"no token", peer.Addr, unset, ErrUnset, tokenVariable},
		{"neither", unset, unset, ErrUnset, apiVariable},
		{"empty api", "", "t", wire.ErrAddrEmpty, apiVariable},
		{"https", "https://127.0.0.1:1", "t", wire.ErrAddrScheme, apiVariable},
		{"a name", "name.invalid:1", "t", wire.ErrAddrName, apiVariable},
		{"empty token", peer.Addr, "", ErrToken, tokenVariable},
		{"a header of its own", peer.Addr, "secret\r\nX-Injected: 1", ErrToken, tokenVariable},
		{"a line end", peer.Addr, "secret\n", ErrToken, tokenVariable},
		{"a space", peer.Addr, "secret secret", ErrToken, tokenVariable},
		{"not ASCII", peer.Addr, "secret\u00e4", ErrToken, tokenVariable},
		{"DEL", peer.Addr, "secret\x7f", ErrToken, tokenVariable},
		{"long", peer.Addr, strings.Repeat("secret", 2000), ErrToken, tokenVariable},
	} {
		t.Run(c.name, func(t *testing.T) {
			forget(t, c.api, c.token)
			if c.api == unset {
				syscall.Unsetenv(apiVariable)
			}
			if c.token == unset {
				syscall.Unsetenv(tokenVariable)
			}
			_, err := AvailabilityZoneID(context.Background())
			var e *minlambda.Error
			if !errors.As(err, &e) || e.Op != c.op || !errors.Is(err, c.want) ||
				strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A process that is restored elsewhere asks anew, already in its hooks, and one that is not does
// not.
func TestRestored(t *testing.T) {
	t.Parallel()
	p := processtest.Child(t, "zones").SnapStart().Metadata().Start()
	p.Await(p.API.Snapshot())
	p.API.SetZone("use1-az6")
	p.API.Restore()
	if r := p.Invoke("x"); string(r.Body) != "use1-az6" {
		t.Errorf("got %q", r.Body)
	}
	const m = "/2026-01-15/metadata/execution-environment"
	paths := p.Paths()
	want := []string{m, "/2018-06-01/runtime/restore/next", m}
	if fmt.Sprint(paths[:len(paths)-1]) != fmt.Sprint(want) {
		t.Errorf("requests %q, want %q and a response", paths, want)
	}
	p.Silent()
	p = processtest.Child(t, "zones").Metadata().Start()
	p.Invoke("x")
	if paths := p.Paths(); len(paths) != 2 || paths[0] != m {
		t.Errorf("requests %q", paths)
	}
}
