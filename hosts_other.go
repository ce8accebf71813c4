//go:build !windows

package minlambda

// hostsFile is the file that says which addresses the names on this host have.
func hostsFile() string { return "/etc/hosts" }
