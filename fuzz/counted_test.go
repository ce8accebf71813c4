//go:build !race && !minlambda_poison

package fuzz

// counted says that allocations are the code's own: the race detector makes
// more, and so do poisoned buffers.
const counted = true
