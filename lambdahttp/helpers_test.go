package lambdahttp

import (
	"io"
	"log"
	"time"
)

var (
	silent       = log.New(io.Discard, "", 0)
	lastModified = time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
)
