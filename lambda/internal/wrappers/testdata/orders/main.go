// Orders is a small web service as people have them: a mux of net/http with middleware, and
// aws-lambda-go-api-proxy in front of it, behind an API Gateway.
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"

	"github.com/minlambda/minlambda/lambda"
)

func main() {
	s := &shop{orders: map[int]order{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", s.get)
	mux.HandleFunc("POST /orders", s.post)
	mux.HandleFunc("GET /who", who)
	mux.HandleFunc("GET /picture", picture)
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("no tea") })
	handler := logged(mux)
	if os.Getenv("FORM") == "v2" {
		lambda.Start(httpadapter.NewV2(handler).ProxyWithContext)
		return
	}
	lambda.Start(httpadapter.New(handler).ProxyWithContext)
}

// logged prints a line for each request.
func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.RequestURI(), r.Header.Get("User-Agent"))
		w.Header().Set("Access-Control-Allow-Origin", "*")
		next.ServeHTTP(w, r)
	})
}

type order struct {
	Item  string `json:"item"`
	Count int    `json:"count"`
}

type shop struct {
	mu     sync.Mutex
	orders map[int]order
}

func (s *shop) get(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	o, ok := s.orders[id]
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(o)
}

func (s *shop) post(w http.ResponseWriter, r *http.Request) {
	var o order
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		http.Error(w, "order: "+err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	id := len(s.orders) + 1
	s.orders[id] = o
	s.mu.Unlock()
	w.Header().Set("Location", "/orders/"+strconv.Itoa(id))
	http.SetCookie(w, &http.Cookie{Name: "last", Value: strconv.Itoa(id), HttpOnly: true})
	w.WriteHeader(http.StatusCreated)
}

// who says what the proxy and the runtime know about the request.
func who(w http.ResponseWriter, r *http.Request) {
	lc, ok := lambdacontext.FromContext(r.Context())
	if !ok {
		http.Error(w, "no Lambda context", http.StatusInternalServerError)
		return
	}
	v1, _ := core.GetAPIGatewayContextFromContext(r.Context())
	v2, _ := core.GetAPIGatewayV2ContextFromContext(r.Context())
	_, deadline := r.Context().Deadline()
	fmt.Fprintln(w, lc.AwsRequestID, lc.InvokedFunctionArn, cmp.Or(v1.Stage, v2.Stage), deadline,
		strings.Join(r.URL.Query()["tag"], "+"))
}

// picture is not text.
func picture(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/png")
	w.Write([]byte("\x89PNG\r\n\x1a\n\xff\xfe\x00"))
}
