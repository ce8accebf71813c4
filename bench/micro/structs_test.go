package micro

// The structs have only the fields that the response needs, so that a library that skips the others
// gains by it. Each event has a value of its own, as in a typed handler. Otherwise what the last
// event left in the fields would be taken for the next one's.

func typed[In, Out any](pick func(*In) Out) func(codec) responder {
	return func(c codec) responder {
		return func(event []byte) ([]byte, error) {
			in := new(In)
			if err := c.unmarshal(event, in); err != nil {
				return nil, err
			}
			return c.marshal(pick(in))
		}
	}
}

type greetingEvent struct {
	Name string `json:"name"`
}

type greetingAnswer struct {
	Greeting string `json:"greeting"`
}

func greet(e *greetingEvent) greetingAnswer {
	return greetingAnswer{"Hello, " + e.Name + "!"}
}

type requestContext struct {
	HTTP struct {
		Method   string `json:"method"`
		SourceIP string `json:"sourceIp"`
	} `json:"http"`
	TimeEpoch int64 `json:"timeEpoch"`
}

type gatewayEvent struct {
	RawPath        string         `json:"rawPath"`
	Path           namedPath      `json:"pathParameters"`
	Query          langQuery      `json:"queryStringParameters"`
	RequestContext requestContext `json:"requestContext"`
}

type namedPath struct {
	Name string `json:"name"`
}

type langQuery struct {
	Lang string `json:"lang"`
}

type gatewayAnswer struct {
	Name string `json:"name"`
	Lang string `json:"lang"`
	Path string `json:"path"`
	From string `json:"from"`
	At   int64  `json:"at"`
}

func (e *gatewayEvent) pick() gatewayAnswer {
	return gatewayAnswer{
		e.Path.Name,
		e.Query.Lang,
		e.RawPath,
		e.RequestContext.HTTP.SourceIP,
		e.RequestContext.TimeEpoch,
	}
}

type urlEvent struct {
	RawPath        string         `json:"rawPath"`
	Body           string         `json:"body"`
	RequestContext requestContext `json:"requestContext"`
}

type urlAnswer struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Body   string `json:"body"`
	From   string `json:"from"`
	At     int64  `json:"at"`
}

func (e *urlEvent) pick() urlAnswer {
	ctx := &e.RequestContext
	return urlAnswer{ctx.HTTP.Method, e.RawPath, e.Body, ctx.HTTP.SourceIP, ctx.TimeEpoch}
}

type s3Event struct {
	Records []struct {
		EventName string `json:"eventName"`
		S3        struct {
			Bucket struct {
				Name string `json:"name"`
			} `json:"bucket"`
			Object struct {
				Key  string `json:"key"`
				Size int64  `json:"size"`
			} `json:"object"`
		} `json:"s3"`
	}
}

type s3Answer struct {
	Objects []s3Object `json:"objects"`
}

type s3Object struct {
	Event  string `json:"event"`
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
	Size   int64  `json:"size"`
}

func (e *s3Event) pick() s3Answer {
	objects := make([]s3Object, len(e.Records))
	for i := range e.Records {
		r := &e.Records[i]
		objects[i] = s3Object{r.EventName, r.S3.Bucket.Name, r.S3.Object.Key, r.S3.Object.Size}
	}
	return s3Answer{objects}
}

type sqsEvent struct {
	Records []struct {
		MessageID  string `json:"messageId"`
		Body       string `json:"body"`
		Attributes struct {
			Received string `json:"ApproximateReceiveCount"`
		} `json:"attributes"`
		MessageAttributes struct {
			Source struct {
				StringValue string `json:"stringValue"`
			} `json:"source"`
		} `json:"messageAttributes"`
	}
}

type sqsAnswer struct {
	Messages []sqsMessage `json:"messages"`
}

type sqsMessage struct {
	ID       string `json:"id"`
	Body     string `json:"body"`
	Received string `json:"received"`
	Source   string `json:"source"`
}

func (e *sqsEvent) pick() sqsAnswer {
	messages := make([]sqsMessage, len(e.Records))
	for i := range e.Records {
		r := &e.Records[i]
		messages[i] = sqsMessage{
			r.MessageID,
			r.Body,
			r.Attributes.Received,
			r.MessageAttributes.Source.StringValue,
		}
	}
	return sqsAnswer{messages}
}
