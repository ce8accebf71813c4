//go:build !linux

package minlambda

import "time"

func sleep(d time.Duration) { time.Sleep(d) }
