package main

import "testing"

func TestField(t *testing.T) {
	const cpuinfo = "processor\t: 0\nmodel name\t: Some CPU: fast\nflags\t\t: fpu hypervisor\n" +
		"\nprocessor\t: 1\nmodel name\t: Other\n"
	for name, want := range map[string]string{
		"model name": "Some CPU: fast", "flags": "fpu hypervisor", "model": "",
	} {
		if got := field(cpuinfo, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestGigabytes(t *testing.T) {
	for kB, want := range map[string]string{"16384000 kB": "16.8 GB", "": "", "much": ""} {
		if got := gigabytes(kB); got != want {
			t.Errorf("%q: %q, want %q", kB, got, want)
		}
	}
}

func TestVirtual(t *testing.T) {
	for flags, want := range map[string]string{
		"": "", "fpu vme": "none", "fpu hypervisors": "none",
	} {
		if got := virtual(flags); got != want {
			t.Errorf("%q: %q, want %q", flags, got, want)
		}
	}
	if got := virtual("fpu hypervisor vme"); got == "" || got == "none" {
		t.Errorf("%q", got)
	}
}

func TestMachine(t *testing.T) {
	m := machine()
	for _, key := range []string{"system", "processors"} {
		if m[key] == "" {
			t.Errorf("no %s in %v", key, m)
		}
	}
	for key, value := range m {
		if value == "" {
			t.Errorf("%s is empty", key)
		}
	}
}
