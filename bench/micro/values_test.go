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
		response := a.NewObject()
		response.Set("greeting", a.NewStringBytes(text))
		return response, nil
	}
}

func pickGateway(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
	ctx := event.Get("requestContext")
	response := a.NewObject()
	response.Set("name", a.NewStringBytes(event.GetStringBytes("pathParameters", "name")))
	response.Set("lang", a.NewStringBytes(event.GetStringBytes("queryStringParameters", "lang")))
	response.Set("path", a.NewStringBytes(event.GetStringBytes("rawPath")))
	response.Set("from", a.NewStringBytes(ctx.GetStringBytes("http", "sourceIp")))
	response.Set("at", a.NewNumberInt(ctx.GetInt("timeEpoch")))
	return response, nil
}

func pickURL(a *fastjson.Arena, event *fastjson.Value) (*fastjson.Value, error) {
	ctx := event.Get("requestContext")
	response := a.NewObject()
	response.Set("method", a.NewStringBytes(ctx.GetStringBytes("http", "method")))
	response.Set("path", a.NewStringBytes(event.GetStringBytes("rawPath")))
	response.Set("body", a.NewStringBytes(event.GetStringBytes("body")))
	response.Set("from", a.NewStringBytes(ctx.GetStringBytes("http", "sourceIp")))
	response.Set("at", a.NewNumberInt(ctx.GetInt("timeEpoch")))
	return response, nil
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
	response := a.NewObject()
	response.Set("objects", objects)
	return response, nil
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
	response := a.NewObject()
	response.Set("messages", messages)
	return response, nil
}
