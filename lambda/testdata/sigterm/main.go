// Sigterm answers with what its callbacks have done.
package main

import (
	"os"
	"strings"
	"sync"

	"github.com/minlambda/minlambda/lambda"
)

func main() {
	var mu sync.Mutex
	var called []string
	note := func(name string) func() {
		return func() {
			mu.Lock()
			defer mu.Unlock()
			called = append(called, name)
		}
	}
	options := []lambda.Option{
		lambda.WithEnableSIGTERM(note("first")), lambda.WithEnableSIGTERM(note("second")),
	}
	if os.Getenv("CALLBACKS") == "none" {
		options = []lambda.Option{lambda.WithEnableSIGTERM()}
	}
	lambda.StartWithOptions(func() (string, error) {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(called, " "), nil
	}, options...)
}
