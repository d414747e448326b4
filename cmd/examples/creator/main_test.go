package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	if os.Getenv("REDIS_REST_URL") != "" {
		t.Skip("the figures are those of the embedded database")
	}
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"100 requests for a profile that is not cached: 1 queries, 3 commands",
		"the profile of Ann again: 0 queries, 1 commands",
		"a creator who does not exist, twice: 1 queries, 4 commands",
		"a list of 2 creators, one of them cached: 1 queries, 3 commands",
		`page "Ann · prints", from origin: 1 queries, 4 commands`,
		`page "Ann · prints", from remote: 0 queries, 1 commands`,
		"an update, which invalidates profile and page: 1 queries, 2 commands",
		`page "Anna · prints", from origin: 2 queries, 6 commands`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
