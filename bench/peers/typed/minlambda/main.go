// Minlambda takes orders with a handler over bytes, and encoding/json inside.
package main

import (
	"encoding/json"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/bench/internal/apigateway"
)

func main() {
	minlambda.Run(func(_, event []byte) ([]byte, error) {
		var in apigateway.In
		if err := json.Unmarshal(event, &in); err != nil {
			return nil, err
		}
		return json.Marshal(apigateway.Take(&in))
	})
}
