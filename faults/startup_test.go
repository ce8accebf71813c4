package faults

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/peerscript"
)

// The connection is cut at every byte of the answer to restore/next, and of the answer to the
// report about what comes after it: each is asked for, or sent, once more, and what is to be done
// after the restore is done once.
func TestRestoreCutAtEveryByte(t *testing.T) {
	t.Setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
	const get = "GET /2018-06-01/runtime/restore/next HTTP/1.1\r\n"
	const report = "POST /2018-06-01/runtime/restore/error HTTP/1.1\r\n"
	const restored = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	peer := peerscript.Listen(t)
	for n := range max(len(restored), len(peerscript.Accepted)) {
		ended := make(chan error, 1)
		did := 0
		go func() {
			l := minlambda.Loop{API: peer.Addr, Log: func(minlambda.Record) {}}
			ended <- l.SnapStart(context.Background(), nil, func() error {
				did++
				return errors.New("no table")
			})
		}()
		for i, step := range []struct{ request, answer string }{
			{get, restored[:min(n, len(restored)-1)]}, {get, restored},
			{report, peerscript.Accepted[:min(n, len(peerscript.Accepted)-1)]},
			{report, peerscript.Accepted},
		} {
			conn := peer.Accept()
			if request := conn.Request(step.request); i >= 2 && !strings.HasSuffix(request,
				`{"errorMessage":"no table","errorType":"Runtime.AfterRestoreError"}`) {
				t.Errorf("reported %q", request)
			}
			conn.Send(step.answer)
			conn.CloseWrite()
			conn.Ended()
		}
		if err := <-ended; did != 1 || err == nil || err.Error() !=
			"minlambda: after restore: no table" {
			t.Fatalf("cut after %d bytes: done %d times, returned %v", n, did, err)
		}
	}
}
