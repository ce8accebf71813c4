//go:build linux

package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minlambda/minlambda/internal/program"
)

// patience bounds every wait of these tests: it is only used up when something
// hangs.
const patience = time.Minute

func TestMain(m *testing.M) {
	program.Parallel()
	var err error
	if built.dir, err = os.MkdirTemp("", "conformance-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(built.dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// built are the programs that tests have asked for so far.
var built = struct {
	sync.Mutex
	dir   string            // where they lie
	files map[string]string // by package
}{files: map[string]string{}}

// build has the go command make a program of a package, once, as people do for
// Lambda, and returns its file.
func build(t *testing.T, pkg string) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if file := built.files[pkg]; file != "" {
		return file
	}
	file := filepath.Join(built.dir, strings.NewReplacer("/", "-", ".", "").Replace(pkg))
	cmd := exec.Command("go", "build", "-trimpath", "-o", file, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	built.files[pkg] = file
	return file
}

const (
	emulatorPackage = "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie"
	library         = "github.com/minlambda/minlambda"
)

// A runtime is what a program is made with.
type runtime int

const (
	ours runtime = iota
	control
)

var runtimes = []runtime{ours, control}

func (r runtime) String() string { return [...]string{"ours", "aws-lambda-go"}[r] }

// program is the package of the program that does what package act says.
func (r runtime) program() string {
	return [...]string{"./programs/ours", "./programs/control"}[r]
}
