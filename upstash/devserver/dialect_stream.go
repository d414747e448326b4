//go:build !wasm

package devserver

import (
	"strconv"
	"strings"
)

// planXReadGroup: with NOACK, Upstash does not create the consumer.
func planXReadGroup(_ *Server, args []string, _ *features) (step, bool) {
	for _, a := range args[4:] {
		if strings.EqualFold(a, "STREAMS") {
			break
		}
		if strings.EqualFold(a, "NOACK") && strings.EqualFold(args[1], "GROUP") {
			return luaStep(luaReadGroupNoAck, streamKeys(args), args[1:]...), true
		}
	}
	return step{}, false
}

// planXTrim serves XTRIM key MAXLEN ~ n; LIMIT is accepted and has no effect.
func planXTrim(_ *Server, args []string, _ *features) (step, bool) {
	if len(args) < 5 || !strings.EqualFold(args[2], "MAXLEN") || args[3] != "~" || !isCount(args[4]) {
		return step{}, false
	}
	if len(args) == 5 || len(args) == 7 && strings.EqualFold(args[5], "LIMIT") && isCount(args[6]) {
		return luaStep(luaXTrim, args[1:2], args[4]), true
	}
	return step{}, false
}

// planXAdd serves XADD key [NOMKSTREAM] MAXLEN ~ n [LIMIT m] id field value ….
func planXAdd(_ *Server, args []string, _ *features) (step, bool) {
	i := 2
	var rest []string
	if strings.EqualFold(args[i], "NOMKSTREAM") {
		rest = append(rest, args[i])
		i++
	}
	if i+2 >= len(args) || !strings.EqualFold(args[i], "MAXLEN") || args[i+1] != "~" || !isCount(args[i+2]) {
		return step{}, false
	}
	n := args[i+2]
	i += 3
	if i+1 < len(args) && strings.EqualFold(args[i], "LIMIT") {
		if !isCount(args[i+1]) {
			return step{}, false
		}
		i += 2
	}
	rest = append(rest, args[i:]...)
	return luaStep(luaXAdd, args[1:2], append([]string{n}, rest...)...), true
}

func isCount(s string) bool {
	_, err := strconv.ParseUint(s, 10, 31)
	return err == nil
}
