package main

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// source is one flag that gives events, as it stands on the command line.
type source struct {
	place int // among all such flags, whatever their names
	text  string
}

// sources reads flags that give events. It counts them, so that their order across different flags
// is known.
type sources struct{ count int }

// Decode takes the flag's value. The value that kong would take can be missing, or be the next
// flag.
func (s *sources) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	token := ctx.Scan.Pop()
	text, _ := token.Value.(string)
	apart := token.Type == kong.UntypedToken // not as in --data=VALUE or -dVALUE
	switch {
	case token.IsEOL() && ctx.Value.Name == "data":
		return fmt.Errorf("no value follows (-d '' sends an empty event)")
	case token.IsEOL():
		return fmt.Errorf("no value follows")
	case apart && isFlag(text):
		return fmt.Errorf("expected a value, found %s (--%s=%[1]s passes it on)",
			text, ctx.Value.Name)
	}
	if token.Type == kong.ShortFlagTailToken {
		text = strings.TrimPrefix(text, "=") // -d=VALUE, as Go's own flags have it
	}
	s.count++
	target.Set(reflect.Append(target, reflect.ValueOf(source{s.count, text})))
	return nil
}

// isFlag reports whether text looks like a flag, rather than like a number, which may be an event,
// or like standard input.
func isFlag(text string) bool {
	return len(text) > 1 && text[0] == '-' && (text[1] < '0' || text[1] > '9')
}

// duration reads a duration in a flag: Go's notation, or a plain number of seconds.
func duration(ctx *kong.DecodeContext, target reflect.Value) error {
	token := ctx.Scan.Pop()
	text, _ := token.Value.(string)
	if token.IsEOL() {
		return fmt.Errorf("no value follows")
	}
	d, err := parseDuration(text)
	if err != nil {
		return err
	}
	target.SetInt(int64(d))
	return nil
}

func parseDuration(text string) (time.Duration, error) {
	exact := text
	if text != "" && strings.Trim(text, "+-.0123456789") == "" {
		exact += "s"
	}
	d, err := time.ParseDuration(exact)
	if err != nil {
		return 0, fmt.Errorf("expected a duration like 5s, 300ms or 5 (seconds), found %s",
			strconv.Quote(text))
	}
	return d, nil
}
