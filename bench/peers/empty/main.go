// Empty does nothing. It shows what the system and Go's runtime take to start a process and to end
// it.
package main

func main() {}
