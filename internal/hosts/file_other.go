//go:build !windows

// Package hosts knows where the hosts file is.
package hosts

// File is the file that says which addresses the names on this host have.
func File() string { return "/etc/hosts" }
