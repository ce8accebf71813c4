// Package wrappers tests what programs put around a handler: aws-lambda-go-api-proxy over package
// lambda, and routers over package lambdahttp. It is a module of its own, so that what it requires
// reaches nobody.
package wrappers
