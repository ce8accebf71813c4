package main

import (
	"testing"

	"github.com/minlambda/minlambda/internal/race"
	"github.com/minlambda/minlambda/lambdajson"
)

// A request allocates nothing.
func TestAllocations(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	handler := lambdajson.New(new(site).serve)
	for _, event := range []string{
		`{"rawPath":"/greeting","rawQueryString":"name=%C3%84da+L",` +
			`"requestContext":{"http":{"method":"GET"}}}`,
		`{"rawPath":"/visits","cookies":["a=b","visits=41"],` +
			`"requestContext":{"http":{"method":"GET"}}}`,
		`{"rawPath":"/echo","headers":{"content-type":"image/png"},"body":"AAEC/w==",` +
			`"isBase64Encoded":true,"requestContext":{"http":{"method":"POST"}}}`,
		`{"rawPath":"/","requestContext":{"http":{"method":"GET"}}}`,
	} {
		dst, in := make([]byte, 0, 4096), []byte(event)
		if n := testing.AllocsPerRun(1000, func() {
			if _, err := handler(dst, in); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", event, n)
		}
	}
}
