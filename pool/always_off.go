//go:build !minlambda_poison

package pool

// Always is false without the build tag minlambda_poison, and what it guards is
// not compiled.
const Always = false
