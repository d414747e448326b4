package cache

import (
	"context"
	"errors"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// PurgeOptions tune [Purge]. The zero value is good.
type PurgeOptions struct {
	// Batch is how many keys a step looks at, about, and deletes at most in one
	// command. 0 means 500; at most 5000.
	Batch int
	// Cursor goes on where an earlier purge of the same pattern stopped.
	Cursor string
	// Progress is called after each step, on the caller's goroutine; an error
	// stops the purge and is returned.
	Progress func(PurgeProgress) error
}

// PurgeProgress says how far a purge is.
type PurgeProgress struct {
	// Steps, Matched and Deleted count since the purge began or went on.
	Steps, Matched, Deleted int64
	// Cursor is what PurgeOptions.Cursor goes on from.
	Cursor string
	// Done is set when nothing is left.
	Done bool
}

// Purge deletes all keys that p selects, whatever wrote them, in steps of two
// commands (SCAN and UNLINK) that each touch a bounded number of keys. A pattern
// can only be had from package keys, so it never selects more than a kind or a
// category. Keys that are written meanwhile may or may not be deleted.
//
// When it fails or ctx ends, the progress is returned with the error, and its
// Cursor goes on. Where entries carry tags or a namespace, [InvalidateTags] does
// the same with one command for any number of keys.
func Purge(ctx context.Context, d upstash.Doer, p keys.Pattern, o PurgeOptions) (PurgeProgress, error) {
	at := PurgeProgress{Cursor: o.Cursor}
	if at.Cursor == "" {
		at.Cursor = "0"
	}
	switch {
	case p.IsZero():
		return at, &OptionError{"the pattern", "matches nothing"}
	case o.Batch < 0 || o.Batch > maxPurgeBatch:
		return at, &OptionError{"Batch", "is not between 1 and 5000"}
	case o.Batch == 0:
		o.Batch = defaultPurgeBatch
	}
	for !at.Done {
		if err := ctx.Err(); err != nil {
			return at, context.Cause(ctx)
		}
		if err := purgeStep(ctx, d, p, o.Batch, &at); err != nil {
			return at, err
		}
		if o.Progress != nil {
			if err := o.Progress(at); err != nil {
				return at, err
			}
		}
	}
	return at, nil
}

const (
	defaultPurgeBatch = 500
	maxPurgeBatch     = 5000
)

var errBadScan = errors.New("cache: the server's answer to SCAN is not one")

// purgeStep moves at only when everything that the step found is deleted.
func purgeStep(ctx context.Context, d upstash.Doer, p keys.Pattern, batch int, at *PurgeProgress) error {
	reply, err := d.Do(ctx, upstash.NewCommand("SCAN", at.Cursor, "MATCH", p.String(), "COUNT", batch))
	if err != nil {
		return err
	}
	if reply.Len() != 2 {
		return errBadScan
	}
	next, err := reply.Index(0).Text()
	if err != nil {
		return err
	}
	found, err := reply.Index(1).Strings()
	if err != nil {
		return err
	}
	var matched []string
	for _, key := range found {
		if p.Match(key) {
			matched = append(matched, key)
		}
	}
	for rest := matched; len(rest) > 0; {
		n := min(len(rest), batch)
		deleted, err := upstash.Unlink(rest[:n]...).Retryable().Do(ctx, d)
		if err != nil {
			return err
		}
		at.Deleted += deleted
		rest = rest[n:]
	}
	at.Steps++
	at.Matched += int64(len(matched))
	at.Cursor, at.Done = next, next == "0"
	return nil
}
