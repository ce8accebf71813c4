// Echo answers every event with the event itself, byte for byte.
package main

import "github.com/minlambda/minlambda"

func main() {
	minlambda.Run(func(dst, event []byte) ([]byte, error) {
		// The loop leaves event unchanged until the response is sent, so event may be the response.
		// append(dst, event...) would send a copy.
		return event, nil
	})
}
