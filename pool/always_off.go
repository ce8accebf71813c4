//go:build !minlambda_poison

package pool

// Always is false without the build tag minlambda_poison; the compiler drops the code that it
// guards.
const Always = false
