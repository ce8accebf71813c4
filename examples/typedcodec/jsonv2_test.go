//go:build goexperiment.jsonv2

package main

func init() { codecs["json/v2"] = JSONv2{} }
