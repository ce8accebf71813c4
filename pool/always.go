//go:build minlambda_poison

package pool

// Always has the users of this package poison their buffers, whatever else says
// so: to run a program that hides its loop behind Run, or a whole test suite, in
// search of handlers that keep what is not theirs.
const Always = true
