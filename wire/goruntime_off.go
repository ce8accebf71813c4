//go:build !linux || !(amd64 || arm64) || minlambda_net || minlambda_nolink

package wire

import "time"

var started = time.Now()

// nanotime returns the time of a monotonic clock, in nanoseconds.
func nanotime() int64 { return int64(time.Since(started)) }
