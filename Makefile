# What CI runs is .ci/run; these are its parts, for work at hand.

FUZZTIME ?= 30s

.PHONY: test race lint bench fuzz ci

test: ## all modules
	go test ./... ./cmd/minlambda/... ./bench/...

race:
	go test -race ./... ./cmd/minlambda/...

lint:
	test -z "$$(gofmt -l .)"
	go vet ./... ./cmd/minlambda/... ./bench/...
	go run honnef.co/go/tools/cmd/staticcheck@v0.7.0 ./... ./cmd/minlambda/... ./bench/...

bench: ## the parser, then whole processes against aws-lambda-go
	go test -run '^$$' -bench . ./parse ./bench/micro
	go test -run '^$$' -bench . ./bench

fuzz: ## every target, FUZZTIME each
	sh fuzz/run $(FUZZTIME)

ci:
	bash .ci/run
