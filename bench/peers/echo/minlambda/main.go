// Minlambda is the library as people use it: a response and the request for
// the next event leave in one write. Built with the tag minlambda_net it is
// the same over package net.
package main

import (
	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/bench/internal/echo"
)

func main() {
	minlambda.Run(func(_, event []byte) ([]byte, error) { return echo.Respond(event), nil })
}
