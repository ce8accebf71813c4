package main

import "github.com/minlambda/minlambda/bench/internal/measure"

// sections are all that is measured, in this order.
func sections() []measure.Section {
	return append(measure.Sections(), measure.Section{Name: "micro", Run: micro})
}
