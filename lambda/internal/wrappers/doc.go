// Package wrappers tests what programs put around a handler: aws-lambda-go-api-proxy with its
// routers, and OpenTelemetry's wrappers, over package lambda. It is a module of its own, so that
// what it requires reaches nobody.
package wrappers
