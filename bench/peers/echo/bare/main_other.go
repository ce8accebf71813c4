//go:build !linux

package main

func main() { panic("the bare loop is made of Linux's system calls") }
