package lambdatest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
)

// FunctionError is an error that a function reported: for an invocation, for its start-up, or in
// the trailers of a streamed response.
type FunctionError struct {
	Message    string  // errorMessage
	Type       string  // errorType
	StackTrace []Frame // empty if there is none, or not in Go's form

	// Cause is what X-Ray would be told; nil if nothing was, or nothing that Lambda would keep. A
	// cause that is not valid is a violation.
	Cause *Cause

	Raw    []byte      // all bytes of the error, as posted
	Header http.Header // of the POST, with the error-type header
}

// Frame is one line of a stack trace, the innermost call first.
type Frame struct {
	Path  string `json:"path"`
	Line  int    `json:"line"`
	Label string `json:"label"` // the function
}

// Error returns the type and the message.
func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// newFunctionError reads the JSON of an error. If raw has none, the error has only Raw, and the
// note says so.
func newFunctionError(raw []byte, header http.Header) (fault *FunctionError, note string) {
	var fields struct {
		ErrorMessage string          `json:"errorMessage"`
		ErrorType    string          `json:"errorType"`
		StackTrace   json.RawMessage `json:"stackTrace"`
	}
	if err := json.Unmarshal(raw, &fields); err != nil {
		note = fmt.Sprintf("the error that was posted is not JSON: %v in %.200q", err, raw)
	}
	fault = &FunctionError{Message: fields.ErrorMessage, Type: fields.ErrorType, Raw: raw,
		Header: header}
	if len(fields.StackTrace) > 0 && json.Unmarshal(fields.StackTrace, &fault.StackTrace) != nil {
		fault.StackTrace = nil // other languages have frames of another form
	}
	cause, wrong := newCause(header)
	fault.Cause = cause
	if note == "" {
		note = wrong
	}
	return fault, note
}

// trailerError returns the error that a streamed response ended with; nil if it ended well.
func trailerError(header, trailer http.Header) (fault *FunctionError, note string) {
	kind := trailer.Get(errorType)
	if kind == "" {
		return nil, ""
	}
	text := trailer.Get(errorBody)
	raw, err := base64.StdEncoding.DecodeString(text)
	if text == "" { // noted as a fault of the stream
		return &FunctionError{Type: kind, Header: header}, ""
	}
	if err != nil {
		return &FunctionError{Type: kind, Header: header},
			fmt.Sprintf("the trailer's error body is not base64: %v", err)
	}
	fault, note = newFunctionError(raw, header)
	if fault.Type == "" {
		fault.Type = kind
	}
	return fault, note
}
