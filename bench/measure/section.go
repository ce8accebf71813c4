// Package measure runs the peers side by side and says what each has cost. A
// section is one question; its rounds are interleaved, so that whatever else
// the machine does hits all peers alike.
package measure

import (
	"context"

	"github.com/minlambda/minlambda/bench/record"
)

// A Section measures one thing, such as "echo" or "coldstart".
type Section struct {
	Name string

	// Run measures it. It calls progress with the fraction done, from 0 to 1,
	// and with what it is at; quick makes a smoke run whose figures mean
	// nothing.
	Run func(ctx context.Context, quick bool, progress func(done float64, at string)) ([]record.Row, error)
}
