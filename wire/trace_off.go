//go:build !minlambda_trace

package wire

// trace does nothing without the build tag minlambda_trace, and is not compiled in.
func trace(byte, []byte) {}
