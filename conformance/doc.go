// Package conformance runs programs, ours and as a control aws-lambda-go's, under
// AWS's own emulator of the Runtime API, in both of its modes.
//
//	go test -C conformance -count=1 ./...
//
// README.md says what is run, what that needs, and what was found. Read
// emulator_test.go first. It is a module of its own, so that what it needs is
// nobody's requirement.
package conformance
