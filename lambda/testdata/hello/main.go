package main

import "github.com/minlambda/minlambda/lambda"

type In struct {
	Name string `json:"name"`
}
type Out struct {
	Greeting string `json:"greeting"`
}

func main() {
	lambda.Start(func(in In) (Out, error) { return Out{"Hello, " + in.Name + "!"}, nil })
}
