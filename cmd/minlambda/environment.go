package main

import (
	"cmp"
	"os"
	"strconv"
	"strings"
)

const account = "012345678912" // an account in an ARN that belongs to nobody

func region() string {
	return cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"), "us-east-1")
}

func arn(name string) string {
	return "arn:aws:lambda:" + region() + ":" + account + ":function:" + name
}

// environment returns what Lambda sets for a function on an OS-only runtime. It overrides the
// user's environment, and the user's flags override it. The user cannot choose the Runtime API.
func environment(inherited []string, i *invoke, f *function, api string) []string {
	env := make([]string, 0, len(inherited)+len(i.Env)+20)
	for _, pair := range inherited {
		if !strings.HasPrefix(pair, "AWS_EXECUTION_ENV=") { // OS-only runtimes do not set it
			env = append(env, pair)
		}
	}
	env = append(env,
		"_HANDLER=bootstrap",
		"AWS_REGION="+region(),
		"AWS_DEFAULT_REGION="+region(),
		"AWS_LAMBDA_FUNCTION_NAME="+f.name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE="+strconv.Itoa(i.Memory),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/"+f.name,
		"AWS_LAMBDA_LOG_STREAM_NAME=$LATEST",
		"LAMBDA_TASK_ROOT="+f.root,
		"TZ=:UTC",
	)
	env = append(env, i.Env...)
	return append(env, "AWS_LAMBDA_RUNTIME_API="+api)
}
