//go:build linux

package conformance

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"testing"
)

// goProxy is net/http's reverse proxy in front of the API.
func goProxy(t *testing.T, api string) string {
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: api})
	proxy.ErrorLog = log.New(io.Discard, "", 0) // the emulator's end is an error, to it
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// nodeProxy starts testdata/proxy.js in front of the API.
func nodeProxy(odd ...string) func(t *testing.T, api string) string {
	return func(t *testing.T, api string) string {
		t.Helper()
		cmd := exec.Command("node", append([]string{"testdata/proxy.js", api}, odd...)...)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		cmd.Stderr = &said
		if err = cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			in.Close()
			if err := cmd.Wait(); err != nil || said.Len() > 0 {
				t.Errorf("node: %v; it said %s", err, said.String())
			}
		})
		port, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatalf("node does not say its port: %v", err)
		}
		return "127.0.0.1:" + strings.TrimSpace(port)
	}
}

// Between function and API stands what reads and copies every message. All
// events are answered, large ones and those that fail among them, by one process.
//
// Node lets a request overtake the one before it. In classic mode the API has one
// state for all: it refuses the first GET that comes before its response, or gives
// it the same event once more. Ours says so, once, and waits for each answer from
// then on; that one event may be handled twice. aws-lambda-go always waits.
func TestProxy(t *testing.T) {
	t.Parallel()
	proxies := []struct {
		name    string
		between func(t *testing.T, api string) string
		node    bool
	}{
		{"net-http", goProxy, false},
		{"node", nodeProxy(), true},
		{"node-200", nodeProxy("200"), true},
		{"node-frame", nodeProxy("frame"), true},
	}
	for _, p := range proxies {
		for _, m := range modes {
			for _, r := range runtimes {
				t.Run(fmt.Sprint(p.name, "/", m, "/", r), func(t *testing.T) {
					if _, err := exec.LookPath("node"); err != nil && p.node {
						t.Skip(err)
					}
					t.Parallel()
					e := start(t, setup{mode: m, program: r.program(), between: p.between})
					n := many(800)
					for i := 0; i < n && !t.Failed(); i++ {
						e.own(i)
					}
					for _, n := range []int{0, 2049, 1 << 20, 6 << 20} {
						event := payload(n, n)
						if got := e.ask(event); got.status != 200 || got.body != event {
							t.Errorf("an event of %d bytes comes back as %s", n, got)
						}
					}
					overtaken := strings.Count(e.said(), overtaken)
					alone := strings.Count(e.said(), "asked for alone from now on")
					if w := e.who(); w.Served != n+5+overtaken {
						t.Errorf("the last event meets %+v; want %d served", w, n+5+overtaken)
					}
					if once := p.node && m == classic && r == ours; overtaken+alone > 1 ||
						overtaken+alone == 1 && !once {
						t.Errorf("a request has overtaken another: %d + %d times",
							overtaken, alone)
					}
				})
			}
		}
	}
}

// overtaken is what ours says of an event that came twice.
const overtaken = "has overtaken the response; one waits for the other from now on"
