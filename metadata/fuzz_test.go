package metadata

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzZone: what encoding/json reads as an object with one good zone, and no other, is what we
// read; but for text that is not UTF-8, and for what is nested deeper than our limit.
func FuzzZone(f *testing.F) {
	for _, s := range []string{
		`{"AvailabilityZoneID":"use1-az1"}`, `{"AvailabilityZoneID":"a","AvailabilityZoneID":"b"}`,
		`{"\u0041vailabilityZoneID":"\ud83d\ude00"}`,
		`{"a":[{}],"AvailabilityZoneID":"x" , "b":-0.1e+2}`,
		`{"AvailabilityZoneID":null}`, `[]`, `{"a":"\ud800\u0041"}`, `{"a":"\/\b\""}`,
		"{\"a\":\"\xff\"}",
		`{"a":01}`, `{"a":1e}`, `{"a":tru}`, `{"a":` + strings.Repeat("[", 70) +
			strings.Repeat("]", 70) + "}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		zone, err := zoneIn(text)
		good := json.Valid(text) && utf8.Valid(text) && bytes.HasPrefix(bytes.TrimLeft(text,
			" \t\r\n"), []byte("{"))
		if err == ErrNotJSON && good && depth(text) > maxDepth {
			return
		}
		if (err != ErrNotJSON) != good {
			t.Fatalf("%q: %q, %v; for encoding/json it is good: %v", text, zone, err, good)
		}
		if !good {
			return
		}
		want, n := zones(t, text)
		fine := n == 1 && want != "" && len(want) <= maxZone &&
			strings.Trim(want,
				"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
		if (err == nil) != fine || fine && zone != want {
			t.Errorf("%q: %q, %v; want %q of %d", text, zone, err, want, n)
		}
	})
}

// zones is the zone in an object as encoding/json's tokens say it, and how many there are; it is
// empty if it is not a string.
func zones(t *testing.T, text []byte) (zone string, n int) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	next := func() json.Token {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	next() // {
	for d.More() {
		key := next()
		var value any
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		if key == zoneKey {
			zone, _ = value.(string)
			n++
		}
	}
	return zone, n
}

// depth is how deep the text is nested, at least.
func depth(text []byte) (deepest int) {
	deep, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			deep++
			deepest = max(deepest, deep)
		case c == '}' || c == ']':
			deep--
		}
	}
	return deepest - 1
}

// FuzzMaxAge: the age is one from 0 to the limit that stands in the text; without directives that
// we know, it is the limit.
func FuzzMaxAge(f *testing.F) {
	for _, s := range []string{"private, max-age=43200, immutable", `max-age="7"`, "no-store",
		`x="a,no-store"`,
		`x="\"`, "max-age=99999999999999999999999", "max-age", ",,", "Max-Age = 3 , no-cache"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, control []byte) {
		age := maxAge(control)
		lower := strings.ToLower(string(control))
		switch {
		case age < 0 || age > longest:
			t.Errorf("%q: %d", control, age)
		case age == longest || age == 0:
		case !strings.Contains(lower, "max-age") || !strings.Contains(lower,
			strconv.Itoa(int(age))):
			t.Errorf("%q: %d does not stand there", control, age)
		}
		knows := strings.Contains(lower, "max-age") || strings.Contains(lower, "no-store") ||
			strings.Contains(lower, "no-cache")
		if !knows && age != longest {
			t.Errorf("%q: %d", control, age)
		}
		plain := !strings.ContainsAny(lower, `"\`)
		if plain && age != simpleAge(lower) {
			t.Errorf("%q: %d, want %d", control, age, simpleAge(lower))
		}
	})
}

// simpleAge is maxAge for a list without quoted strings, in lower case.
func simpleAge(control string) int64 {
	age := int64(longest)
	for directive := range strings.SplitSeq(control, ",") {
		name, value, _ := strings.Cut(strings.Trim(directive, " \t"), "=")
		value = strings.Trim(value, " \t")
		switch strings.Trim(name, " \t") {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			if value == "" || strings.Trim(value, "0123456789") != "" {
				return 0
			}
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				age = min(age, n)
			}
		}
	}
	return age
}
