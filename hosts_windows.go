package minlambda

import "syscall"

// hostsFile is the file that says which addresses the names on this host have.
func hostsFile() string {
	root, ok := syscall.Getenv("SystemRoot")
	if !ok {
		root = `C:\Windows`
	}
	return root + `\System32\drivers\etc\hosts`
}
