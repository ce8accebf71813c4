// Http serves net/http's handlers behind function URLs, API Gateway and load balancers.
//
//	GET /greeting/{name}   Hello, Ada!
//	GET /count             counts to three, a line at a time, as a stream
package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/minlambda/minlambda/lambdahttp"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /greeting/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Hello, %s!\n", r.PathValue("name"))
	})
	mux.HandleFunc("GET /count", func(w http.ResponseWriter, r *http.Request) {
		for i := 1; i <= 3; i++ {
			fmt.Fprintln(w, i)
			if err := http.NewResponseController(w).Flush(); err != nil {
				return // nobody reads any more
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	lambdahttp.Run(mux)
}
