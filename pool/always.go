//go:build minlambda_poison

package pool

// Always makes the users of this package poison their buffers, whatever their own settings say. It
// is for running a program that hides its loop behind Run, or a whole test suite, to find handlers
// that keep memory that is not theirs.
const Always = true
