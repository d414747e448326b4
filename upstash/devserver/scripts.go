//go:build !wasm

package devserver

import (
	"crypto/sha1"
	"encoding/hex"
	"regexp"
	"strings"
	"sync"
)

const keyLockingFlag = "allow-key-locking"

// lockingGuard is put in front of a script with the key-locking flag. It stands
// on the first line, so line numbers in errors stay right. It refuses keys that
// are not in KEYS, with Upstash's words; Redis itself finds the keys of a
// command (COMMAND GETKEYS). That takes as long as ten commands, so the commands
// of most scripts, which have one key and have it first, are looked at directly.
const lockingGuard = `local redis=(function(r)local d={}for _,k in ipairs(KEYS)do d[k]=true end;` +
	`local function bad(c,k,...)if d[k]and(c=='GET'or c=='SET'or c=='INCR'or c=='INCRBY'or c=='PTTL'or c=='PEXPIRE'` +
	`or c=='HGET'or c=='HSET'or c=='HMGET'or c=='ZADD'or c=='ZCARD'or c=='ZRANGE')or c=='TIME'then return end;` +
	`local ks=r.pcall('COMMAND','GETKEYS',c,k,...)` +
	`if type(ks)=='table'and not ks.err then for _,k in ipairs(ks)do if not d[k]then return ` +
	`"Dynamic keys are not allowed in Lua scripts when 'allow-key-locking' flag is set. Key was: "..k end end end end;` +
	`return setmetatable({call=function(...)local e=bad(...)if e then error(e,0)end;return r.call(...)end,` +
	`pcall=function(...)local e=bad(...)if e then return{err='ERR '..e}end;return r.pcall(...)end},{__index=r})end)(redis);`

// A script is Lua source after normalisation.
type script struct {
	source   string
	noWrites bool // the flag no-writes was there and the backend does not know it
	changed  bool
}

// normaliseScript makes source fit for the backend. Stock Redis refuses the
// flag allow-key-locking, Redis before 7.0 and the embedded one know no shebang
// at all; Upstash tolerates blank lines before it.
func normaliseScript(source string, f *features) script {
	trimmed := strings.TrimLeft(source, "\r\n")
	if !strings.HasPrefix(trimmed, "#!lua") {
		return script{source: source}
	}
	line, rest, _ := strings.Cut(trimmed, "\n")
	blank := strings.Repeat("\n", strings.Count(source[:len(source)-len(trimmed)], "\n"))
	kept, flags, locking := splitShebang(line)
	guard := ""
	if locking {
		guard = lockingGuard
	}
	switch {
	case !f.shebang || locking && len(flags) == 0 && len(kept) == 0:
		return script{source: blank + guard + "\n" + rest, noWrites: !f.shebang && hasFlag(flags, "no-writes"), changed: true}
	case !locking && blank == "":
		return script{source: source}
	}
	head := "#!lua"
	for _, k := range kept {
		head += " " + k
	}
	if len(flags) > 0 {
		head += " flags=" + strings.Join(flags, ",")
	}
	return script{source: head + "\n" + blank + guard + rest, changed: true}
}

// splitShebang takes the key-locking flag out of a shebang line and returns the
// other options and flags.
func splitShebang(line string) (kept, flags []string, locking bool) {
	for _, word := range strings.Fields(line)[1:] {
		list, ok := strings.CutPrefix(word, "flags=")
		if !ok {
			kept = append(kept, word)
			continue
		}
		for f := range strings.SplitSeq(list, ",") {
			switch f {
			case keyLockingFlag:
				locking = true
			case "":
			default:
				flags = append(flags, f)
			}
		}
	}
	return kept, flags, locking
}

func hasFlag(flags []string, name string) bool {
	for _, f := range flags {
		if f == name {
			return true
		}
	}
	return false
}

// functionFlag finds the key-locking flag where libraries have it: as a string
// in the flags table of register_function.
var functionFlag = regexp.MustCompile(`(['"])allow-key-locking(['"])\s*,?`)

// normaliseLibrary removes the key-locking flag from a function library.
func normaliseLibrary(source string) string {
	if !strings.Contains(source, keyLockingFlag) {
		return source
	}
	return functionFlag.ReplaceAllString(source, "")
}

func sha1Hex(s string) string {
	sum := sha1.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// maxScripts bounds a scriptMap. A forgotten script costs the client one
// NOSCRIPT, which it must handle anyway.
const maxScripts = 10_000

// A scriptMap knows, for scripts that were changed, which digest the backend has
// for the digest the client computed.
type scriptMap struct {
	mu    sync.Mutex
	byOld map[string]scriptEntry // guarded by mu
	order []string               // guarded by mu; oldest first
}

type scriptEntry struct {
	sha      string
	noWrites bool
}

func newScriptMap() *scriptMap { return &scriptMap{byOld: map[string]scriptEntry{}} }

func (m *scriptMap) put(oldSHA string, e scriptEntry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.byOld[oldSHA]; !ok {
		if len(m.order) == maxScripts {
			delete(m.byOld, m.order[0])
			m.order = m.order[1:]
		}
		m.order = append(m.order, oldSHA)
	}
	m.byOld[oldSHA] = e
}

// get returns the entry for a client's digest; an unknown digest stands for
// itself.
func (m *scriptMap) get(sha string) scriptEntry {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.byOld[strings.ToLower(sha)]; ok {
		return e
	}
	return scriptEntry{sha: sha}
}

func (m *scriptMap) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.byOld, m.order = map[string]scriptEntry{}, nil
}
