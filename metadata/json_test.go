package metadata

import (
	"strings"
	"testing"
)

func TestZoneIn(t *testing.T) {
	for _, c := range [][2]string{
		{`{"AvailabilityZoneID":"use1-az1"}`, "use1-az1"},
		{" {\t\"AvailabilityZoneID\" :\r\n\"A-1\" } \n", "A-1"},
		{`{"a":[1,-2.5e+3,{"AvailabilityZoneID":"no"}],"AvailabilityZoneID":"yes"}`, "yes"},
		{`{"AvailabilityZoneID":"a","b":{"c":[],"d":{},"e":null,"f":true,"g":false}}`, "a"},
		{`{"\u0041vailabilityZoneID":"use1\u002daz1"}`, "use1-az1"},
		{`{"x":"\ud83d\ude00 \ud83d \udE00\ud83d\u0041 \"\\\/\b\f\n\r\t","AvailabilityZoneID":"a"}`,
			"a"},
		{`{"availabilityzoneid":"b","AvailabilityZoneID":"a"}`, "a"},
		{`{"AvailabilityZoneID":"` + strings.Repeat("a", 64) + `"}`, strings.Repeat("a", 64)},
	} {
		if got, err := zoneIn([]byte(c[0])); got != c[1] || err != nil {
			t.Errorf("%s: %q, %v", c[0], got, err)
		}
	}
}

func TestZoneInRefuses(t *testing.T) {
	const good = `{"AvailabilityZoneID":"use1-az1","n":[-0.5e1,"\u00e4",true,false,null]}`
	for n := range len(good) {
		if got, err := zoneIn([]byte(good[:n])); err != ErrNotJSON {
			t.Errorf("%s: %q, %v", good[:n], got, err)
		}
	}
	for text, want := range map[string]error{
		`{}`: ErrNoZone, `{"AvailabilityZoneID":null}`: ErrNoZone,
		`{"AvailabilityZoneID":""}`: ErrNoZone,
		`{"AvailabilityZoneID":1}`:  ErrNoZone, `{"AvailabilityZoneID":["a"]}`: ErrNoZone,
		`{"AvailabilityZoneID":"a","AvailabilityZoneID":"a"}`:      ErrNoZone,
		`{"AvailabilityZoneID":"a","AvailabilityZoneID":null}`:     ErrNoZone,
		`{"AvailabilityZoneID":"a/b"}`:                             ErrNoZone,
		`{"AvailabilityZoneID":"a\r\n"}`:                           ErrNoZone,
		`{"AvailabilityZoneID":"` + strings.Repeat("a", 65) + `"}`: ErrNoZone,
		`["AvailabilityZoneID","a"]`:                               ErrNotJSON, `"a"`: ErrNotJSON,
		`null`: ErrNotJSON, ` `: ErrNotJSON,
		`{"AvailabilityZoneID":"a"}x`: ErrNotJSON, `{"AvailabilityZoneID":"a",}`: ErrNotJSON,
		`{"AvailabilityZoneID":"a" "b":1}`: ErrNotJSON, `{'AvailabilityZoneID':'a'}`: ErrNotJSON,
		`{"AvailabilityZoneID":"a","b":01}`:                               ErrNotJSON,
		`{"AvailabilityZoneID":"a","b":1.}`:                               ErrNotJSON,
		`{"AvailabilityZoneID":"a","b":+1}`:                               ErrNotJSON,
		`{"AvailabilityZoneID":"a","b":"\x"}`:                             ErrNotJSON,
		`{"AvailabilityZoneID":"a","b":"\u12g4"}`:                         ErrNotJSON,
		`{"AvailabilityZoneID":"a","b":[1,]}`:                             ErrNotJSON,
		"{\"AvailabilityZoneID\":\"a\",\"b\":\"\n\"}":                     ErrNotJSON,
		"{\"AvailabilityZoneID\":\"a\",\"b\":\"\xff\"}":                   ErrNotJSON,
		"\ufeff{\"AvailabilityZoneID\":\"a\"}":                            ErrNotJSON,
		`{"a":` + strings.Repeat("[", 100_000):                            ErrNotJSON,
		`{"a":` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `}`: ErrNotJSON,
		`{"a":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`: ErrNoZone,
	} {
		if got, err := zoneIn([]byte(text)); got != "" || err != want {
			t.Errorf("%.60s: %q, %v; want %v", text, got, err, want)
		}
	}
}

func TestMaxAge(t *testing.T) {
	for control, want := range map[string]int64{
		"private, max-age=43200, immutable": 43200, "max-age=60": 60, "MAX-AGE=60": 60,
		`max-age="60"`: 60, "max-age = 60": 60, "private,max-age=60,": 60,
		"max-age=60, max-age=5": 5,
		"max-age=99999":         43200, "max-age=99999999999999999999": 43200, "max-age=007": 7,
		"max-age=0": 0, "max-age=-1": 0, "max-age": 0, "max-age=": 0, "max-age=6 0": 0,
		"max-age=1.5": 0,
		"no-store":    0, "no-cache": 0, "private, No-Store, max-age=60": 0,
		`no-cache="x", max-age=60`:    0,
		`x="a, no-store", max-age=60`: 60, `x="\", no-store", max-age=60`: 60, `x="no-store`: 43200,
		"": 43200, "immutable": 43200, " , ,\t": 43200, "s-maxage=5": 43200, "xmax-age=5": 43200,
	} {
		if got := maxAge([]byte(control)); got != want {
			t.Errorf("%q: %d, want %d", control, got, want)
		}
	}
}
