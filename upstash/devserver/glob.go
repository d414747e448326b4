//go:build !wasm

package devserver

// globMatch reports whether s matches a Redis glob pattern: * ? [a-z] [^a] and a
// backslash before a literal. It works on bytes, as Redis does.
func globMatch(p, s string) bool {
	starP, starS := -1, 0
	i, j := 0, 0
	for j < len(s) {
		if i < len(p) && p[i] == '*' {
			starP, starS = i, j
			i++
			continue
		}
		if i < len(p) {
			if next, ok := globOne(p, i, s[j]); ok {
				i, j = next, j+1
				continue
			}
		}
		if starP < 0 {
			return false
		}
		starS++
		i, j = starP+1, starS
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// globOne matches the pattern element at i (not a star) with c, and returns
// where the next element begins.
func globOne(p string, i int, c byte) (next int, ok bool) {
	switch p[i] {
	case '?':
		return i + 1, true
	case '[':
		return globClass(p, i+1, c)
	case '\\':
		if i+1 < len(p) {
			i++
		}
	}
	return i + 1, p[i] == c
}

// globClass matches the class whose first byte after the bracket is at i. A
// class without an end reaches to the end of the pattern.
func globClass(p string, i int, c byte) (next int, ok bool) {
	negate := i < len(p) && p[i] == '^'
	if negate {
		i++
	}
	for i < len(p) && p[i] != ']' {
		if p[i] == '\\' && i+1 < len(p) {
			i++
			ok = ok || p[i] == c
			i++
			continue
		}
		if i+2 < len(p) && p[i+1] == '-' {
			lo, hi := min(p[i], p[i+2]), max(p[i], p[i+2])
			ok = ok || lo <= c && c <= hi
			i += 3
			continue
		}
		ok = ok || p[i] == c
		i++
	}
	return min(i+1, len(p)), ok != negate
}
