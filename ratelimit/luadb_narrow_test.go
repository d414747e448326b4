//go:build !wasm

package ratelimit_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// narrow makes %d of string.format hold 32 bits, as where C's long has no more.
func (db *luaDB) narrow() {
	lib := db.l.GetGlobal("string").(*lua.LTable) //nolint:forcetypeassert // it is what the engine opens
	wide := lib.RawGetString("format")
	lib.RawSetString("format", db.l.NewFunction(func(l *lua.LState) int {
		args := []lua.LValue{l.Get(1)}
		for i := 2; i <= l.GetTop(); i++ {
			n, ok := l.Get(i).(lua.LNumber)
			if ok && strings.Contains(l.CheckString(1), "d") {
				n = lua.LNumber(int32(int64(n))) //nolint:gosec // to lose the upper half is the purpose
				args = append(args, n)
				continue
			}
			args = append(args, l.Get(i))
		}
		if err := l.CallByParam(lua.P{Fn: wide, NRet: 1, Protect: true}, args...); err != nil {
			l.RaiseError("%s", err.Error())
		}
		return 1
	}))
}

// TestScriptsWhereLongHas32Bits: the scripts notice, and lose no digit.
func TestScriptsWhereLongHas32Bits(t *testing.T) {
	t.Parallel()
	for _, s := range subjects {
		db := newLuaDB(t)
		db.narrow()
		r := rand.New(rand.NewPCG(1, uint64(len(s.name)))) //nolint:gosec // a repeatable sequence is the purpose
		base, _ := s.make(r, 1)
		fleet := newFleet(t, db, base, r)
		var sum tally
		for i := range 200 {
			db.clear()
			playHistory(t, db, fleet, s, "h"+strconv.Itoa(i), r, &sum)
		}
		sum.report(t, 200)
	}
}
