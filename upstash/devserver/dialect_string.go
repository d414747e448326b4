//go:build !wasm

package devserver

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/zeebo/xxh3"
)

// A condition is the IFEQ, IFNE, IFDEQ or IFDNE of SET and DELEX.
type condition struct {
	op, operand string
}

// holds tells whether the condition is met by the current value of a key. A
// missing key meets the two "not equal" conditions.
func (c condition) holds(current []byte, exists bool) bool {
	switch c.op {
	case "IFEQ":
		return exists && string(current) == c.operand
	case "IFNE":
		return !exists || string(current) != c.operand
	case "IFDEQ":
		return exists && digest(current) == strings.ToLower(c.operand)
	}
	return !exists || digest(current) != strings.ToLower(c.operand)
}

func (c condition) byDigest() bool { return c.op == "IFDEQ" || c.op == "IFDNE" }

// digest is the value's XXH3 as 16 hex digits, as DIGEST answers it.
func digest(value []byte) string { return fmt.Sprintf("%016x", xxh3.Hash(value)) }

// setCondition finds the condition among the options of SET. The remaining
// options come back in order, GET apart.
func setCondition(args []string) (c condition, get bool, rest []string, ok bool) {
	for i := 3; i < len(args); i++ {
		switch o := strings.ToUpper(args[i]); o {
		case "IFEQ", "IFNE", "IFDEQ", "IFDNE":
			if c.op != "" || i+1 == len(args) {
				return c, false, nil, false
			}
			i++
			c = condition{o, args[i]}
		case "GET":
			get = true
		case "NX", "XX":
			return c, false, nil, false
		case "EX", "PX", "EXAT", "PXAT":
			if i+1 == len(args) {
				return c, false, nil, false
			}
			rest = append(rest, o, args[i+1])
			i++
		default:
			rest = append(rest, args[i])
		}
	}
	return c, get, rest, c.op != ""
}

func planSet(_ *Server, args []string, f *features) (step, bool) {
	if f.setIfEq || len(args) < 5 {
		return step{}, false
	}
	c, get, rest, ok := setCondition(args)
	if !ok {
		return step{}, false // the backend's syntax error is the right answer
	}
	if c.byDigest() {
		return step{prog: func(ctx context.Context, cn conn) (reply, error) {
			return setIfDigest(ctx, cn, args, c, get, rest)
		}}, true
	}
	wantGet := "0"
	if get {
		wantGet = "1"
	}
	return luaStep(luaSetIf, args[1:2], append([]string{c.op, c.operand, wantGet, args[2]}, rest...)...), true
}

// setIfDigest watches the key, because Lua in Redis cannot compute the digest.
func setIfDigest(ctx context.Context, cn conn, args []string, c condition, get bool, rest []string) (reply, error) {
	set := append([]string{"SET", args[1], args[2]}, rest...)
	current, applied, err := onCondition(ctx, cn, args[1], c, set)
	switch {
	case err != nil:
		return nil, err
	case isError(current):
		return current, nil
	case isError(applied):
		return applied, nil
	case get:
		return current, nil
	}
	return applied, nil
}

// onCondition runs change if c holds for key, on an unchanged key. It returns
// the value before and the reply of change, nil when the condition failed.
func onCondition(ctx context.Context, cn conn, key string, c condition, change []string) (current, applied reply, err error) {
	for {
		got, err := cn.do(ctx, [][]string{{"WATCH", key}, {"GET", key}})
		if err != nil {
			return nil, nil, err
		}
		value, exists := got[1].([]byte)
		if isError(got[1]) || !c.holds(value, exists) {
			_, err := cn.do(ctx, [][]string{{"UNWATCH"}})
			return got[1], nil, err
		}
		replies, err := cn.multi(ctx, [][]string{change})
		if e, ok := errors.AsType[replyError](err); ok {
			return got[1], e, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if replies != nil {
			return got[1], replies[0], nil
		}
	}
}

func isError(v reply) bool {
	_, ok := v.(replyError)
	return ok
}

func planDelEx(_ *Server, args []string, f *features) (step, bool) {
	if f.setIfEq {
		return step{}, false
	}
	if len(args) == 2 {
		return step{args: []string{"DEL", args[1]}}, true
	}
	c, ok := delCondition(args)
	if !ok {
		return answered(replyError("ERR syntax error")), true
	}
	if !c.byDigest() {
		return luaStep(luaDelIf, args[1:2], c.op, c.operand), true
	}
	return step{prog: func(ctx context.Context, cn conn) (reply, error) {
		current, applied, err := onCondition(ctx, cn, args[1], c, []string{"DEL", args[1]})
		switch {
		case err != nil:
			return nil, err
		case isError(current):
			return current, nil
		case applied == nil:
			return int64(0), nil
		}
		return applied, nil
	}}, true
}

func delCondition(args []string) (condition, bool) {
	if len(args) != 4 {
		return condition{}, false
	}
	c := condition{strings.ToUpper(args[2]), args[3]}
	switch c.op {
	case "IFEQ", "IFNE", "IFDEQ", "IFDNE":
		return c, true
	}
	return c, false
}

func planDigest(_ *Server, args []string, f *features) (step, bool) {
	return step{args: []string{"GET", args[1]}, post: func(v reply) reply {
		if b, ok := v.([]byte); ok {
			return bulk(digest(b))
		}
		return v
	}}, !f.setIfEq
}
