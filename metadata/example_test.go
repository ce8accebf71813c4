package metadata_test

import (
	"context"
	"fmt"
	"os"

	"github.com/minlambda/minlambda/lambdatest"
	"github.com/minlambda/minlambda/metadata"
)

// The server of package lambdatest is the metadata endpoint, too.
func ExampleAvailabilityZoneID() {
	api := lambdatest.NewServer()
	defer api.Close()
	os.Setenv("AWS_LAMBDA_METADATA_API", api.Addr())
	os.Setenv("AWS_LAMBDA_METADATA_TOKEN", api.MetadataToken())
	api.SetZone("euc1-az2")

	zone, err := metadata.AvailabilityZoneID(context.Background())
	fmt.Printf("%s, error %v, violations %q\n", zone, err, api.Violations())
	// Output: euc1-az2, error <nil>, violations []
}
