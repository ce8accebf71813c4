module github.com/minlambda/minlambda/cmd/minlambda

go 1.24.0

require (
	github.com/alecthomas/kong v1.17.0
	github.com/minlambda/minlambda v0.1.0
	github.com/schollz/progressbar/v3 v3.18.0
	golang.org/x/sys v0.40.0
	golang.org/x/term v0.39.0
)

require (
	github.com/mitchellh/colorstring v0.0.0-20190213212951-d06e56a500db // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
)
