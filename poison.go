//go:build minlambda_poison

package minlambda

// poisonAlways poisons every loop of the program, whatever its Poison says,
// and the memory of its JSON handlers: to run a program that hides its loop
// behind Run, or a whole test suite, in search of handlers that keep what is
// not theirs.
const poisonAlways = true
