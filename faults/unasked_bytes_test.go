package faults

import (
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/peerscript"
)

// What comes while a handler runs is nobody's answer. The handler is held until
// the bytes have been sent, and runs on for long enough to be looked at.
func TestBytesWhileAHandlerRuns(t *testing.T) {
	for name, c := range map[string]struct {
		bytes  string
		closes bool
		logs   bool
	}{
		"408 and close":   {gaveUp, true, true},
		"408":             {peerscript.Answer(408, ""), false, true},
		"accepted":        {peerscript.Accepted, false, true},
		"another event":   {peerscript.Event("b", "for nobody"), false, true},
		"a single byte":   {"H", false, true},
		"64 KiB":          {strings.Repeat("x", 64<<10), false, true},
		"closed silently": {"", true, false},
	} {
		for _, panics := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", panics"}[panics], func(t *testing.T) {
				running, release := make(chan struct{}), make(chan struct{})
				peer := peerscript.Listen(t)
				s := start(
					t,
					peer.Addr,
					minlambda.Loop{Handler: func(dst, event []byte) ([]byte, error) {
						if string(event) == "slow" {
							close(running)
							<-release
							// the bytes have to be seen by the kernel
							time.Sleep(20 * time.Millisecond)
							if panics {
								panic("late")
							}
						}
						return answer(dst, event)
					}},
				)
				conn := peer.Accept()
				conn.Next()
				conn.Send(peerscript.Event("a", "slow"))
				await(t, "the handler", running)
				conn.Send(c.bytes)
				if c.closes {
					conn.CloseWrite()
				}
				close(release)

				again := peer.Accept()
				if panics {
					if report := again.Error("a"); !strings.Contains(report, "late") {
						t.Errorf("reported %s", report)
					}
					again.Send(peerscript.Accepted)
					s.Failed()
				} else {
					again.Response("a", "re slow")
					again.Next()
					again.Send(peerscript.Accepted, peerscript.Event("c", "more"))
					again.Response("c", "re more")
					again.Send(peerscript.Accepted)
					again.Next()
				}
				conn.Ended() // the response went there only
				text := strings.Join(s.Logged(), "\n")
				if (strings.Count(text, "nobody has asked for") == 1) != c.logs {
					t.Errorf("logged %q", s.Logged())
				}
			})
		}
	}
}
