package upstash

import (
	"math"
	"time"
)

// A builder collects the arguments of a command whose number is not fixed, in a
// slice that is allocated once. The first bad argument makes the command fail
// before any I/O.
type builder struct {
	args  []string
	err   error
	class Class
}

// build starts a command with its name and first arguments; size is the number
// of words that it will have.
func build(class Class, size int, words ...string) builder {
	return builder{args: append(make([]string, 0, size), words...), class: class}
}

func (b *builder) done() Command { return Command{args: b.args, err: b.err, class: uint8(b.class)} }

// refined is done for a command whose class depends on its arguments.
func (b *builder) refined(class func(args []string) Class) Command {
	b.class = class(b.args)
	return b.done()
}

// fail records the first mistake; at is the argument's place, 0 for the command.
func (b *builder) fail(at int, reason string) {
	if b.err == nil {
		b.err = &ArgumentError{Command: b.args[0], Position: at, Reason: reason}
	}
}

func (b *builder) str(words ...string) { b.args = append(b.args, words...) }

func (b *builder) num(n int64) { b.args = append(b.args, itoa64(n)) }

// flag appends word when on is true.
func (b *builder) flag(on bool, word string) {
	if on {
		b.args = append(b.args, word)
	}
}

// float appends a number, which may be infinite but not NaN.
func (b *builder) float(f float64) {
	if math.IsNaN(f) {
		b.fail(len(b.args), "is not a number (NaN)")
	}
	b.args = append(b.args, formatFloat(f))
}

// val appends any value that [NewCommand] takes.
func (b *builder) val(a any) {
	s, err := argText(a)
	if err != nil {
		b.fail(len(b.args), err.Error())
	}
	b.args = append(b.args, s)
}

// vals appends values, at least one.
func (b *builder) vals(list []any, what string) {
	b.need(len(list), what)
	for _, a := range list {
		b.val(a)
	}
}

// pairs appends names and values in turn, at least one of each.
func (b *builder) pairs(list []any) {
	b.need(len(list), "pair of name and value")
	if len(list)%2 != 0 {
		b.fail(0, "needs names and values in pairs, the last name has no value")
	}
	for _, a := range list {
		b.val(a)
	}
}

// strs appends strings, at least one.
func (b *builder) strs(list []string, what string) {
	b.need(len(list), what)
	b.args = append(b.args, list...)
}

// counted appends the number of strings, then the strings.
func (b *builder) counted(list []string, what string) {
	b.num(int64(len(list)))
	b.strs(list, what)
}

func (b *builder) need(n int, what string) {
	if n == 0 {
		b.fail(0, "needs at least one "+what)
	}
}

// atMostOne fails when more than one of a group of options is set.
func (b *builder) atMostOne(names string, set ...bool) {
	n := 0
	for _, on := range set {
		if on {
			n++
		}
	}
	if n > 1 {
		b.fail(0, "can have only one of "+names)
	}
}

const (
	ttlTooShort = "is a TTL of less than a millisecond"
	timeUnset   = "is a time that is not after 1970"
)

// seconds appends a TTL that is whole seconds.
func (b *builder) seconds(d time.Duration) { b.duration(d, time.Second) }

// millis appends a TTL in milliseconds, rounded down.
func (b *builder) millis(d time.Duration) { b.duration(d, time.Millisecond) }

func (b *builder) duration(d, unit time.Duration) {
	if d < time.Millisecond {
		b.fail(len(b.args), ttlTooShort)
	}
	b.num(int64(d / unit))
}

// unix appends a time in seconds or milliseconds, rounded down.
func (b *builder) unix(t time.Time, unit time.Duration) {
	if t.UnixMilli() <= 0 {
		b.fail(len(b.args), timeUnset)
	}
	if unit == time.Second {
		b.num(t.Unix())
		return
	}
	b.num(t.UnixMilli())
}

func wholeSeconds(t time.Time) bool { return t.UnixMilli()%1000 == 0 }

// expiry appends the TTL options that SET, GETEX, HSETEX and HGETEX share; keep
// is KEEPTTL or PERSIST.
func (b *builder) expiry(ttl time.Duration, at time.Time, keep bool, keepName, keepWord string) {
	b.atMostOne("TTL, ExpireAt and "+keepName, ttl != 0, !at.IsZero(), keep)
	if ttl != 0 {
		word, unit := "EX", time.Second
		if ttl%time.Second != 0 {
			word, unit = "PX", time.Millisecond
		}
		b.str(word)
		b.duration(ttl, unit)
	}
	if !at.IsZero() {
		word, unit := "EXAT", time.Second
		if !wholeSeconds(at) {
			word, unit = "PXAT", time.Millisecond
		}
		b.str(word)
		b.unix(at, unit)
	}
	b.flag(keep, keepWord)
}
