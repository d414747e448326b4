//go:build !wasm

package devserver

import (
	"strconv"
	"strings"
)

// planZRange serves ZRANGE … LIMIT without BYSCORE or BYLEX, which stock Redis
// refuses: the limit applies to what the index range gives.
func planZRange(_ *Server, args []string, _ *features) (step, bool) {
	var offset, count int
	limited, withScores := false, false
	rest := append(make([]string, 0, len(args)), args[:4]...)
	for i := 4; i < len(args); i++ {
		switch strings.ToUpper(args[i]) {
		case "BYSCORE", "BYLEX":
			return step{}, false
		case "WITHSCORES":
			withScores = true
		case "LIMIT":
			if i+2 >= len(args) {
				return step{}, false
			}
			var err1, err2 error
			offset, err1 = strconv.Atoi(args[i+1])
			count, err2 = strconv.Atoi(args[i+2])
			if err1 != nil || err2 != nil {
				return step{}, false
			}
			limited = true
			i += 2
			continue
		}
		rest = append(rest, args[i])
	}
	width := 1
	if withScores {
		width = 2
	}
	return step{args: rest, post: func(v reply) reply {
		if list, ok := v.([]any); ok {
			return sliceLimit(list, offset, count, width)
		}
		return v
	}}, limited
}

// sliceLimit applies LIMIT offset count to rows of width elements. A negative
// count means all, a negative offset none.
func sliceLimit(list []any, offset, count, width int) []any {
	rows := len(list) / width
	if offset < 0 || offset >= rows {
		return []any{}
	}
	end := rows
	if count >= 0 && count < rows-offset {
		end = offset + count
	}
	return list[offset*width : end*width]
}
