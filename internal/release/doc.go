// Package release tests what only a user of a release sees. It publishes the library, the tool
// and lambda, as they are in this repository, to a module proxy made of files, and then does what a
// user does: installs, gets, builds and tests them, with the oldest Go that they promise to work
// with and an empty module cache. lambda, which needs a newer Go, is built with the Go at hand.
//
//	go test -C internal/release ./...
//
// It is a module of its own, so that what it needs is not required of anybody else. user_test.go is
// the file to read first.
package release
