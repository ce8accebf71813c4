// Shapes are small functions as people have them: an upload's address, a queue's worker, fields of
// logs, a database that has to be closed. The environment variable FORM says which.
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/minlambda/minlambda/lambda"
)

func main() {
	switch os.Getenv("FORM") {
	case "upload":
		lambda.Start(upload)
	case "queue":
		w := &worker{seen: map[string]bool{}}
		lambda.Start(w.work)
	case "fields":
		lambda.Start(fields)
	case "database":
		db := &database{rows: map[string]int{}}
		lambda.StartWithOptions(db.count, lambda.WithEnableSIGTERM(db.close))
	}
}

// upload answers a REST API with an address to which a file may be put for a quarter of an hour:
// Signature Version 4 in the query.
func upload(_ context.Context, r events.APIGatewayProxyRequest) (
	events.APIGatewayProxyResponse, error,
) {
	respond := func(status int, v any) (events.APIGatewayProxyResponse, error) {
		body, err := json.Marshal(v)
		return events.APIGatewayProxyResponse{
			StatusCode: status, Body: string(body),
			Headers: map[string]string{
				"Content-Type": "application/json", "Access-Control-Allow-Origin": "*",
			},
		}, err
	}
	name := r.QueryStringParameters["name"]
	if r.HTTPMethod != "GET" || name == "" || strings.Contains(name, "/") {
		return respond(400, map[string]string{"error": "a name is needed"})
	}
	at := time.UnixMilli(r.RequestContext.RequestTimeEpoch).UTC()
	day, second := at.Format("20060102"), at.Format("20060102T150405Z")
	scope := day + "/eu-central-1/s3/aws4_request"
	const host = "uploads.s3.eu-central-1.amazonaws.com"
	query := url.Values{
		"X-Amz-Algorithm": {"AWS4-HMAC-SHA256"}, "X-Amz-Credential": {"AKID/" + scope},
		"X-Amz-Date": {second}, "X-Amz-Expires": {"900"}, "X-Amz-SignedHeaders": {"host"},
	}.Encode()
	path := "/" + url.PathEscape(r.RequestContext.AccountID+"-"+name)
	request := strings.Join([]string{"PUT", path, query, "host:" + host, "", "host",
		"UNSIGNED-PAYLOAD"}, "\n")
	sum := sha256.Sum256([]byte(request))
	text := "AWS4-HMAC-SHA256\n" + second + "\n" + scope + "\n" + hex.EncodeToString(sum[:])
	key := []byte("AWS4secret")
	for _, part := range append(strings.Split(scope, "/"), text) {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(part))
		key = h.Sum(nil)
	}
	address := "https://" + host + path + "?" + query + "&X-Amz-Signature=" +
		hex.EncodeToString(key)
	return respond(200, map[string]string{"url": address})
}

// A worker handles messages once, and says which are to come again.
type worker struct {
	mu   sync.Mutex
	seen map[string]bool
}

type job struct {
	ID    string `json:"id"`
	Cents int    `json:"cents"`
}

func (w *worker) work(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
	var response events.SQSEventResponse
	for _, m := range e.Records {
		if err := w.one(ctx, m); err != nil {
			fmt.Fprintln(os.Stderr, m.MessageId, err)
			response.BatchItemFailures = append(response.BatchItemFailures,
				events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	if len(e.Records) > 0 && len(response.BatchItemFailures) == len(e.Records) {
		return response, errors.New("no message of the batch was handled")
	}
	return response, nil
}

func (w *worker) one(ctx context.Context, m events.SQSMessage) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var j job
	if err := json.Unmarshal([]byte(m.Body), &j); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if j.Cents <= 0 {
		return fmt.Errorf("job %s: %d cents", j.ID, j.Cents)
	}
	w.seen[j.ID] = true
	return nil
}

// fields logs what Lambda says about the invocation.
func fields(ctx context.Context, e map[string]any) (map[string]any, error) {
	lc, ok := lambdacontext.FromContext(ctx)
	if !ok {
		return nil, errors.New("no Lambda context")
	}
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})).With("request", lc.AwsRequestID, "function", lambdacontext.FunctionName, "arn",
		lc.InvokedFunctionArn)
	logger.Info("event", "fields", len(e))
	if len(e) == 0 {
		logger.Warn("nothing to do")
	}
	return map[string]any{"request": lc.AwsRequestID, "fields": e}, nil
}

type database struct {
	mu     sync.Mutex
	rows   map[string]int
	closed bool
}

func (db *database) count(row string) (int, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return 0, errors.New("the database is closed")
	}
	db.rows[row]++
	return db.rows[row], nil
}

func (db *database) close() {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.closed = true
	fmt.Println("closed with", len(db.rows), "rows")
}
