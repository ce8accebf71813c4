// Package orders is an http.Handler that takes orders, as people write them behind an API Gateway.
// Its event is package apigateway's.
package orders

import (
	"encoding/json"
	"net/http"
)

// Response is the response to apigateway.Event.
const Response = `{"statusCode":201,"headers":{"Content-Type":"application/json"},` +
	`"body":"{\"order\":\"4711\",\"item\":\"teapot\",\"quantity\":2,\"dry\":\"false\"}\n"}`

// Handler returns the handler.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders/{id}", take)
	return mux
}

func take(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Item     string `json:"item"`
		Quantity int    `json:"quantity"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(struct {
		Order    string `json:"order"`
		Item     string `json:"item"`
		Quantity int    `json:"quantity"`
		Dry      string `json:"dry"`
	}{r.PathValue("id"), in.Item, in.Quantity, r.URL.Query().Get("dry")})
}
