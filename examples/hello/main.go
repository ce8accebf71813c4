// Hello answers every event with the same JSON string.
package main

import "github.com/minlambda/minlambda"

func main() {
	minlambda.RunOK(func(dst, event []byte) []byte {
		return append(dst, `"Hello, world!"`...)
	})
}
