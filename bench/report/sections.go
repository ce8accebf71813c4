package main

import "github.com/minlambda/minlambda/bench/measure"

// sections are all that is measured, in this order.
func sections() []measure.Section {
	return []measure.Section{{Name: "micro", Run: micro}}
}
