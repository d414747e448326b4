package cache

import (
	"context"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// Options tune a [Cache]. A kind with a TTL, or TTL, is required; the zero value
// of every other field is the documented default.
type Options struct {
	// Kind names the entries: an id is spelled by Kind.Key, escaped. Its TTL is
	// the default of TTL.
	Kind keys.Kind
	// Prefix is put before ids as it is, instead of Kind; ids are then not
	// escaped. At most one of Kind and Prefix may be set.
	Prefix string
	// Name is what statistics and errors are reported under. "" means the kind,
	// or the prefix.
	Name string

	// TTL is how long an entry is fresh, at least a millisecond, exact to the
	// millisecond. 0 means Kind.TTL.
	TTL time.Duration
	// Jitter shortens each TTL by a random part of up to this fraction, 0 to 1,
	// so that entries written together do not expire together.
	Jitter float64
	// Stale is how much longer an expired entry is served, marked as stale,
	// while one caller reloads it in the background.
	Stale time.Duration
	// StaleIfError is how long after TTL an entry may be served when the loader
	// fails, or while another caller loads. It counts from the end of TTL, like
	// Stale.
	StaleIfError time.Duration
	// Early lets fresh entries be reloaded before they expire, at random and the
	// likelier the nearer the end and the longer the last load took; 1 is the
	// optimum of the source, 0 turns it off. Source: Vattani, Chierichetti,
	// Lowenstein, Optimal Probabilistic Cache Stampede Prevention, VLDB 2015.
	Early float64
	// NegativeTTL is how long the loader's [ErrNotFound] is remembered; 0 means
	// not at all.
	NegativeTTL time.Duration
	// ErrorTTL is how long no loader is called for a key after one failed. 0
	// means a second; negative means no back-off.
	ErrorTTL time.Duration
	// LoadTimeout bounds one call of a loader. 0 means 10 s. A process that dies
	// while it loads blocks others for LoadTimeout + Timeout at most.
	LoadTimeout time.Duration
	// NoLease gives up the guarantee of one load across processes, and with it
	// that a delete from elsewhere wins over a load in flight; a load then costs
	// one command and one round trip less, and many are stored with one command.
	NoLease bool

	// Tags names the tags of an id; see [InvalidateTags]. It must be a function
	// of the id alone, because tags are checked with the same command that reads
	// the entry.
	Tags func(id string) []string
	// Namespace is one more tag that all entries of the cache have; see
	// [Cache.InvalidateNamespace].
	Namespace string
	// Version marks entries with the version of T's form. Entries of another
	// version are misses. 0 means unmarked.
	Version uint32
	// Envelope stores every value with its time of writing, so that hits have an
	// age. Stale, StaleIfError, Early, Tags, Namespace and Version imply it.
	Envelope bool

	// Compressor makes large values smaller; see package cache/compress. Values
	// that it made smaller are stored in an envelope.
	Compressor Compressor
	// CompressFrom is the size in bytes from which values are compressed. 0
	// means 1024.
	CompressFrom int
	// MaxValue bounds an encoded value in bytes, before compression. 0 means
	// 1 MiB; negative means no bound.
	MaxValue int
	// SkipTooLarge makes Set of a value over MaxValue delete the old entry and
	// succeed. By default Set returns a *[SizeError]. Loaded values over the
	// limit are returned and not stored, either way.
	SkipTooLarge bool

	// Local is the in-process level; see package cache/local. nil means none.
	Local Local
	// LocalTTL is how long an entry is served from Local without asking Redis,
	// and so how much longer than elsewhere this process may serve a value that
	// another process has replaced or deleted. A plain value that was read is
	// served no longer than TTL from Local, which may be past its own end: only
	// Redis knows that; see Envelope. 0 means a second.
	LocalTTL time.Duration

	// Timeout bounds each conversation with Redis. 0 means 2 s.
	Timeout time.Duration
	// FailWhenDown makes loads return an error when Redis cannot be read. By
	// default the loader is called then, at most once at a time per key and
	// process; but each GetOrLoadMany calls its own.
	FailWhenDown bool
	// Background takes what goes on although no caller waits for it: reloads of
	// stale entries, and the end of loads whose last caller has left. It must
	// return at once and see to it that run runs, once, on another goroutine; it
	// is where an edge worker hands work to its host, with a promise for
	// waitUntil that run's end resolves. ctx has the values of the caller's
	// context, and may have ended. nil means a goroutine, and that the program
	// calls Wait or Close before it is frozen or ends.
	Background func(ctx context.Context, run func())
	// OnError sees every error that the cache works around: Redis that is down,
	// entries that cannot be decoded, background loads that fail. It must be
	// safe for concurrent use.
	OnError func(ctx context.Context, e ErrorEvent)
}

// An ErrorEvent is what Options.OnError receives.
type ErrorEvent struct {
	// Cache is Options.Name.
	Cache string
	// Op is what the cache was doing: "read", "decode", "lease", "store",
	// "load", "refresh", "delete" or "encode".
	Op string
	// Key is the key of the entry; the first one, when there are many.
	Key string
	// Err is the error. It contains neither keys nor values.
	Err error
}

const (
	defaultErrorTTL     = time.Second
	defaultLoadTimeout  = 10 * time.Second
	defaultTimeout      = 2 * time.Second
	defaultLocalTTL     = time.Second
	defaultMaxValue     = 1 << 20
	defaultCompressFrom = 1024
)

// maxDuration keeps sums of durations, and of them and Unix milliseconds, in range.
const maxDuration = 50 * 365 * 24 * time.Hour

// validate checks what the caller gave.
func (o *Options) validate() error {
	if o.TTL == 0 {
		o.TTL = o.Kind.TTL()
	}
	switch {
	case !o.Kind.IsZero() && o.Prefix != "":
		return &OptionError{"Prefix", "is set beside Kind"}
	case o.TTL == 0:
		return &OptionError{"TTL", "is not set and the kind has none; every entry has a TTL"}
	case o.TTL < time.Millisecond:
		return &OptionError{"TTL", "is less than a millisecond"}
	case !(o.Jitter >= 0 && o.Jitter <= 1):
		return &OptionError{"Jitter", "is not between 0 and 1"}
	case !(o.Early >= 0 && o.Early <= 1000):
		return &OptionError{"Early", "is not between 0 and 1000"}
	case o.Stale < 0 || o.StaleIfError < 0 || o.NegativeTTL < 0:
		return &OptionError{"Stale, StaleIfError and NegativeTTL", "must not be negative"}
	case o.NegativeTTL > 0 && o.NegativeTTL < time.Millisecond:
		return &OptionError{"NegativeTTL", "is less than a millisecond"}
	case o.LoadTimeout < 0 || o.Timeout < 0 || o.LocalTTL < 0:
		return &OptionError{"LoadTimeout, Timeout and LocalTTL", "must not be negative"}
	case max(o.TTL, o.Stale, o.StaleIfError, o.NegativeTTL, o.ErrorTTL, o.LoadTimeout, o.Timeout, o.LocalTTL) > maxDuration:
		return &OptionError{"TTL, Stale and the other durations", "must not be longer than 50 years"}
	case o.CompressFrom < 0:
		return &OptionError{"CompressFrom", "is negative"}
	}
	if o.Compressor != nil && !validCompressorID(o.Compressor.ID()) {
		return &OptionError{"Compressor", "has an ID that is not a lower-case letter"}
	}
	return nil
}

func (o *Options) setDefaults() {
	if o.Name == "" {
		o.Name = o.Prefix
		if !o.Kind.IsZero() {
			o.Name = o.Kind.String()
		}
	}
	switch {
	case o.ErrorTTL == 0:
		o.ErrorTTL = defaultErrorTTL
	case o.ErrorTTL < 0:
		o.ErrorTTL = 0
	}
	o.ErrorTTL = roundUp(o.ErrorTTL)
	if o.LoadTimeout == 0 {
		o.LoadTimeout = defaultLoadTimeout
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.LocalTTL == 0 {
		o.LocalTTL = defaultLocalTTL
	}
	if o.MaxValue == 0 {
		o.MaxValue = defaultMaxValue
	}
	if o.CompressFrom == 0 {
		o.CompressFrom = defaultCompressFrom
	}
	if o.Stale > 0 || o.StaleIfError > 0 || o.Early > 0 || o.Tags != nil || o.Namespace != "" || o.Version != 0 {
		o.Envelope = true
	}
}

// roundUp rounds up to whole milliseconds.
func roundUp(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}
