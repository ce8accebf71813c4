// Package release tests what only a user of a release sees. It publishes the library and the tool,
// as they are in this repository, to a module proxy made of files, and then does what a user does:
// installs, gets, builds and tests them, with the oldest Go that they promise to work with and an
// empty module cache.
//
//	go test -C internal/release ./...
//
// It is a module of its own, so that what it needs is not required of anybody else. user_test.go is
// the file to read first.
package release
