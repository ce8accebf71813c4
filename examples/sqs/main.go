// Sqs works through a batch of messages from an SQS queue, and names those that failed, so that
// only they are delivered again (ReportBatchItemFailures). A message is an order, such as
// {"order":17}; one without a number fails.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/minlambda/minlambda/lambdajson"
	"github.com/valyala/fastjson"
)

var errNoOrder = errors.New(`the message has no number "order"`)

func main() {
	var parser fastjson.Parser
	lambdajson.Run(func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
		failures, n := a.NewArray(), 0
		for _, message := range event.GetArray("Records") {
			if err := take(&parser, message.GetStringBytes("body")); err != nil {
				fmt.Fprintf(os.Stderr, "message %s: %v\n", message.GetStringBytes("messageId"), err)
				failure := a.NewObject()
				failure.Set("itemIdentifier", message.Get("messageId"))
				failures.SetArrayItem(n, failure)
				n++
			}
		}
		response := a.NewObject()
		response.Set("batchItemFailures", failures)
		return response, nil
	})
}

// take takes the order in body.
func take(parser *fastjson.Parser, body []byte) error {
	message, err := parser.ParseBytes(body)
	if err != nil {
		return err
	}
	if !message.Exists("order") || message.Get("order").Type() != fastjson.TypeNumber {
		return errNoOrder
	}
	return nil
}
