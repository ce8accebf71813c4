// Package bench measures this runtime beside aws-lambda-go and beside floors. Each is a whole
// process of its own; all run the same handler, are driven by the same server, and take turns.
// Package bench is a module of its own, so that rivals stay out of the library's go.mod.
//
//	go test -C bench -bench . .
//
// ends with a table of ratios. README.md explains its lines. Read compare_test.go first: it has the
// benchmarks. Below internal, package launch lists what is compared, builds and starts it; package
// measure lets the peers take turns; package results keeps and compares what was found; package
// server plays the Runtime API; package proc asks the system what a process has cost.
package bench
