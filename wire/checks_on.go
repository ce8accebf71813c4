//go:build minlambda_poison

package wire

// checks has the invariants of inbox and outbox checked.
const checks = true
