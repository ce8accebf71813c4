package shutdown

import (
	"runtime"
	"strconv"
	"strings"

	"github.com/minlambda/minlambda"
)

// start calls a callback, and closes done when it has ended in whatever way.
func start(callback func()) (done <-chan struct{}) {
	over := make(chan struct{})
	go func() {
		defer close(over)
		defer func() {
			if v := recover(); v != nil {
				message := "minlambda: shutdown: a callback panicked: " + text(v) + raised()
				minlambda.Record{Level: minlambda.LevelError, Message: message}.Print()
			}
		}()
		callback()
	}()
	return over
}

// text is the value of a panic, of the kinds that programs panic with. What it calls is the
// user's, and may panic in turn.
func text(v any) (s string) {
	defer func() {
		if recover() != nil {
			s = "with a value whose method panicked in turn"
		}
	}()
	switch v := v.(type) {
	case error:
		return v.Error()
	case interface{ String() string }:
		return v.String()
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	}
	return "with a value of another type"
}

// raised says where the panic that is under way was raised: in which function, file and line. It
// must be called by the function that recovers it, or by one that that calls.
func raised() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for panicked := false; ; {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			panicked = true
		case panicked && !strings.HasPrefix(f.Function, "runtime."):
			file := f.File[strings.LastIndexByte(f.File, '/')+1:]
			return " in " + f.Function + ", " + file + ":" + strconv.Itoa(f.Line)
		}
		if !more {
			return ""
		}
	}
}
