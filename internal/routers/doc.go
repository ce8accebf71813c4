// Package routers tests lambdahttp with the routers that people have: the standard mux, chi, gin
// and echo. Each answers over net/http's own server and behind every service, and must answer the
// same. It counts too in how many cases package lambdahttp, and aws-lambda-go-api-proxy, do that.
//
//	go test -C internal/routers -v ./...
//
// It is a module of its own, so that no router is anybody's requirement.
package routers
