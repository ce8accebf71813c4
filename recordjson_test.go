package minlambda_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/minlambda/minlambda"
)

// A Record as JSON has Lambda's fields in their order, those that are empty left out, and a time to
// the millisecond in UTC, whatever zone it comes in.
func TestRecordJSON(t *testing.T) {
	zone := time.FixedZone("", -3*60*60)
	for _, c := range []struct {
		r    minlambda.Record
		at   time.Time
		want string
	}{
		{minlambda.Record{Level: minlambda.LevelError, RequestID: "7", TenantID: "blue",
			Type: "errorString", Message: "no\n\"tea\""},
			time.Date(2026, 11, 25, 21, 0, 59, 7_999_999, zone),
			`{"timestamp":"2026-11-26T00:00:59.007Z","level":"ERROR","requestId":"7",` +
				`"tenantId":"blue","message":"no\n\"tea\"","errorType":"errorString",` +
				`"errorMessage":"no\n\"tea\""}`},
		{minlambda.Record{Message: "m"}, time.UnixMilli(0),
			`{"timestamp":"1970-01-01T00:00:00.000Z","level":"INFO","message":"m"}`},
		{minlambda.Record{Level: minlambda.LevelTrace}, time.UnixMilli(-1),
			`{"timestamp":"1970-01-01T00:00:00.000Z","level":"TRACE"}`},
	} {
		if got := c.r.JSON(c.at); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// A context says what Lambda says about its invocation.
func ExampleFromContext() {
	minlambda.RunInvocation(func(inv *minlambda.Invocation) error {
		return store(inv.Context(), inv.Event())
	})
}

// store is somewhere that no Invocation reaches.
func store(ctx context.Context, event []byte) error {
	about, ok := minlambda.FromContext(ctx)
	if !ok {
		return errors.New("not in an invocation")
	}
	fmt.Println(about.RequestID(), about.FunctionARN(), len(event))
	return nil
}
