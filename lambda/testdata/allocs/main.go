// Allocs greets, and says in its last answer how many allocations and bytes an invocation has taken
// since it was warm.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"github.com/minlambda/minlambda/lambda"
)

const warm, last = 200, 2200

type in struct {
	Name string            `json:"name"`
	Tags map[string]string `json:"tags"`
}

type out struct {
	Greeting string `json:"greeting"`
}

var (
	n      int
	before runtime.MemStats
)

func count() string {
	var after runtime.MemStats
	switch n++; n {
	case warm:
		runtime.ReadMemStats(&before)
	case last:
		runtime.ReadMemStats(&after)
		return fmt.Sprintf("%.2f %.0f", float64(after.Mallocs-before.Mallocs)/(last-warm),
			float64(after.TotalAlloc-before.TotalAlloc)/(last-warm))
	}
	return "Hello"
}

type echo struct{}

func (echo) Invoke(_ context.Context, b []byte) ([]byte, error) {
	if s := count(); s != "Hello" {
		return []byte(s), nil
	}
	return b, nil
}

func main() {
	if os.Getenv("FORM") == "bytes" {
		lambda.Start(echo{})
	}
	lambda.Start(func(_ context.Context, i in) (out, error) {
		return out{count() + ", " + i.Name}, nil
	})
}
