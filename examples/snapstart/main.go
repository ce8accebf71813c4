// Snapstart answers every event with an ID of its process, which is drawn after
// the snapshot: two processes that are made of one snapshot have different ones.
package main

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/minlambda/minlambda"
	"github.com/minlambda/minlambda/snapstart"
)

var id string

// draw draws a new ID. In the start-up alone, it would be a part of the snapshot.
func draw() error {
	b := make([]byte, 8)
	if _, err := rand.Read(b); err != nil {
		return err
	}
	id = hex.EncodeToString(b)
	return nil
}

func main() {
	minlambda.Init(draw)
	snapstart.AfterRestore(draw)

	// Does nothing without SnapStart.
	snapstart.Wait()

	minlambda.RunOK(func(dst, event []byte) []byte {
		dst = append(dst, `{"id":"`...)
		dst = append(dst, id...)
		return append(dst, `"}`...)
	})
}
