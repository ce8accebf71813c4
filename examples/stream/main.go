// Stream sends its response while it makes it, as the event asks for:
// {"parts":["a","b"],"pause_ms":50,"size":100000,"fail":"text","panic":"text"}.
// Each part is sent by itself, after a pause; then so many bytes of x; then it
// fails or panics, if the event says so.
package main

import (
	"bytes"
	"errors"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/valyala/fastjson"
)

// filling is written as often as it takes, and never copied.
var filling = bytes.Repeat([]byte("x"), 64<<10)

var parser fastjson.Parser

func main() { minlambda.RunInvocation(handle) }

func handle(inv *minlambda.Invocation) error {
	event, err := parser.ParseBytes(inv.Event())
	if err != nil {
		return err
	}
	parts := event.GetArray("parts")
	pause := time.Duration(event.GetInt("pause_ms")) * time.Millisecond
	fail := event.GetStringBytes("fail")
	if len(parts) == 0 && fail != nil {
		return errors.New(string(fail)) // nothing has been sent: reported as ever
	}

	inv.SetContentType("text/plain")
	for i, part := range parts {
		if i > 0 {
			time.Sleep(pause)
		}
		inv.Write(part.GetStringBytes())
		if err := inv.Flush(); err != nil {
			return err // nobody reads any more: no need to go on
		}
	}
	if err := fill(inv, event.GetInt("size")); err != nil {
		return err
	}
	if text := event.GetStringBytes("panic"); text != nil {
		panic(string(text))
	}
	if fail != nil {
		return errors.New(string(fail)) // the stream ends with it
	}
	return nil
}

// fill sends n bytes. Memory holds 64 KiB of them.
func fill(inv *minlambda.Invocation, n int) error {
	if n <= 0 {
		return nil
	}
	if err := inv.Flush(); err != nil {
		return err
	}
	for ; n > 0; n -= len(filling) {
		if _, err := inv.Write(filling[:min(n, len(filling))]); err != nil {
			return err
		}
	}
	return nil
}
