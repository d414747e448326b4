package upstash_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

func TestClassTableIsSorted(t *testing.T) {
	t.Parallel()
	names := upstash.ClassNames()
	if !slices.IsSorted(names) {
		t.Error("classTable is not sorted, so the binary search misses rows")
	}
	if n := len(slices.Compact(slices.Clone(names))); n != len(names) {
		t.Errorf("%d names, %d different ones", len(names), n)
	}
	for _, name := range names {
		if !upstash.ClassKnown(strings.Fields(name)...) {
			t.Errorf("%s is not found", name)
		}
		if !upstash.ClassKnown(strings.Fields(strings.ToLower(name))...) {
			t.Errorf("%s is not found in lower case", name)
		}
	}
}

func TestClassOf(t *testing.T) {
	t.Parallel()
	const (
		read, idem, conv, unsafe = upstash.ReadOnly, upstash.Idempotent, upstash.Converging, upstash.Unsafe
	)
	for _, tt := range []struct {
		command string
		want    upstash.Class
	}{
		{"", unsafe},
		{"NOSUCH k", unsafe},
		{"GE k", unsafe},
		{"GETX k", unsafe},
		{"SCRIPT", unsafe},
		{"SCRIPT NOSUCH", unsafe},
		{"SCRIPT LOAD x", idem},
		{"script load x", idem},
		{"get k", read},
		{"BLPOP k 0", unsafe},

		{"SET k v", idem},
		{"SET k v EX 5", idem},
		{"SET k v ex 5 xx", idem},
		{"SET k v NX", unsafe},
		{"SET k v PX 5 nx", unsafe},
		{"SET k v GET", unsafe},
		{"SET k v IFEQ v", unsafe},
		{"SET k v IFNE w", idem},
		{"SET k v IFNE v", unsafe},
		{"SET k v IFNE", unsafe},
		{"SET k v IFDNE d", unsafe},
		{"SET k v NEWOPTION", unsafe},
		{"GETEX k", read},
		{"GETEX k EX 5", idem},
		{"GETEX k PERSIST", idem},
		{"GETEX k EXAT 4102444800", idem},
		{"GETEX k EXAT 1000", unsafe},
		{"GETEX k PXAT 1000000000000", unsafe},
		{"GETEX k PXAT 4102444800000", idem},
		{"HGETEX k FIELDS 1 EX", read},
		{"HGETEX k EX 5 FIELDS 1 f", idem},
		{"HGETEX k PXAT 5 FIELDS 1 f", unsafe},
		{"HSETEX k FIELDS 1 f v", idem},
		{"HSETEX k FNX FIELDS 1 f v", unsafe},
		{"HSETEX k FXX EX 5 FIELDS 1 FNX v", idem},
		{"HSETEX k EXAT 5 FIELDS 1 f v", conv},
		{"HSETEX k", unsafe},
		{"MSETEX 1 k v", idem},
		{"MSETEX 1 k v XX EX 5", idem},
		{"MSETEX 1 NX XX NX", unsafe},
		{"MSETEX 9 k v", unsafe},

		{"EXPIRE k 5", idem},
		{"EXPIRE k 0", conv},
		{"EXPIRE k -1", conv},
		{"EXPIRE k 5 NX", conv},
		{"EXPIRE k 5 xx", idem},
		{"EXPIRE k 5 XX GT", conv},
		{"EXPIRE k 5 NEW", unsafe},
		{"EXPIRE k", unsafe},
		{"EXPIREAT k 4102444800", idem},
		{"EXPIREAT k 1000", conv},
		{"PEXPIREAT k 4102444800", conv}, // 1970 in milliseconds
		{"HEXPIRE k 5 FIELDS 1 NX", idem},
		{"HEXPIRE k 5 NX FIELDS 1 f", conv},
		{"HPEXPIREAT k 4102444800000 LT FIELDS 1 f", conv},

		{"BITFIELD k", read},
		{"BITFIELD k GET u8 0 OVERFLOW SAT GET u8 8", read},
		{"BITFIELD k GET u8 0 SET u8 0 1", conv},
		{"BITFIELD k SET u8 0 1 INCRBY u8 0 1", unsafe},
		{"BITOP AND d a b", idem},
		{"BITOP XOR d a b", idem},
		{"BITOP XOR a a b", unsafe},
		{"BITOP or a a b", idem},
		{"BITOP NOT a a", unsafe},
		{"BITOP NOT a", unsafe},

		{"COPY a b", unsafe},
		{"COPY a b DB 1 REPLACE", idem},
		{"RESTORE k 0 REPLACE", unsafe},
		{"RESTORE k 0 x replace", idem},
		{"SORT k", read},
		{"SORT k LIMIT 0 5 STORE d", idem},
		{"SORT k STORE k", unsafe},
		{"SORT k BY w_* STORE d", unsafe},
		{"SORT k STORE", unsafe},
		{"GEORADIUS k 1 2 3 m", read},
		{"GEORADIUS k 1 2 3 m STORE d", idem},
		{"GEORADIUS k 1 2 3 m STOREDIST k", unsafe},
		{"GEORADIUSBYMEMBER k STORE 3 m", read},
		{"GEORADIUSBYMEMBER k m 3 m ASC store d", idem},
		{"GEOSEARCHSTORE d k FROMMEMBER a BYRADIUS 1 m", idem},
		{"GEOSEARCHSTORE k k FROMMEMBER a BYRADIUS 1 m", unsafe},
		{"ZADD k 1 a", conv},
		{"ZADD k NX 1 a", conv},
		{"ZADD k INCR 1 a", unsafe},
		{"ZADD k xx 1 a", idem},
		{"ZADD k XX GT 1 a", idem},
		{"ZADD k XX CH 1 a", conv},
		{"ZADD k XX INCR 1 a", unsafe},
		{"ZADD k 1 INCR", conv},
		{"GEOADD k XX 1 2 a", idem},
		{"ZRANGESTORE k k 0 1", unsafe},
		{"ZUNIONSTORE d 2 a b", idem},
		{"ZUNIONSTORE a 2 a b", unsafe},
		{"SDIFFSTORE d a b", idem},
		{"SDIFFSTORE b a b", unsafe},

		{"LREM k 0 v", conv},
		{"LREM k 1 v", unsafe},
		{"LTRIM k 0 9", idem},
		{"LTRIM k -9 -1", idem},
		{"LTRIM k 0 -2", unsafe},
		{"LTRIM k 1 5", unsafe},
		{"JSON.ARRTRIM k $ 0 9", idem},
		{"JSON.ARRTRIM k $ 1 9", unsafe},
		{"JSON.SET k $ 1", idem},
		{"JSON.SET k $ 1 xx", idem},
		{"JSON.SET k $ 1 NX", unsafe},
		{"JSON.SET k $..a 1", unsafe},
		{"JSON.MERGE k $ {}", idem},
		{"JSON.MERGE k $.a[0] null", unsafe},
		{"JSON.MSET a $ 1 b $ 2", idem},
		{"JSON.MSET a $ 1 b $..x 2", unsafe},
		{"JSON.MSET a $ 1 b $", unsafe},
		{"JSON.DEL k", conv},
		{"JSON.DEL k $.a", conv},
		{"JSON.DEL k $.a[0]", unsafe},
		{"XADD k * f v", unsafe},
		{"XADD k 5-1 f v", unsafe},
		{"XREADGROUP GROUP g c STREAMS s 0", unsafe},
		{"XGROUP SETID s g 0", idem},
		{"XINFO STREAM s", read},
		{"EVAL_RO s 0", read},
		{"EVAL s 0", unsafe},
		{"FUNCTION LOAD code", unsafe},
		{"FUNCTION LOAD REPLACE code", idem},
		{"FUNCTION RESTORE x", unsafe},
		{"FUNCTION RESTORE x FLUSH", idem},
		{"FUNCTION RESTORE x replace", idem},
		{"ACL SETUSER u on >p", idem},
		{"ACL SETUSER u <p", unsafe},
		{"ACL SETUSER u (+get)", unsafe},
		{"ACL LOG", read},
		{"ACL LOG RESET", idem},
		{"SEARCH.CREATE i ON JSON PREFIX 1 p SCHEMA EXISTSOK TEXT", unsafe},
		{"SEARCH.CREATE i ON JSON PREFIX 1 p EXISTSOK SCHEMA a TEXT", conv},
		{"GETSET k v", unsafe},
		{"SPOP k", unsafe},
	} {
		if got := upstash.ClassOf(strings.Fields(tt.command)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.command, got, tt.want)
		}
	}
}

// TestRefinementsDoNotPanic cuts every command of the cases short.
func TestRefinementsDoNotPanic(t *testing.T) {
	t.Parallel()
	for _, c := range allCases() {
		for n := range c.args {
			upstash.ClassOf(c.args[:n])
		}
	}
	for _, name := range upstash.ClassNames() {
		args := strings.Fields(name)
		for range 8 {
			upstash.ClassOf(args)
			args = append(args, "EXAT")
		}
	}
}

// FuzzClassOf looks for panics, and for unknown commands that count as safe.
func FuzzClassOf(f *testing.F) {
	for _, c := range allCases() {
		f.Add(strings.Join(c.args, "\n"))
	}
	f.Fuzz(func(t *testing.T, command string) {
		args := strings.Split(command, "\n")
		class := upstash.ClassOf(args)
		for i, a := range args {
			args[i] = strings.ToUpper(a)
		}
		if len(args) > 0 && !upstash.ClassKnown(args...) && class != upstash.Unsafe {
			t.Errorf("%q: an unknown command is %v", args, class)
		}
	})
}
