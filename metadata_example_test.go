package minlambda_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/minlambda/minlambda"
)

// A context says what Lambda says about its invocation.
func ExampleFromContext() {
	minlambda.RunInvocation(func(inv *minlambda.Invocation) error {
		return store(inv.Context(), inv.Event())
	})
}

// store is somewhere that no Invocation reaches.
func store(ctx context.Context, event []byte) error {
	about, ok := minlambda.FromContext(ctx)
	if !ok {
		return errors.New("not in an invocation")
	}
	fmt.Println(about.RequestID(), about.FunctionARN(), len(event))
	return nil
}
