module github.com/minlambda/minlambda

go 1.24.0

require (
	github.com/valyala/bytebufferpool v1.0.0
	github.com/valyala/fastjson v1.6.10
)
