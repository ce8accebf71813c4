//go:build !minlambda_poison

package minlambda_test

const poisonTag = false
