package lambda

import (
	"context"
	"errors"
	"fmt"
	"reflect"
)

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// typed is a handler over Go types, as package reflect sees it.
type typed struct {
	call         reflect.Value
	takesContext bool
	in           reflect.Type // nil if it takes no event
	outs         int
}

// look finds out what a handler takes and returns. The texts of the errors are those that callers
// of aws-lambda-go know.
func (t *typed) look(handler any) error {
	if handler == nil {
		return errors.New("handler is nil")
	}
	t.call = reflect.ValueOf(handler)
	h := t.call.Type()
	if h.Kind() != reflect.Func {
		return fmt.Errorf("handler kind %v is not func", h.Kind())
	}
	if err := t.lookAtArguments(h); err != nil {
		return err
	}
	t.outs = h.NumOut()
	switch {
	case t.outs > 2:
		return errors.New("handler may not return more than two values")
	case t.outs == 2 && !h.Out(1).Implements(errorType):
		return errors.New("handler returns two values, but the second does not implement error")
	case t.outs == 1 && !h.Out(0).Implements(errorType):
		return errors.New("handler returns a single value, but it does not implement error")
	}
	return nil
}

func (t *typed) lookAtArguments(h reflect.Type) error {
	switch h.NumIn() {
	case 0:
	case 1:
		first := h.In(0)
		// Any interface with methods is meant to be a context; the empty one takes events.
		if first.Kind() != reflect.Interface || first.NumMethod() == 0 {
			t.in = first
			break
		}
		if t.takesContext = isContext(first); !t.takesContext {
			return fmt.Errorf("handler takes an interface, but it is not context.Context: %q",
				first.Name())
		}
	case 2:
		first := h.In(0)
		if t.takesContext = isContext(first); !t.takesContext {
			return fmt.Errorf("handler takes two arguments, but the first is not Context. got %v",
				first.Kind())
		}
		t.in = h.In(1)
	default:
		return fmt.Errorf("handlers may not take more than two arguments, but handler takes %d",
			h.NumIn())
	}
	return nil
}

// isContext reports whether t is context.Context, or another interface of the same methods.
func isContext(t reflect.Type) bool {
	return t.Kind() == reflect.Interface && contextType.Implements(t) && t.Implements(contextType)
}
