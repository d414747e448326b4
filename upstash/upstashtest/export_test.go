package upstashtest

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// LoadRecording is Load with the flag set and an environment of the test's own.
func LoadRecording(t testing.TB, file string, env map[string]string, opts ...Options) *Recording {
	t.Helper()
	lookup := func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}
	return load(t, file, environment{record: true, lookup: lookup}, opts)
}

// DescribeServer is describeServer.
func DescribeServer(ctx context.Context, base, software string, admin *upstash.Client, now time.Time) string {
	u, err := url.Parse(base)
	if err != nil {
		panic(err)
	}
	return describeServer(ctx, u, software, admin, now)
}

// Reformat parses and formats a recording.
func Reformat(b []byte) ([]byte, error) {
	f, err := parseFile(b)
	if err != nil {
		return nil, err
	}
	return f.format(), nil
}

// ParseSource returns a recording's source, whether it is quoted, and its length.
func ParseSource(b []byte) (source string, quoted bool, exchanges int, err error) {
	f, err := parseFile(b)
	if err != nil {
		return "", false, 0, err
	}
	return f.Source, f.Quoted, len(f.Exchanges), nil
}

// Leak reports the form in which a secret is found in b.
func Leak(b []byte, base, token string) string {
	u, err := url.Parse(base)
	if err != nil {
		panic(err)
	}
	return newScrubber([]string{token}, u).leak(b)
}

// MapStrings is mapStrings.
var MapStrings = mapStrings
