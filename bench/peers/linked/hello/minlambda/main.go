// Minlambda answers every event with the same text.
package main

import "github.com/minlambda/minlambda"

func main() {
	minlambda.RunOK(func(dst, _ []byte) []byte { return append(dst, `"Hello, world!"`...) })
}
