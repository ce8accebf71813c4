// Package restores counts how often this process was restored from a snapshot,
// for those who keep what is not true any more afterwards. It is a leaf, so that
// who restores and who keeps need not know each other.
package restores

import "sync/atomic"

var count atomic.Uint32

// Add counts a restore. It comes before anything is done after the restore.
func Add() { count.Add(1) }

// Count returns how many there were. What was found out under another count
// belongs to another execution environment.
func Count() uint32 { return count.Load() }
