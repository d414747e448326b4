//go:build !wasm

package devserver

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/alicebob/miniredis/v2/server"
)

// A scored is a member of a sorted set; text is its score as Redis prints it.
type scored struct {
	member, text string
	score        float64
}

// sorted reads a sorted set, or a set with every score 1. A missing key is empty.
func (e *embedded) sorted(c *server.Peer, key string) ([]scored, reply) {
	v := e.call(c, "ZRANGE", key, "0", "-1", "WITHSCORES")
	if isError(v) {
		members, ok := e.call(c, "SMEMBERS", key).([]any)
		if !ok {
			return nil, v
		}
		var out []scored
		for _, m := range members {
			out = append(out, scored{replyText(m), "1", 1})
		}
		return out, nil
	}
	return scoredPairs(v), nil
}

func scoredPairs(v reply) []scored {
	list, _ := v.([]any)
	var out []scored
	for i := 0; i+1 < len(list); i += 2 {
		text := replyText(list[i+1])
		f, _ := strconv.ParseFloat(text, 64)
		out = append(out, scored{replyText(list[i]), text, f})
	}
	return out
}

// numbered reads numkeys and the keys at args[at].
func numbered(args []string, at int) (keys, rest []string, err reply) {
	if at >= len(args) {
		return nil, nil, replyError("ERR syntax error")
	}
	n, e := strconv.Atoi(args[at])
	switch {
	case e != nil:
		return nil, nil, replyError("ERR value is not an integer or out of range")
	case n < 1:
		return nil, nil, replyError("ERR at least 1 input key is needed for this command")
	case n > len(args)-at-1:
		return nil, nil, replyError("ERR syntax error")
	}
	return args[at+1 : at+1+n], args[at+1+n:], nil
}

// difference returns the members of the first set that are in no other.
func (e *embedded) difference(c *server.Peer, keys []string) ([]scored, reply) {
	left, err := e.sorted(c, keys[0])
	if err != nil {
		return nil, err
	}
	drop := map[string]bool{}
	for _, k := range keys[1:] {
		other, err := e.sorted(c, k)
		if err != nil {
			return nil, err
		}
		for _, m := range other {
			drop[m.member] = true
		}
	}
	left = slices.DeleteFunc(left, func(m scored) bool { return drop[m.member] })
	slices.SortFunc(left, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.score, b.score), strings.Compare(a.member, b.member))
	})
	return left, nil
}

func zDiff(e *embedded, c *server.Peer, args []string) reply {
	keys, rest, err := numbered(args, 0)
	if err != nil {
		return err
	}
	withScores := len(rest) == 1 && strings.EqualFold(rest[0], "WITHSCORES")
	if len(rest) > 0 && !withScores {
		return replyError("ERR syntax error")
	}
	members, err := e.difference(c, keys)
	if err != nil {
		return err
	}
	out := []any{}
	for _, m := range members {
		out = append(out, bulk(m.member))
		if withScores {
			out = append(out, bulk(m.text))
		}
	}
	return out
}

func zDiffStore(e *embedded, c *server.Peer, args []string) reply {
	keys, rest, err := numbered(args, 1)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return replyError("ERR syntax error")
	}
	members, err := e.difference(c, keys)
	if err != nil {
		return err
	}
	return e.storeSorted(c, args[0], members)
}

// storeSorted replaces key by a sorted set and returns its size.
func (e *embedded) storeSorted(c *server.Peer, key string, members []scored) reply {
	e.call(c, "DEL", key)
	if len(members) == 0 {
		return int64(0)
	}
	add := []string{"ZADD", key}
	for _, m := range members {
		add = append(add, m.text, m.member)
	}
	return e.call(c, add...)
}

func zInterCard(e *embedded, c *server.Peer, args []string) reply {
	keys, rest, err := numbered(args, 0)
	if err != nil {
		return err
	}
	limit := 0
	if len(rest) > 0 {
		n, e := strconv.Atoi(rest[len(rest)-1])
		if len(rest) != 2 || !strings.EqualFold(rest[0], "LIMIT") || e != nil {
			return replyError("ERR syntax error")
		}
		if n < 0 {
			return replyError("ERR LIMIT can't be negative")
		}
		limit = n
	}
	v := e.call(c, append([]string{"ZINTER", strconv.Itoa(len(keys))}, keys...)...)
	list, ok := v.([]any)
	if !ok {
		return v
	}
	if limit > 0 && len(list) > limit {
		return int64(limit)
	}
	return int64(len(list))
}

func zRangeStore(e *embedded, c *server.Peer, args []string) reply {
	if len(args) < 4 {
		return replyError(wrongArity("zrangestore"))
	}
	byLex := slices.ContainsFunc(args[4:], func(a string) bool { return strings.EqualFold(a, "BYLEX") })
	get := append([]string{"ZRANGE"}, args[1:]...)
	if !byLex {
		v := e.call(c, append(get, "WITHSCORES")...)
		if isError(v) {
			return v
		}
		return e.storeSorted(c, args[0], scoredPairs(v))
	}
	v := e.call(c, get...)
	list, ok := v.([]any)
	if !ok {
		return v
	}
	var members []scored
	for _, m := range list {
		members = append(members, scored{member: replyText(m), text: replyText(e.call(c, "ZSCORE", args[1], replyText(m)))})
	}
	return e.storeSorted(c, args[0], members)
}
