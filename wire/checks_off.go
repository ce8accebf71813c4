//go:build !minlambda_poison

package wire

// checks is false without the build tag minlambda_poison, and what it guards is
// not compiled.
const checks = false
