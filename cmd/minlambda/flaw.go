package main

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// flaw returns what keeps the system from running a file, as far as the file tells; empty if
// nothing does. The system says "no such file or directory" about a script whose interpreter is
// missing, and "exec format error" about most others.
func flaw(path string) string {
	head := headOf(path)
	switch {
	case len(head) == 0:
		return "it is empty, or cannot be read"
	case bytes.HasPrefix(head, []byte("#!")):
		return scriptFlaw(head)
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf#!")):
		return "a byte order mark (the bytes EF BB BF) comes before its #!: save it without"
	case bytes.HasPrefix(head, []byte("!<arch>\n")):
		return "it is an archive, as go build -o writes for a package that is not main"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return "it is a zip archive: unpack it, and give the bootstrap in it"
	}
	target, loader := targetOf(path)
	switch {
	case target == "":
		return "it is neither a program nor a script that begins with #!"
	case target != runtime.GOOS+"/"+runtime.GOARCH:
		return fmt.Sprintf("it is built for %s, and this machine is %s/%s",
			target, runtime.GOOS, runtime.GOARCH)
	case loader != "" && missing(loader):
		return fmt.Sprintf("its loader %s does not exist: it is built for another C library, "+
			"which CGO_ENABLED=0 does without", loader)
	}
	return ""
}

// headOf returns the beginning of a file, at least as much as a system looks at; nil if it cannot
// be read.
func headOf(path string) []byte {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	head := make([]byte, 4096)
	n, _ := io.ReadFull(file, head) // what can be read is enough
	return head[:n]
}

// scriptFlaw is flaw for a script that begins with head.
func scriptFlaw(head []byte) string {
	line, _, _ := bytes.Cut(head[2:], []byte("\n"))
	words := strings.Fields(string(line))
	switch {
	case runtime.GOOS == "windows":
		return "it is a script with #!, which Windows does not run"
	case len(words) == 0:
		return "its first line names no interpreter after #!"
	case crlf(head):
		return fmt.Sprintf("it is a script whose lines end in CRLF, so that its interpreter is "+
			"looked for as %q: save it with LF alone", words[0]+"\r")
	}
	interpreter := fmt.Sprintf("its interpreter %s, named after #! in its first line,", words[0])
	info, err := os.Stat(words[0])
	switch {
	case os.IsNotExist(err):
		return interpreter + " does not exist"
	case err == nil && (info.IsDir() || info.Mode()&0o111 == 0):
		return interpreter + " is not executable"
	}
	return ""
}

// crlf reports whether head begins a script whose first line ends in CRLF. For #!/usr/bin/env the
// system runs env, which then finds no such program.
func crlf(head []byte) bool {
	line, _, ok := bytes.Cut(head, []byte("\n"))
	return ok && bytes.HasPrefix(line, []byte("#!")) && bytes.HasSuffix(line, []byte("\r"))
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return os.IsNotExist(err)
}

// targetOf returns the system and the architecture that a program is built for, in Go's words, and
// the loader that it needs; empty if the file is not a program.
func targetOf(path string) (target, loader string) {
	if f, err := elf.Open(path); err == nil {
		defer f.Close()
		return elfTarget(f), elfLoader(f)
	}
	if f, err := macho.Open(path); err == nil {
		defer f.Close()
		cpus := map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}
		return "darwin/" + word(cpus, f.Cpu), ""
	}
	if f, err := macho.OpenFat(path); err == nil {
		defer f.Close()
		return "darwin/" + runtime.GOARCH, "" // for several architectures at once
	}
	if f, err := pe.Open(path); err == nil {
		defer f.Close()
		return "windows/" + word(map[uint16]string{pe.IMAGE_FILE_MACHINE_AMD64: "amd64",
			pe.IMAGE_FILE_MACHINE_ARM64: "arm64", pe.IMAGE_FILE_MACHINE_I386: "386"}, f.Machine), ""
	}
	return "", ""
}

func elfTarget(f *elf.File) string {
	system := word(map[elf.OSABI]string{
		elf.ELFOSABI_NONE: "linux", elf.ELFOSABI_LINUX: "linux", elf.ELFOSABI_FREEBSD: "freebsd",
	}, f.OSABI)
	return system + "/" + word(map[elf.Machine]string{
		elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64", elf.EM_386: "386", elf.EM_ARM: "arm",
		elf.EM_RISCV: "riscv64",
	}, f.Machine)
}

// elfLoader returns the program that the system starts to load this one; empty for a static one.
func elfLoader(f *elf.File) string {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			// A damaged file has no loader that could be named.
			name, _ := io.ReadAll(io.LimitReader(p.Open(), 4096))
			return strings.TrimRight(string(name), "\x00")
		}
	}
	return ""
}

// word returns the name of a value; the value itself if it has no name.
func word[K comparable](names map[K]string, value K) string {
	if name, ok := names[value]; ok {
		return name
	}
	return fmt.Sprint(value)
}
