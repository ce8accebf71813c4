package micro

import (
	"github.com/minlambda/minlambda/lambdajson"
	"github.com/valyala/fastjson"
)

// The library's handlers decode each field and make a new value of it, as the structs do. Handing
// on the event's own values would be less work.

// newGreeter is examples/json.
func newGreeter() lambdajson.Handler {
	var text []byte
	return func(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
		text = append(text[:0], "Hello, "...)
		text = append(text, event.GetStringBytes("name")...)
		text = append(text, '!')
		answer := a.NewObject()
		answer.Set("greeting", a.NewStringBytes(text))
		return answer, nil
	}
}

func pickGateway(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
	ctx := event.Get("requestContext")
	answer := a.NewObject()
	answer.Set("name", a.NewStringBytes(event.GetStringBytes("pathParameters", "name")))
	answer.Set("lang", a.NewStringBytes(event.GetStringBytes("queryStringParameters", "lang")))
	answer.Set("path", a.NewStringBytes(event.GetStringBytes("rawPath")))
	answer.Set("from", a.NewStringBytes(ctx.GetStringBytes("http", "sourceIp")))
	answer.Set("at", a.NewNumberInt(ctx.GetInt("timeEpoch")))
	return answer, nil
}

func pickURL(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
	ctx := event.Get("requestContext")
	answer := a.NewObject()
	answer.Set("method", a.NewStringBytes(ctx.GetStringBytes("http", "method")))
	answer.Set("path", a.NewStringBytes(event.GetStringBytes("rawPath")))
	answer.Set("body", a.NewStringBytes(event.GetStringBytes("body")))
	answer.Set("from", a.NewStringBytes(ctx.GetStringBytes("http", "sourceIp")))
	answer.Set("at", a.NewNumberInt(ctx.GetInt("timeEpoch")))
	return answer, nil
}

func pickS3(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
	objects := a.NewArray()
	for i, r := range event.GetArray("Records") {
		object := a.NewObject()
		object.Set("event", a.NewStringBytes(r.GetStringBytes("eventName")))
		object.Set("bucket", a.NewStringBytes(r.GetStringBytes("s3", "bucket", "name")))
		object.Set("key", a.NewStringBytes(r.GetStringBytes("s3", "object", "key")))
		object.Set("size", a.NewNumberInt(r.GetInt("s3", "object", "size")))
		objects.SetArrayItem(i, object)
	}
	answer := a.NewObject()
	answer.Set("objects", objects)
	return answer, nil
}

func pickSQS(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
	messages := a.NewArray()
	for i, r := range event.GetArray("Records") {
		message := a.NewObject()
		message.Set("id", a.NewStringBytes(r.GetStringBytes("messageId")))
		message.Set("body", a.NewStringBytes(r.GetStringBytes("body")))
		message.Set(
			"received",
			a.NewStringBytes(r.GetStringBytes("attributes", "ApproximateReceiveCount")),
		)
		message.Set(
			"source",
			a.NewStringBytes(r.GetStringBytes("messageAttributes", "source", "stringValue")),
		)
		messages.SetArrayItem(i, message)
	}
	answer := a.NewObject()
	answer.Set("messages", messages)
	return answer, nil
}
