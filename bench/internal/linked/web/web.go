// Package web is what functions do that call a web server with package net/http.
package web

import (
	"context"
	"net/http"
	"os"
)

// URL names the environment variable that says which server it is.
const URL = "BENCH_URL"

// Status asks the server, and returns the status of its answer.
func Status(ctx context.Context) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, os.Getenv(URL), nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}
