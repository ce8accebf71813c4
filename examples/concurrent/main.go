// Concurrent serves as many events at once as Lambda says, on Lambda Managed
// Instances: {"ms":N,"echo":"x"} answers "x" after N milliseconds, {"fail":"x"}
// fails with x, and {"panic":"x"} panics with x, which ends the process when the
// other events have been answered.
package main

import (
	"errors"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/valyala/fastjson"
)

func main() {
	minlambda.RunConcurrent(func() *minlambda.Loop {
		w := new(worker)
		return &minlambda.Loop{Handler: w.handle}
	})
}

// A worker is one of those that work at the same time. What it keeps between
// events is its own.
type worker struct {
	parser fastjson.Parser
}

func (w *worker) handle(dst, event []byte) ([]byte, error) {
	v, err := w.parser.ParseBytes(event)
	if err != nil {
		return nil, err
	}
	switch {
	case v.Exists("fail"):
		return nil, errors.New(string(v.GetStringBytes("fail")))
	case v.Exists("panic"):
		panic(string(v.GetStringBytes("panic")))
	}
	time.Sleep(time.Duration(v.GetInt("ms")) * time.Millisecond)
	if echo := v.Get("echo"); echo != nil {
		return echo.MarshalTo(dst), nil
	}
	return append(dst, "null"...), nil
}
