//go:build !wasm

package devserver

import (
	"strconv"
	"strings"
)

// access says what a command does to keys; it decides what the read-only token
// may run and what moves the sync token.
type access byte

const (
	accessNone         access = '-'
	accessRead         access = 'r'
	accessWrite        access = 'w'
	accessScript       access = 's'
	accessReadOnlyExec access = 'e'
)

// A commandSpec is one row of commandTable.
type commandSpec struct {
	name   string
	arity  int
	access access
	keys   string
}

var commandSpecs = parseCommandTable(commandTable)

func parseCommandTable(table string) map[string]*commandSpec {
	m := make(map[string]*commandSpec, 256)
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) != 4 || f[0] == "#" {
			continue
		}
		arity, err := strconv.Atoi(f[1])
		if err != nil {
			panic("devserver: bad row in the command table: " + line)
		}
		m[f[0]] = &commandSpec{name: f[0], arity: arity, access: access(f[2][0]), keys: f[3]}
	}
	return m
}

// arityOK reports whether n words (with the name) suit the command.
func (c *commandSpec) arityOK(n int) bool {
	if c.arity >= 0 {
		return n == c.arity
	}
	return n >= -c.arity
}

// keyArgs returns the keys among args (args[0] is the name). Malformed commands
// give fewer keys, never a panic.
func (c *commandSpec) keyArgs(args []string) []string {
	switch {
	case c.keys == "-" || len(args) < 2:
		return nil
	case c.keys == "1":
		return args[1:2]
	case c.keys == "sub":
		return args[min(2, len(args)):min(3, len(args))]
	case c.keys == "streams":
		return streamKeys(args)
	case c.keys[0] == 'n':
		return countedKeys(args, int(c.keys[1]-'0'))
	case c.keys[0] == 'p':
		return pairKeys(args, int(c.keys[1]-'0'))
	case c.keys[0] == 'd':
		return append([]string{args[1]}, countedKeys(args, int(c.keys[1]-'0'))...)
	}
	return steppedKeys(c.keys, args)
}

func steppedKeys(rule string, args []string) []string {
	f := strings.Split(rule, ",")
	first, _ := strconv.Atoi(f[0])
	last, _ := strconv.Atoi(f[1])
	step, _ := strconv.Atoi(f[2])
	if last < 0 {
		last += len(args)
	}
	var keys []string
	for i := first; i <= last && i < len(args); i += step {
		keys = append(keys, args[i])
	}
	return keys
}

func countedKeys(args []string, at int) []string {
	if at >= len(args) {
		return nil
	}
	n, err := strconv.Atoi(args[at])
	if err != nil || n < 0 || n > len(args)-at-1 {
		return nil
	}
	return args[at+1 : at+1+n]
}

func pairKeys(args []string, at int) []string {
	n, err := strconv.Atoi(args[at])
	if err != nil || n < 0 || n > (len(args)-at-1)/2 {
		return nil
	}
	keys := make([]string, n)
	for i := range keys {
		keys[i] = args[at+1+2*i]
	}
	return keys
}

func streamKeys(args []string) []string {
	for i, a := range args {
		if strings.EqualFold(a, "STREAMS") {
			rest := args[i+1:]
			return rest[:len(rest)/2]
		}
	}
	return nil
}

// subcommands lists, for container commands, what the REST API offers.
var subcommands = map[string]string{
	"MEMORY":   "USAGE",
	"XGROUP":   "CREATE CREATECONSUMER DELCONSUMER DESTROY SETID",
	"XINFO":    "CONSUMERS GROUPS STREAM",
	"SCRIPT":   "EXISTS FLUSH KILL LOAD",
	"FUNCTION": "DELETE FLUSH KILL LIST LOAD STATS",
	"PUBSUB":   "CHANNELS NUMSUB NUMPAT",
	"CONFIG":   "GET SET",
	"ACL":      "CAT DELUSER GENPASS GENTOKEN GETUSER LIST LOAD LOG RESTTOKEN SAVE SETUSER USERS WHOAMI",
}

// restRefused lists the commands that exist but cannot be sent as a REST
// command: they belong to a connection, they stream, or they block.
var restRefused = wordSet(`AUTH MULTI EXEC DISCARD WATCH UNWATCH HELLO RESET QUIT CLIENT
	SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE MONITOR
	BLMOVE BLMPOP BLPOP BRPOP BRPOPLPUSH BZMPOP BZPOPMAX BZPOPMIN`)

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
