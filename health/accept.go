//go:build !wasm

package health

import (
	"strconv"
	"strings"
)

// served lists what the metrics can be sent as, the first preferred.
var served = []struct{ kind, sort, name string }{
	{typeJSON, "application", "json"},
	{typePrometheus, "text", "plain"},
	{typePrometheus, "application", "openmetrics-text"},
	{typeHTML, "text", "html"},
}

// negotiate chooses by the header Accept (RFC 9110, section 12.5.1): the highest
// weight, then the more particular range, then the order of served. When nothing
// fits it is JSON.
func negotiate(accept string) string {
	best, bestQ, bestRank := typeJSON, 0.0, -1
	for item := range strings.SplitSeq(accept, ",") {
		mediaRange, params, _ := strings.Cut(item, ";")
		q := weight(params)
		kind, rank := match(strings.ToLower(strings.TrimSpace(mediaRange)))
		if kind != "" && (q > bestQ || q == bestQ && q > 0 && rank > bestRank) {
			best, bestQ, bestRank = kind, q, rank
		}
	}
	return best
}

// match returns the first kind within a media range, and how particular that is.
func match(mediaRange string) (kind string, rank int) {
	sort, name, _ := strings.Cut(mediaRange, "/")
	for _, s := range served {
		switch {
		case sort == s.sort && name == s.name:
			return s.kind, 2
		case sort == s.sort && name == "*":
			return s.kind, 1
		case mediaRange == "*/*":
			return s.kind, 0
		}
	}
	return "", 0
}

// weight reads q of the parameters, 1 when there is none, 0 when it is nonsense.
func weight(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(name, "q") {
			q, err := strconv.ParseFloat(value, 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return 0
			}
			return q
		}
	}
	return 1
}
