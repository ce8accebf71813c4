// Hello is as small as a typed function comes: a test holds its size.
package main

import (
	"context"

	"github.com/minlambda/minlambda/typed"
)

func main() {
	typed.Run(func(_ context.Context, in struct{ Name string }) (string, error) {
		return "Hello, " + in.Name, nil
	})
}
