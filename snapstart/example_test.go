package snapstart_test

import (
	"crypto/rand"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/snapstart"
)

// What must differ from process to process is drawn after the restore.
func Example() {
	prefix := rand.Text() // where there is no SnapStart
	snapstart.AfterRestore(func() error {
		prefix = rand.Text()
		return nil
	})
	snapstart.Wait()
	minlambda.RunOK(func(dst, event []byte) []byte { return append(dst, prefix...) })
}
