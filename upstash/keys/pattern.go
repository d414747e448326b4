package keys

import "strings"

// A Pattern selects keys for SCAN: all keys with a prefix that ends between two
// parts. It can only be had from a [Kind] or a [Category], so it never selects
// more than that kind or category, whatever an id contains. The zero Pattern
// matches nothing.
type Pattern struct{ prefix string }

// String returns the glob for SCAN ... MATCH. It contains one "*", at its end;
// the zero Pattern gives "", which matches only the empty key.
func (p Pattern) String() string {
	if p.prefix == "" {
		return ""
	}
	return p.prefix + "*"
}

// Match reports whether p selects key.
func (p Pattern) Match(key string) bool {
	return p.prefix != "" && strings.HasPrefix(key, p.prefix)
}

// IsZero reports whether p matches nothing.
func (p Pattern) IsZero() bool { return p.prefix == "" }
