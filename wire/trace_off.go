//go:build !minlambda_trace

package wire

// trace does nothing without the build tag minlambda_trace, and is not compiled.
func trace(byte, []byte) {}
