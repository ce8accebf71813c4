package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// machine returns where this runs, as far as the system says. What it does not say is left out.
func machine() map[string]string {
	m := map[string]string{
		"system":     runtime.GOOS + "/" + runtime.GOARCH,
		"processors": strconv.Itoa(runtime.NumCPU()),
	}
	cpuinfo := content("/proc/cpuinfo")
	set := func(key, value string) {
		if value != "" {
			m[key] = value
		}
	}
	set("processor", field(cpuinfo, "model name"))
	set("kernel", content("/proc/sys/kernel/osrelease"))
	set("memory", gigabytes(field(content("/proc/meminfo"), "MemTotal")))
	set("virtual", virtual(field(cpuinfo, "flags")))
	return m
}

// virtual names the kind of machine that this one runs in; "none" if the processor does not know of
// any.
func virtual(flags string) string {
	if flags == "" {
		return ""
	}
	if !strings.Contains(" "+flags+" ", " hypervisor ") {
		return "none"
	}
	vendor, product := content(
		"/sys/class/dmi/id/sys_vendor",
	), content(
		"/sys/class/dmi/id/product_name",
	)
	if name := strings.TrimSpace(vendor + " " + product); name != "" {
		return name
	}
	return "of an unknown kind"
}

// content returns what is in a small file, without space around it; "" if it cannot be read.
func content(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(b))
}

// field returns the value after a name and a colon, in the first line that has it.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// gigabytes turns what /proc/meminfo says, such as 16384000 kB, where a kB is 1024 bytes, into GB
// of 1e9 bytes.
func gigabytes(kB string) string {
	n, err := strconv.ParseFloat(strings.TrimSuffix(kB, " kB"), 64)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%.1f GB", n*1024/1e9)
}

// versions returns the versions of what is compared.
func versions(ctx context.Context) map[string]string {
	v := map[string]string{"go": runtime.Version(), "minlambda": revision(ctx)}
	for _, path := range []string{
		"github.com/aws/aws-lambda-go", "github.com/valyala/fastjson",
		"github.com/valyala/fasthttp",
	} {
		if version := output(ctx, "go", "list", "-m", "-f", "{{.Version}}", path); version != "" {
			v[path[strings.LastIndexByte(path, '/')+1:]] = version
		}
	}
	return v
}

// Results are not part of what is measured: committing them does not make them old.
var source = []string{"--", "..", ":(exclude)../bench/results", ":(exclude)../README.md"}

// changed follows a revision if there are changes that are not in it.
const changed = "+changes"

// revision returns the last commit that has changed anything except results.
func revision(ctx context.Context) string {
	commit := output(ctx, "git", append([]string{"log", "-1", "--format=%h"}, source...)...)
	if commit == "" {
		return "unknown"
	}
	if output(ctx, "git", append([]string{"status", "--porcelain"}, source...)...) != "" {
		commit += changed
	}
	return commit
}

// committed reports whether a revision says exactly what is measured.
func committed(revision string) bool {
	return revision != "unknown" && !strings.HasSuffix(revision, changed)
}

// output returns what a command prints; "" if it fails.
func output(ctx context.Context, name string, args ...string) string {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
