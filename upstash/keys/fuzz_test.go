package keys_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// glob is Redis' pattern matching, written from its documentation: * ? [a-z]
// [^a] and \x.
func glob(p, s string) bool {
	for len(p) > 0 {
		switch p[0] {
		case '*':
			for len(p) > 0 && p[0] == '*' {
				p = p[1:]
			}
			for i := 0; i <= len(s); i++ {
				if glob(p, s[i:]) {
					return true
				}
			}
			return false
		case '[':
			if s == "" {
				return false
			}
			rest, ok := class(p[1:], s[0])
			if !ok {
				return false
			}
			p, s = rest, s[1:]
			continue
		case '?':
			if s == "" {
				return false
			}
		default:
			if p[0] == '\\' && len(p) > 1 {
				p = p[1:]
			}
			if s == "" || s[0] != p[0] {
				return false
			}
		}
		p, s = p[1:], s[1:]
	}
	return s == ""
}

// class matches one byte against what follows a "[".
func class(p string, b byte) (rest string, ok bool) {
	negate := strings.HasPrefix(p, "^")
	if negate {
		p = p[1:]
	}
	found := false
	for len(p) > 0 && p[0] != ']' {
		lo := p[0]
		if lo == '\\' && len(p) > 1 {
			p = p[1:]
			lo = p[0]
		}
		hi := lo
		if len(p) > 2 && p[1] == '-' {
			hi = p[2]
			p = p[2:]
		}
		found = found || min(lo, hi) <= b && b <= max(lo, hi)
		p = p[1:]
	}
	if len(p) > 0 {
		p = p[1:]
	}
	return p, found != negate
}

func TestGlobOfTheTest(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		p, s string
		want bool
	}{
		{"h?llo", "hello", true},
		{"h?llo", "hllo", false},
		{"h*llo", "heeello", true},
		{"h[ae]llo", "hallo", true},
		{"h[ae]llo", "hillo", false},
		{"h[^e]llo", "hallo", true},
		{"h[^e]llo", "hello", false},
		{"h[a-b]llo", "hbllo", true},
		{`h\?llo`, "h?llo", true},
		{`h\?llo`, "hello", false},
		{"*", "", true},
		{"a*c*", "abcd", true},
		{"", "a", false},
	} {
		if glob(tc.p, tc.s) != tc.want {
			t.Errorf("glob(%q, %q) is %v", tc.p, tc.s, !tc.want)
		}
	}
}

var seeds = []string{
	"", "1", "a:b", "a", "b", "*", "?", "[a-z]", "[^a]", "\\", "\\*", "a b", "a%3Ab", "%", "%25", "zoë", "日本", "\x00", "\n",
	"\xff", "\ufffd", "\u202e", "user", "cache:user:1", "1:*", "}{", "..", ".", strings.Repeat("x", 40),
}

// FuzzInjective checks that ids never share a key, that a key is read back
// exactly, and that it is fit for JSON and logs.
func FuzzInjective(f *testing.F) {
	for i, a := range seeds {
		f.Add(a, seeds[(i+1)%len(seeds)], seeds[(i+7)%len(seeds)])
	}
	kinds := slices.Collect(keys.Platform().All())
	f.Fuzz(func(t *testing.T, a, b, c string) {
		ids := [][]string{nil, {a}, {b}, {c}, {a, b}, {b, a}, {a, b, c}, {a + b}, {a + ":" + b}, {a + "%3A" + b}, {"", a}, {a, ""}}
		seen := map[string][]string{}
		for _, k := range kinds {
			for _, id := range ids {
				key := k.Key(id...)
				full := append([]string{k.String()}, id...)
				if other, taken := seen[key]; taken && !slices.Equal(other, full) {
					t.Fatalf("%q and %q share the key %q", other, full, key)
				}
				seen[key] = full
				n, err := keys.Parse(key)
				if err != nil || n.Category != k.Category() || n.Entity != k.Entity() || !slices.Equal(n.ID, id) {
					t.Fatalf("%q of %q is read back as %+v, %v", key, full, n, err)
				}
				if !utf8.ValidString(key) || strings.ContainsAny(key, " \t\r\n\x00*?[]\\") {
					t.Fatalf("key %q of %q is not plain", key, full)
				}
			}
		}
	})
}

// FuzzPattern checks that a pattern selects its own keys and none else, both by
// Redis' rules and by Match.
func FuzzPattern(f *testing.F) {
	for i, a := range seeds {
		f.Add(a, seeds[(i+3)%len(seeds)])
	}
	kinds := slices.Collect(keys.Platform().All())
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 200 {
			t.Skip("the matcher of the test is exponential")
		}
		for _, k := range kinds {
			of := keys.KindUser.PatternOf(a)
			for _, id := range [][]string{nil, {a}, {b}, {a, b}, {b, a}} {
				key := k.Key(id...)
				check(t, keys.KindUser.Pattern(), key, k == keys.KindUser && len(id) > 0)
				check(t, keys.Cache.Pattern(), key, k.Category() == keys.Cache)
				check(t, of, key, k == keys.KindUser && len(id) == 2 && id[0] == a)
			}
		}
	})
}

func check(t *testing.T, p keys.Pattern, key string, want bool) {
	t.Helper()
	if got := p.Match(key); got != want {
		t.Fatalf("pattern %q matches key %q: %v, want %v", p, key, got, want)
	}
	if got := glob(p.String(), key); got != want {
		t.Fatalf("Redis would match pattern %q and key %q: %v, want %v", p, key, got, want)
	}
}

// FuzzParse checks that Parse accepts only what Key spells.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add("cache:user:" + s)
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, key string) {
		n, err := keys.Parse(key)
		if err != nil {
			return
		}
		k, err := keys.NewKind(n.Category, n.Entity, 0)
		if err != nil {
			t.Fatalf("Parse(%q) gave a kind that cannot be: %v", key, err)
		}
		if again := k.Key(n.ID...); again != key {
			t.Fatalf("%q is spelled %q", key, again)
		}
	})
}
