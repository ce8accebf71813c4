package release

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

const (
	repository = "../.."
	library    = "github.com/minlambda/minlambda"
	tool       = library + "/cmd/minlambda"
	nested     = library + "/lambda"
)

// A tree holds the files of a module, by their slash-separated path in it.
type tree map[string][]byte

// repositoryFiles returns the files below dir of the repository that are in version control, or
// would be after git add.
func repositoryFiles(dir string) (tree, error) {
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = filepath.Join(repository, dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%v in %s, which must be a checkout: %w", cmd, cmd.Dir, err)
	}
	files := tree{}
	for _, name := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(cmd.Dir, name))
		if os.IsNotExist(err) { // removed, but not yet with git rm
			continue
		}
		if err != nil {
			return nil, err
		}
		files[name] = text
	}
	return files, nil
}

// write puts the files into a directory.
func (files tree) write(dir string) error {
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o755); err != nil { // some are scripts
			return err
		}
	}
	return nil
}

// publish puts a module of these files on the proxy in the directory proxy. It leaves out what a
// module does not contain, such as modules inside it.
func publish(proxy, path, version string, files tree) error {
	m := module.Version{Path: path, Version: version}
	dir := filepath.Join(proxy, filepath.FromSlash(path), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var list []zip.File
	for name := range files {
		list = append(list, file{name, files[name]})
	}
	archive, err := os.Create(filepath.Join(dir, version+".zip"))
	if err != nil {
		return err
	}
	defer archive.Close()
	if err := zip.Create(archive, m, list); err != nil {
		return fmt.Errorf("%s: %w", m, err)
	}
	info, err := json.Marshal(struct {
		Version string
		Time    time.Time
	}{version, time.Now()})
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		version + ".info": info, version + ".mod": files["go.mod"], "list": []byte(version + "\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return archive.Close()
}

// A file of a tree, for package zip.
type file struct {
	name string
	text []byte
}

func (f file) Path() string                { return f.name }
func (f file) Lstat() (os.FileInfo, error) { return fileInfo{f}, nil }
func (f file) Open() (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(string(f.text))), nil
}

type fileInfo struct{ file }

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return int64(len(i.text)) }
func (i fileInfo) Mode() os.FileMode  { return 0o644 }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return false }
func (i fileInfo) Sys() any           { return nil }

// requirement returns the version of the library that a module in dir requires: the version to be
// released next, or the last one released.
func requirement(dir string, files tree) (string, error) {
	mod, err := modfile.Parse(dir+"/go.mod", files["go.mod"], nil)
	if err != nil {
		return "", err
	}
	for _, r := range mod.Require {
		if r.Mod.Path == library {
			return r.Mod.Version, nil
		}
	}
	return "", fmt.Errorf("%s/go.mod does not require %s", dir, library)
}
