//go:build !minlambda_poison

package minlambda

// poisonAlways is false without the build tag minlambda_poison, and what it
// guards is not compiled.
const poisonAlways = false
