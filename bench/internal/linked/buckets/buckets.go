// Package buckets is what functions do that use AWS's SDK: they load its configuration from the
// environment when they start, and call S3 for each event.
package buckets

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A Counter counts the buckets of an account.
type Counter struct{ client *s3.Client }

// NewCounter returns a Counter for the account, region and endpoint of the environment.
func NewCounter(ctx context.Context) (*Counter, error) {
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	return &Counter{s3.NewFromConfig(c)}, nil
}

// Count asks S3 for the buckets, and returns how many there are.
func (c *Counter) Count(ctx context.Context) (int, error) {
	out, err := c.client.ListBuckets(ctx, &s3.ListBucketsInput{})
	if err != nil {
		return 0, err
	}
	return len(out.Buckets), nil
}
