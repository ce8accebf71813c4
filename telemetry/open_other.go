//go:build !unix

package telemetry

import (
	"errors"
	"os"
)

func adopt(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func connect(string) (*os.File, error) { return nil, errors.ErrUnsupported }
