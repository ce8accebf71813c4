//go:build !linux

// Package pause sleeps without the Go runtime's poller, where that is of use.
package pause

import "time"

// For sleeps for d.
func For(d time.Duration) { time.Sleep(d) }
