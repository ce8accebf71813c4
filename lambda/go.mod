module github.com/minlambda/minlambda/lambda

// aws-lambda-go 1.55 says go 1.26, so this module can't say less. The library
// itself asks for less.
go 1.26

require (
	github.com/aws/aws-lambda-go v1.55.1
	github.com/minlambda/minlambda v0.1.0
)

require github.com/valyala/bytebufferpool v1.0.0 // indirect

replace github.com/minlambda/minlambda => ../
