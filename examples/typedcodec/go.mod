module github.com/minlambda/minlambda/examples/typedcodec

go 1.24.0

require (
	github.com/goccy/go-json v0.12.0
	github.com/minlambda/minlambda v0.0.0
)

require github.com/valyala/bytebufferpool v1.0.0 // indirect

replace github.com/minlambda/minlambda => ../..
