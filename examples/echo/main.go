// Echo answers every event with the event itself, byte for byte.
package main

import "github.com/minlambda/minlambda"

func main() {
	minlambda.Run(func(dst, event []byte) ([]byte, error) {
		// event stays as it is until the response is sent, so it may be the
		// response. append(dst, event...) would do the same with a copy.
		return event, nil
	})
}
