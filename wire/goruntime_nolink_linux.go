//go:build (amd64 || arm64) && !minlambda_net && minlambda_nolink

package wire

import "syscall"

// restingRead reads like any other read: see goruntime.go.
func restingRead(fd int, p []byte, flags int) (int, syscall.Errno) {
	return socket{fd}.waitRead(p, flags, false)
}
