//go:build unix

package main

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The system says too little about most files that cannot be run; the tool says what is wrong with
// them.
func TestFlaws(t *testing.T) {
	const loop = "while :; do :; done\n"
	for _, c := range []struct{ name, text, want string }{
		{"CRLF", "#!/bin/sh\r\n" + loop,
			`it is a script whose lines end in CRLF, so that its interpreter is looked for as ` +
				`"/bin/sh\r": save it with LF alone`},
		{"no interpreter", "#!/nowhere/sh -e\n" + loop,
			"its interpreter /nowhere/sh, named after #! in its first line, does not exist"},
		{"empty interpreter", "#!\n" + loop, "its first line names no interpreter after #!"},
		{"interpreter is a directory", "#! /tmp\n" + loop,
			"its interpreter /tmp, named after #! in its first line, is not executable"},
		{"byte order mark", "\xef\xbb\xbf#!/bin/sh\n" + loop,
			"a byte order mark (the bytes EF BB BF) comes before its #!: save it without"},
		{"text", "hello\n", "it is neither a program nor a script that begins with #!"},
		{"empty", "", "it is empty, or cannot be read"},
		{"zip", "PK\x03\x04 and so on",
			"it is a zip archive: unpack it, and give the bootstrap in it"},
		{"archive", "!<arch>\n__.PKGDEF",
			"it is an archive, as go build -o writes for a package that is not main"},
		{"other machine", foreignELF(), "it is built for linux/EM_VAX, and this machine is " +
			runtime.GOOS + "/" + runtime.GOARCH},
		{"Windows", peHead(), "it is built for windows/arm64, and this machine is "},
		{"32-bit macOS", machoHead(), "it is built for darwin/CpuPpc, and this machine is "},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tool(t, nil, "invoke", writeFile(t, "bootstrap", c.text, 0o700), "-d", "{}")
			o.expect(t, 1, "")
			if !strings.HasPrefix(o.stderr, "minlambda: invoke: start: ") ||
				!strings.Contains(o.stderr, ": "+c.want) ||
				strings.Count(o.stderr, "\n") != 1 {
				t.Errorf("standard error %q, want one line with %q", o.stderr, c.want)
			}
		})
	}
	// The missing permission shows before these are started.
	for text, want := range map[string]string{
		"#!/bin/sh\n":    "is not executable: chmod +x lets it be",
		"#!/bin/sh\r\n":  "is not executable: it is a script whose lines end in CRLF",
		"!<arch>\n__.PK": "is not executable: it is an archive, as go build -o writes",
	} {
		o := tool(t, nil, "invoke", writeFile(t, "bootstrap", text, 0o600), "-d", "{}")
		o.expect(t, 2, "")
		if !strings.Contains(o.stderr, want) {
			t.Errorf("standard error %q, want %q", o.stderr, want)
		}
	}
}

// A script for env starts, and env says in its own way what is wrong.
func TestFlawOfScriptForEnv(t *testing.T) {
	script := writeFile(t, "bootstrap", "#!/usr/bin/env sh\r\nexit 0\r\n", 0o700)
	o := tool(t, nil, "invoke", script, "-d", "{}")
	o.expect(t, 1, "")
	if !strings.HasSuffix(o.stderr,
		"; it is a script whose lines end in CRLF: save it with LF alone\n") {
		t.Errorf("standard error:\n%s", o.stderr)
	}
}

// A program that is built for another C library has no loader here.
func TestFlawOfLoader(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("an ELF program for linux")
	}
	text, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Skip(err)
	}
	sh, err := elf.Open("/bin/sh")
	if err != nil {
		t.Skip(err)
	}
	defer sh.Close()
	if target := elfTarget(sh); target != runtime.GOOS+"/"+runtime.GOARCH {
		t.Skip("/bin/sh is a program for " + target)
	}
	loader := elfLoader(sh)
	if loader == "" {
		t.Skip("/bin/sh is a static program")
	}
	changed := strings.Replace(string(text), loader, "/X"+loader[2:], 1)
	o := tool(t, nil, "invoke", writeFile(t, "bootstrap", changed, 0o700), "-d", "{}")
	o.expect(t, 1, "")
	if !strings.Contains(o.stderr, "its loader /X"+loader[2:]+
		" does not exist: it is built for another C library") {
		t.Errorf("standard error:\n%s", o.stderr)
	}
}

// A file that can be run has no flaw.
func TestNoFlaw(t *testing.T) {
	script := writeFile(t, "bootstrap", "#! /bin/sh -e\n", 0o700)
	for _, path := range []string{programs.bootstrap, script} {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if got := flaw(path); got != "" {
				t.Errorf("%s: %s", filepath.Base(path), got)
			}
		})
	}
}

// foreignELF returns the head of an ELF program for a machine that nobody runs these tests on.
func foreignELF() string {
	h := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_VAX), Version: 1,
		Ehsize: 64, Phentsize: 56, Shentsize: 64}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	text, _ := binary.Append(nil, binary.LittleEndian, h)
	return string(text)
}

// machoHead returns the head of a program for macOS on PowerPC.
func machoHead() string {
	text, _ := binary.Append(nil, binary.LittleEndian, [7]uint32{0xfeedface, 18, 0, 2, 0, 0, 0})
	return string(text)
}

// peHead returns the head of a program for Windows on arm64.
func peHead() string {
	head := make([]byte, 96)
	copy(head, "MZ")
	binary.LittleEndian.PutUint32(head[0x3c:], 64)
	copy(head[64:], "PE\x00\x00")
	binary.LittleEndian.PutUint16(head[68:], 0xaa64)
	return string(head)
}
