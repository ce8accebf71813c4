//go:build goexperiment.jsonv2

package micro

import "encoding/json/v2"

func init() {
	codecs = append(codecs, codec{"encoding-json-v2",
		func(data []byte, v any) error { return json.Unmarshal(data, v) },
		func(v any) ([]byte, error) { return json.Marshal(v) },
	})
}
