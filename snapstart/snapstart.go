// Package snapstart runs what has to be done before Lambda takes its snapshot of a
// function's process, and in each process that Lambda makes of the snapshot:
//
//	func main() {
//		minlambda.Init(start)
//		snapstart.BeforeSnapshot(closeConnections)
//		snapstart.AfterRestore(openConnections)
//		snapstart.Wait()
//		minlambda.Run(handle)
//	}
//
// It is for functions of OS-only runtimes in container images, with SnapStart on.
// Lambda publishes a version of such a function only if it calls [Wait], or its
// image has the label com.amazonaws.lambda.feature.snapstart=Allow. With the label
// and without Wait a function is restored too, and its hooks do not run (AWS
// Lambda developer guide, "Implementing SnapStart hooks for container images").
// Elsewhere, where the environment variable AWS_LAMBDA_INITIALIZATION_TYPE is not
// snap-start, Wait returns at once and no hook runs.
//
// # Hooks
//
// Hooks before the snapshot run in reverse order of their registration, those
// after the restore in the order of their registration, as in Lambda's runtime
// for Python. Each runs on the goroutine that has called Wait. The first one that
// returns an error, panics or calls runtime.Goexit ends the process: see [Wait].
//
// Start-up and hooks before the snapshot may take 130 seconds or, if that is more,
// the function's timeout. Hooks after the restore have 10 seconds.
//
// # What a snapshot keeps
//
// All processes that are made of one snapshot begin with the same memory:
//
//   - Entropy. What was drawn before the snapshot is the same in all of them: request
//     prefixes, keys, the seeds of generators. Draw it after the restore. Package
//     crypto/rand asks the kernel, which draws anew for each restored process. The
//     top-level functions of math/rand and math/rand/v2 do not: the Go runtime has
//     seeded their generator when the process started, and they give the same numbers
//     in each process. Where that matters use a rand.Rand whose seed is drawn from
//     crypto/rand by a hook after the restore (AWS Lambda developer guide, "Handling
//     uniqueness with Lambda SnapStart").
//   - Clocks. The time of day jumps by minutes to weeks, and CLOCK_MONOTONIC may jump
//     or not: a time.Time that was taken before the snapshot says nothing about
//     what has elapsed, and a time.Timer may fire late or at once. Measure anew.
//   - Connections. Their other ends have forgotten them: close them before the
//     snapshot or make them anew after the restore. The one to the Runtime API is
//     made anew by itself.
//   - Credentials, and what was looked up about the environment. What package
//     metadata knows is dropped by itself.
//   - Secrets. The buffers of the loop, and everything else in memory, are a part of
//     the snapshot, which Lambda encrypts. Before the first event no event is in
//     them.
//
// A smaller heap is restored faster: a hook before the snapshot may call
// debug.FreeOSMemory.
package snapstart

import (
	"sync"

	"github.com/minlambda/minlambda"
)

var hooks struct {
	sync.Mutex
	before, after []func() error
	waited        bool // Wait has been called
	frozen        bool // the hooks before the snapshot are running, or have run
	restored      bool // those after the restore are running, or have run
}

// BeforeSnapshot registers a function that is to run before the snapshot. It may
// be called from any goroutine, until Wait is called; later it panics, as the
// function would never run. So it does if f is nil.
func BeforeSnapshot(f func() error) { register(&hooks.before, &hooks.frozen, "BeforeSnapshot", f) }

// AfterRestore registers a function that is to run after the restore. It may be
// called from any goroutine, also by hooks before the snapshot; once Wait has
// begun to run hooks after the restore, or has returned, it panics, as the function
// would never run. So it does if f is nil.
func AfterRestore(f func() error) { register(&hooks.after, &hooks.restored, "AfterRestore", f) }

func register(list *[]func() error, late *bool, name string, f func() error) {
	hooks.Lock()
	defer hooks.Unlock()
	switch {
	case f == nil:
		panic("snapstart: " + name + " was given no function")
	case *late:
		panic("snapstart: " + name + " was called too late: the function would never run")
	}
	*list = append(*list, f)
}

// Wait runs the hooks before the snapshot, lets Lambda take it, and, in each
// process that is made of it, runs the hooks after the restore. Call it once, from
// main, as the last step of the start-up and before [minlambda.Run] or its like;
// a second call does nothing. Where AWS_LAMBDA_INITIALIZATION_TYPE is not
// snap-start, it returns at once, and no hook runs.
//
// It returns if all is well, and to nobody otherwise. What a hook fails with (its
// error, its panic with the stack, or its call of runtime.Goexit) is reported to
// the Runtime API, as Runtime.BeforeSnapshotError to /init/error or as
// Runtime.AfterRestoreError to /restore/error; it is printed on standard error, and
// the process exits with status 1. Lambda then does not publish the version, or
// answers the invocation with the error, and restores another process.
//
// Between the two kinds of hooks Wait asks the Runtime API for
// /runtime/restore/next, and waits for as long as the snapshot takes and lies:
// months, perhaps. A connection that is lost meanwhile is made anew, 9 times in
// 2.5 seconds; an answer other than 200 ends the process.
func Wait() {
	hooks.Lock()
	again := hooks.waited
	hooks.waited = true
	hooks.Unlock()
	if again {
		return
	}
	minlambda.SnapStart(before, after)
	take(&hooks.frozen, nil)
	take(&hooks.restored, nil)
}

// take ends the registration that late is about, and returns what was registered.
func take(late *bool, list *[]func() error) (all []func() error) {
	hooks.Lock()
	defer hooks.Unlock()
	*late = true
	if list != nil {
		all, *list = *list, nil
	}
	return all
}

func before() error {
	all := take(&hooks.frozen, &hooks.before)
	for i := len(all) - 1; i >= 0; i-- {
		if err := all[i](); err != nil {
			return err
		}
	}
	return nil
}

func after() error {
	for _, f := range take(&hooks.restored, &hooks.after) {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}
