// Fetch answers {"url":"http://…"} with what it finds there. The request ends when the invocation
// does, and the body is read straight into the response's memory.
package main

import (
	"fmt"
	"net/http"

	"github.com/minlambda/minlambda"
	"github.com/valyala/fastjson"
)

func main() {
	var parser fastjson.Parser
	client := new(http.Client) // one, so that connections are used again
	minlambda.RunInvocation(func(inv *minlambda.Invocation) error {
		event, err := parser.ParseBytes(inv.Event())
		if err != nil {
			return err
		}
		url := string(event.GetStringBytes("url"))
		request, err := http.NewRequestWithContext(inv.Context(), http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		answer, err := client.Do(request)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", url, answer.Status)
		}
		if contentType := answer.Header.Get("Content-Type"); contentType != "" {
			inv.SetContentType(contentType)
		}
		_, err = inv.ReadFrom(answer.Body) // ErrResponseTooLarge beyond 6 MiB
		return err
	})
}
