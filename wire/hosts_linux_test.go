package wire

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A file that is not text neither hangs a look-up nor fills the memory.
func TestLookupInAPipe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts")
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Skip(err)
	}
	if got, err := lookUp(t, file, "one"); got != "" || err != ErrAddrName {
		t.Errorf("a pipe nobody writes to: %q, %v", got, err)
	}
	if got, err := lookUp(t, "/dev/zero", "one"); got != "" || err != ErrHostsSize {
		t.Errorf("a file without an end: %q, %v", got, err)
	}
}
