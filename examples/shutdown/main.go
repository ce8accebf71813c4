// Shutdown sleeps as long as the event says, {"ms":N}, and answers "ok". When
// Lambda takes its environment down, or a terminal sends SIGINT, it says how many
// events it has served.
package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/shutdown"
	"github.com/valyala/fastjson"
)

func main() {
	var served atomic.Int64
	// It runs when no handler does any more; other callbacks would run before it
	// that were registered after it.
	shutdown.Register(func() { fmt.Println("goodbye after", served.Load()) })
	var parser fastjson.Parser
	minlambda.RunInvocation(func(inv *minlambda.Invocation) error {
		v, err := parser.ParseBytes(inv.Event())
		if err != nil {
			return err
		}
		time.Sleep(time.Duration(v.GetInt("ms")) * time.Millisecond)
		served.Add(1)
		_, err = inv.WriteString(`"ok"`)
		return err
	})
}
