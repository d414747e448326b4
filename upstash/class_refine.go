package upstash

import (
	"slices"
	"time"
)

// The functions of this file are the rows of classTable that depend on
// arguments. They get the whole command; what they do not understand is Unsafe.

// setClass: SET key value [condition] [GET] [TTL].
func setClass(args []string) Class {
	for i := 3; i < len(args); i++ {
		switch upper(args[i]) {
		case "XX", "KEEPTTL":
		case "EX", "PX", "EXAT", "PXAT":
			i++
		case "IFNE":
			// The first run makes the value equal to args[2]; the repeat is let
			// through again unless that is the value that IFNE excludes.
			i++
			if i >= len(args) || args[i] == args[2] {
				return Unsafe
			}
		default: // NX, GET, IFEQ, IFDEQ, IFDNE and what is not known
			return Unsafe
		}
	}
	return Idempotent
}

// getExClass: GETEX key [TTL], HGETEX key [TTL] FIELDS ...
func getExClass(args []string) Class {
	class := ReadOnly
	for i := 2; i < len(args); i++ {
		unit := time.Second
		switch upper(args[i]) {
		case "FIELDS":
			return class
		case "PERSIST":
		case "EX", "PX":
			i++
		case "PXAT":
			unit = time.Millisecond
			fallthrough
		case "EXAT":
			i++
			if i >= len(args) || isPast(args[i], unit) {
				return Unsafe // reads and deletes, like GETDEL
			}
		default:
			return Unsafe
		}
		class = Idempotent
	}
	return class
}

// hsetExClass: HSETEX key [FNX | FXX] [TTL] FIELDS ...
func hsetExClass(args []string) Class {
	class := Idempotent
	for i := 2; i < len(args); i++ {
		unit := time.Second
		switch upper(args[i]) {
		case "FIELDS":
			return class
		case "FXX", "KEEPTTL":
		case "EX", "PX":
			i++
		case "PXAT":
			unit = time.Millisecond
			fallthrough
		case "EXAT":
			i++
			if i >= len(args) || isPast(args[i], unit) {
				class = Converging // deletes the fields, which FXX then misses
			}
		default:
			return Unsafe
		}
	}
	return Unsafe
}

// msetExClass: MSETEX numkeys key value ... [NX | XX] [TTL].
func msetExClass(args []string) Class {
	if len(args) < 2 {
		return Unsafe
	}
	n, ok := parseInt(args[1])
	if !ok || n < 0 || n > int64(len(args)-2)/2 {
		return Unsafe
	}
	for i := 2 + 2*int(n); i < len(args); i++ {
		switch upper(args[i]) {
		case "XX", "KEEPTTL":
		case "EX", "PX", "EXAT", "PXAT":
			i++
		default:
			return Unsafe
		}
	}
	return Idempotent
}

// expireClass: EXPIRE key ttl [condition], HEXPIRE key ttl [condition] FIELDS ...
// A TTL that is not positive deletes, so the repeat finds nothing.
func expireClass(args []string) Class {
	if len(args) < 3 {
		return Unsafe
	}
	if n, ok := parseInt(args[2]); !ok || n <= 0 {
		return Converging
	}
	return expireCondition(args)
}

func expireAtClass(args []string) Class  { return expireAt(args, time.Second) }
func pexpireAtClass(args []string) Class { return expireAt(args, time.Millisecond) }

func expireAt(args []string, unit time.Duration) Class {
	switch {
	case len(args) < 3:
		return Unsafe
	case isPast(args[2], unit):
		return Converging
	}
	return expireCondition(args)
}

func expireCondition(args []string) Class {
	class := Idempotent
	for _, a := range args[3:] {
		switch upper(a) {
		case "FIELDS":
			return class
		case "XX":
		case "NX", "GT", "LT": // the repeat finds its own TTL in place
			class = Converging
		default:
			return Unsafe
		}
	}
	return class
}

// isPast reports whether text is a Unix time that has passed, or no time at all.
func isPast(text string, unit time.Duration) bool {
	n, ok := parseInt(text)
	if !ok {
		return true
	}
	if unit == time.Second {
		return n <= time.Now().Unix()
	}
	return n <= time.Now().UnixMilli()
}

// bitFieldClass: BITFIELD key [GET t o | SET t o v | INCRBY t o n | OVERFLOW m] ...
func bitFieldClass(args []string) Class {
	class := ReadOnly
	for i := 2; i < len(args); {
		switch upper(args[i]) {
		case "GET":
			i += 3
		case "OVERFLOW":
			i += 2
		case "SET": // answers the old value
			class = Converging
			i += 4
		default:
			return Unsafe
		}
	}
	return class
}

// bitOpClass: BITOP op dest source ... A destination that is a source too is
// computed again from the result; only AND and OR then change nothing.
func bitOpClass(args []string) Class {
	if len(args) < 4 {
		return Unsafe
	}
	if slices.Contains(args[3:], args[2]) {
		if op := upper(args[1]); op != "AND" && op != "OR" {
			return Unsafe
		}
	}
	return Idempotent
}

// storeClass: X destination ... source ...: a destination that is a source too
// is computed again from the result.
func storeClass(args []string) Class {
	if len(args) < 3 || slices.Contains(args[2:], args[1]) {
		return Unsafe
	}
	return Idempotent
}

// copyClass: without REPLACE the repeat answers that nothing was copied.
func copyClass(args []string) Class { return idempotentWith(args, 3, "REPLACE") }

// restoreClass: without REPLACE the repeat fails with BUSYKEY.
func restoreClass(args []string) Class { return idempotentWith(args, 4, "REPLACE") }

// functionLoadClass: FUNCTION LOAD [REPLACE] code.
func functionLoadClass(args []string) Class {
	if len(args) > 3 && upper(args[2]) == "REPLACE" {
		return Idempotent
	}
	return Unsafe
}

// functionRestoreClass: FUNCTION RESTORE payload [FLUSH | APPEND | REPLACE].
func functionRestoreClass(args []string) Class {
	if idempotentWith(args, 3, "FLUSH") == Idempotent {
		return Idempotent
	}
	return idempotentWith(args, 3, "REPLACE")
}

// idempotentWith is Idempotent when word is among the options from args[from].
func idempotentWith(args []string, from int, word string) Class {
	if findWord(args, from, word) >= 0 {
		return Idempotent
	}
	return Unsafe
}

// sortClass: SORT only reads unless it has STORE. Patterns may read the
// destination, and so may a destination that is sorted itself.
func sortClass(args []string) Class {
	at := findWord(args, 2, "STORE")
	switch {
	case at < 0:
		return ReadOnly
	case at+1 >= len(args) || args[at+1] == args[1]:
		return Unsafe
	case findWord(args, 2, "BY") >= 0 || findWord(args, 2, "GET") >= 0:
		return Unsafe
	}
	return Idempotent
}

// geoRadiusClass: GEORADIUS key lon lat radius unit [options].
func geoRadiusClass(args []string) Class { return radiusClass(args, 6) }

// geoRadiusByMemberClass: GEORADIUSBYMEMBER key member radius unit [options].
func geoRadiusByMemberClass(args []string) Class { return radiusClass(args, 5) }

func radiusClass(args []string, options int) Class {
	class := ReadOnly
	for i := options; i < len(args); i++ {
		if w := upper(args[i]); w == "STORE" || w == "STOREDIST" {
			i++
			if i >= len(args) || args[i] == args[1] {
				return Unsafe
			}
			class = Idempotent
		}
	}
	return class
}

// addClass: ZADD key [options] score member ..., GEOADD key [options] ... With XX
// and without CH the answer is always 0.
func addClass(args []string) Class {
	xx, ch := false, false
	for i := 2; i < len(args); i++ {
		switch upper(args[i]) {
		case "INCR":
			return Unsafe
		case "XX":
			xx = true
		case "CH":
			ch = true
		case "NX", "GT", "LT":
		default:
			i = len(args)
		}
	}
	if xx && !ch {
		return Idempotent
	}
	return Converging
}

// lremClass: LREM key count value; 0 removes all, so the repeat removes none.
func lremClass(args []string) Class {
	if len(args) == 4 && args[2] == "0" {
		return Converging
	}
	return Unsafe
}

// ltrimClass: LTRIM key start stop.
func ltrimClass(args []string) Class { return trimClass(args, 2) }

// jsonTrimClass: JSON.ARRTRIM key path start stop.
func jsonTrimClass(args []string) Class { return trimClass(args, 3) }

// trimClass: keeping the first or the last n of a list changes nothing the
// second time; any other range moves.
func trimClass(args []string, at int) Class {
	if len(args) != at+2 {
		return Unsafe
	}
	start, ok1 := parseInt(args[at])
	stop, ok2 := parseInt(args[at+1])
	if ok1 && ok2 && (start == 0 && stop >= -1 || start < 0 && stop == -1) {
		return Idempotent
	}
	return Unsafe
}

// jsonSetClass: JSON.SET key path value [NX | XX]. A recursive path matches
// inside what was just set.
func jsonSetClass(args []string) Class {
	if len(args) < 4 || indexOf(args[2], "..") >= 0 {
		return Unsafe
	}
	for _, a := range args[4:] {
		if upper(a) != "XX" {
			return Unsafe
		}
	}
	return Idempotent
}

// jsonMergeClass: JSON.MERGE key path value. Merging null into an element of an
// array removes it, and the next one moves into its place.
func jsonMergeClass(args []string) Class {
	if len(args) != 4 || indexOf(args[2], "..") >= 0 || indexOf(args[2], "[") >= 0 {
		return Unsafe
	}
	return Idempotent
}

// jsonMSetClass: JSON.MSET key path value ...
func jsonMSetClass(args []string) Class {
	if len(args) < 4 || len(args)%3 != 1 {
		return Unsafe
	}
	for i := 2; i < len(args); i += 3 {
		if indexOf(args[i], "..") >= 0 {
			return Unsafe
		}
	}
	return Idempotent
}

// jsonDelClass: JSON.DEL key [path]. When an element of an array goes, the next
// one moves into its place.
func jsonDelClass(args []string) Class {
	if len(args) > 2 && indexOf(args[2], "[") >= 0 {
		return Unsafe
	}
	return Converging
}

// aclSetUserClass: ACL SETUSER name rule ... Removing a password twice fails, and
// a selector is added again.
func aclSetUserClass(args []string) Class {
	for _, rule := range args[min(3, len(args)):] {
		if rule != "" && (rule[0] == '(' || rule[0] == '<' || rule[0] == '!') {
			return Unsafe
		}
	}
	return Idempotent
}

// aclLogClass: ACL LOG [count | RESET].
func aclLogClass(args []string) Class {
	if findWord(args, 2, "RESET") >= 0 {
		return Idempotent
	}
	return ReadOnly
}

// searchCreateClass: without EXISTSOK the repeat fails.
func searchCreateClass(args []string) Class {
	for _, a := range args {
		switch upper(a) {
		case "SCHEMA":
			return Unsafe
		case "EXISTSOK":
			return Converging
		}
	}
	return Unsafe
}

// findWord returns the index of an option among args[from:], or -1.
func findWord(args []string, from int, word string) int {
	for i := from; i < len(args); i++ {
		if upper(args[i]) == word {
			return i
		}
	}
	return -1
}
