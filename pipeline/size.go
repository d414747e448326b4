package pipeline

import (
	"unicode/utf8"

	"github.com/yesgoddess/edgeredis/upstash"
)

// maxGrowth is how many bytes one byte of an argument can become in JSON: a
// control character is written as \u00XX.
const maxGrowth = 6

// encodedBound returns a bound of the length of a command in a request body, args
// being its words. It looks only at their lengths.
func encodedBound(args []string) int {
	n := 3 * (len(args) + 1) // quotes and commas, brackets and the comma after the command
	for _, a := range args {
		n += maxGrowth * len(a)
	}
	return n
}

// encodedLen returns the exact length of a command in a request body, with the comma
// after it, and whether JSON can carry its words: they must be UTF-8.
func encodedLen(args []string) (n int, text bool) {
	n = len("[],") + 3*len(args) - 1 // quotes around each argument, commas between
	for _, a := range args {
		extra, ok := escapes(a)
		if !ok {
			return 0, false
		}
		n += len(a) + extra
	}
	return n, true
}

// escapes returns how many bytes JSON needs beyond the bytes of s, and whether s
// is UTF-8.
func escapes(s string) (extra int, text bool) {
	ascii := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			ascii = false
		case c == '"' || c == '\\' || c >= '\b' && c <= '\r' && c != '\v': // \b \t \n \f \r
			extra++
		case c < ' ':
			extra += maxGrowth - 1
		}
	}
	return extra, ascii || utf8.ValidString(s)
}

// argBytes returns the bytes of all arguments of cmd, and whether they are UTF-8.
func argBytes(cmd *upstash.Command) (n int, text bool) {
	text = true
	for _, a := range cmd.Args() {
		n += len(a)
		text = text && utf8.ValidString(a)
	}
	return n, text
}
