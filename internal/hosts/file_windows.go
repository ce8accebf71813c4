// Package hosts knows where the hosts file is.
package hosts

import "syscall"

// File is the file that says which addresses the names on this host have.
func File() string {
	root, ok := syscall.Getenv("SystemRoot")
	if !ok {
		root = `C:\Windows`
	}
	return root + `\System32\drivers\etc\hosts`
}
