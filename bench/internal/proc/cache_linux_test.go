package proc

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestUncache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, make([]byte, 10*os.Getpagesize()+1), 0o644); err != nil {
		t.Fatal(err)
	}
	pages, of, err := Cached(file)
	if err != nil || pages != 11 || of != 11 {
		t.Errorf("after writing it, %d of %d pages are there, error %v", pages, of, err)
	}
	err = Uncache(file)
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err) // the file system is in memory
	}
	if err != nil {
		t.Fatal(err)
	}
	if pages, _, err = Cached(file); err != nil || pages != 0 {
		t.Errorf("after dropping them, %d pages are there, error %v", pages, err)
	}
}
