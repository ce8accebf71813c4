//go:build goexperiment.jsonv2

package main

import (
	"encoding/json/v2"
	"io"
)

// JSONv2 is a typed.Codec as well: encoding/json/v2, where Go has it.
type JSONv2 struct{}

// Decode reads the event.
func (JSONv2) Decode(event []byte, v any) error { return json.Unmarshal(event, v) }

// Encode writes the response straight to where it is sent from.
func (JSONv2) Encode(w io.Writer, v any) error { return json.MarshalWrite(w, v) }
