// Package sdk tests minlambda with AWS's SDK for Go, as a function uses it: what
// the runtime does for the SDK shows in the requests that the SDK sends.
//
//	go test -C internal/sdk ./...
//
// It is a module of its own, so that the SDK is nobody's requirement.
package sdk
