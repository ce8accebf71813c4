package faults

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/internal/peerscript"
	"github.com/minlambda/minlambda/internal/race"
)

// A handler that returns while a goroutine of its own is in Write has not ended its stream: nothing
// is sent in between, the loop waits until Write is over, and the goroutine can send nothing after
// it, into no stream.
func TestHandlerReturnsWhileItsStreamIsSent(t *testing.T) {
	if race.Enabled {
		t.Skip("the handler is such that the race detector finds it")
	}
	big := bytes.Repeat([]byte("x"), 32<<20) // more than any socket takes
	ended := make(chan any, 1)
	peer := peerscript.Listen(t)
	start(t, peer.Addr, minlambda.Loop{Invoke: func(inv *minlambda.Invocation) error {
		if string(inv.Event()) == "fine" {
			inv.WriteString("re fine")
			return nil
		}
		if err := inv.Flush(); err != nil {
			return err
		}
		sends := make(chan bool)
		go func() {
			defer func() { ended <- recover() }()
			close(sends)
			for {
				inv.Write(big)
			}
		}()
		<-sends
		time.Sleep(100 * time.Millisecond) // Write fills the socket, and waits
		return nil
	}})

	conn := peer.Accept()
	conn.Next()
	conn.Send(peerscript.Event("id", "leave"))
	time.Sleep(300 * time.Millisecond) // the handler has returned
	report := `{"errorMessage":"minlambda: handler returned while a goroutine of its own was ` +
		`sending the stream","errorType":"Function.InvocationInUse"}`
	conn.Bytes("POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\nHost: " + peer.Addr +
		"\r\nContent-Type: application/octet-stream" +
		"\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n" +
		"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n" +
		strings.Repeat(fmt.Sprintf("8000\r\n%s\r\n", big[:32<<10]), 1<<10) + "0\r\n" +
		"Lambda-Runtime-Function-Error-Type: Function.InvocationInUse\r\n" +
		"Lambda-Runtime-Function-Error-Body: " +
		base64.StdEncoding.EncodeToString([]byte(report)) + "\r\n\r\n")
	conn.Next()
	if v := <-ended; v != "minlambda: Invocation used after its handler returned" {
		t.Errorf("the goroutine has ended with %v", v)
	}
	conn.Send(peerscript.Accepted + peerscript.Event("fine", "fine"))
	conn.Response("fine", "re fine")
	conn.Send(peerscript.Accepted)
	conn.Next()
}
