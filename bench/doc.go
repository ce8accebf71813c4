// Package bench measures this runtime beside aws-lambda-go and beside a floor:
// each is a whole process of its own, and all run the same handler, driven by
// the same server. It is a module of its own, so that rivals stay out of the
// library's go.mod.
//
//	go test -C bench -bench . .
//
// README.md says what the columns mean. Read echo_test.go first: it is the
// benchmark. Below internal, package launch lists what is compared, builds and starts it; package
// measure has the peers take turns, for reports, TestRatios and TestSparse; package
// server plays the Runtime API; package proc asks the system what a process has
// cost.
package bench
