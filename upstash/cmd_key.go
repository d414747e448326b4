package upstash

import "time"

// Commands on keys of any type: https://redis.io/docs/latest/commands/?group=generic.

// CopyOptions are the options of COPY.
type CopyOptions struct {
	// Replace overwrites the destination.
	Replace bool
}

// Copy copies the value at source with its TTL; false means that source is
// missing, or dest exists and Replace is not set. It is Unsafe to repeat, with
// Replace Idempotent.
func Copy(source, dest string, o CopyOptions) Cmd[bool] {
	b := build(Unsafe, 4, "COPY", source, dest)
	b.flag(o.Replace, "REPLACE")
	return As(b.refined(copyClass), Reply.Bool)
}

// Del deletes keys and returns how many there were. It is Converging.
func Del(keys ...string) Cmd[int64] {
	b := build(Converging, 1+len(keys), "DEL")
	b.strs(keys, "key")
	return As(b.done(), Reply.Int64)
}

// Dump returns the value at key in the server's own format, for [Restore]. The
// reply is binary: Config.Encoding must not be Plain. A missing key gives
// [ErrNil].
func Dump(key string) Cmd[[]byte] { return As(read("DUMP", key), Reply.Bytes) }

// Exists returns how many of the keys exist; a key given twice counts twice.
func Exists(keys ...string) Cmd[int64] {
	b := build(ReadOnly, 1+len(keys), "EXISTS")
	b.strs(keys, "key")
	return As(b.done(), Reply.Int64)
}

// Keys returns all keys that match a glob pattern. It reads the whole key space:
// [ScanKeys] does so in steps. A read-only token may be refused.
func Keys(pattern string) Cmd[[]string] { return As(read("KEYS", pattern), Reply.Strings) }

// MemoryUsage returns the bytes that key takes, estimated for collections from a
// few elements. A missing key gives [ErrNil].
func MemoryUsage(key string) Cmd[int64] { return As(read("MEMORY", "USAGE", key), Reply.Int64) }

// MemoryUsageSamples is [MemoryUsage] with the number of elements looked at; 0
// looks at all.
func MemoryUsageSamples(key string, samples int64) Cmd[int64] {
	return As(read("MEMORY", "USAGE", key, "SAMPLES", itoa64(samples)), Reply.Int64)
}

// RandomKey returns some key, [ErrNil] when the database is empty.
func RandomKey() Cmd[string] { return As(read("RANDOMKEY"), Reply.Text) }

// Rename renames a key and overwrites the new one; a missing key is a server
// error, so it is Unsafe to repeat.
func Rename(key, newKey string) Cmd[struct{}] { return As(write("RENAME", key, newKey), Reply.OK) }

// RenameNX renames a key if the new one is missing; false means that it exists. A
// missing key is a server error.
func RenameNX(key, newKey string) Cmd[bool] {
	return As(write("RENAMENX", key, newKey), Reply.Bool)
}

// RestoreOptions are the options of RESTORE. At most one of TTL and ExpireAt may
// be set.
type RestoreOptions struct {
	// TTL is the lifetime, at least a millisecond; 0 means no TTL.
	TTL time.Duration
	// ExpireAt is the end of the lifetime.
	ExpireAt time.Time
	// Replace overwrites the key; without it a key that exists is a server error.
	Replace bool
	// IdleTime and Freq set what eviction goes by; 0 leaves them out.
	IdleTime time.Duration
	Freq     int64
}

// Restore stores the payload of a [Dump] at key. It is Unsafe to repeat, with
// Replace Idempotent.
func Restore(key string, payload []byte, o RestoreOptions) Cmd[struct{}] {
	b := build(Unsafe, 10, "RESTORE", key)
	b.atMostOne("TTL and ExpireAt", o.TTL != 0, !o.ExpireAt.IsZero())
	switch {
	case o.TTL != 0:
		b.millis(o.TTL)
	case !o.ExpireAt.IsZero():
		b.unix(o.ExpireAt, time.Millisecond)
	default:
		b.str("0")
	}
	b.str(string(payload))
	b.flag(o.Replace, "REPLACE")
	b.flag(!o.ExpireAt.IsZero(), "ABSTTL")
	if o.IdleTime != 0 {
		b.str("IDLETIME", itoa64(int64(o.IdleTime/time.Second)))
	}
	if o.Freq != 0 {
		b.str("FREQ", itoa64(o.Freq))
	}
	return As(b.refined(restoreClass), Reply.OK)
}

// Touch marks keys as used and returns how many exist.
func Touch(keys ...string) Cmd[int64] {
	b := build(ReadOnly, 1+len(keys), "TOUCH")
	b.strs(keys, "key")
	return As(b.done(), Reply.Int64)
}

// Type returns the type of the value at key: string, list, set, zset, hash,
// stream, or "none" when the key is missing.
func Type(key string) Cmd[string] { return As(read("TYPE", key), Reply.Text) }

// Unlink is [Del] that frees the memory later.
func Unlink(keys ...string) Cmd[int64] {
	b := build(Converging, 1+len(keys), "UNLINK")
	b.strs(keys, "key")
	return As(b.done(), Reply.Int64)
}

// Wait waits until the writes so far have reached this many replicas, at most for
// timeout, and returns how many they reached.
func Wait(replicas int, timeout time.Duration) Cmd[int64] {
	b := build(ReadOnly, 3, "WAIT", itoa(replicas))
	b.millis(timeout)
	return As(b.done(), Reply.Int64)
}

// AOFWaited is what [WaitAOF] answers: how many servers have the writes on disk.
type AOFWaited struct {
	Local, Replicas int64
}

// WaitAOF waits until the writes so far are on the disk of the local server (0 or
// 1) and of this many replicas, at most for timeout.
func WaitAOF(local, replicas int, timeout time.Duration) Cmd[AOFWaited] {
	b := build(ReadOnly, 4, "WAITAOF", itoa(local), itoa(replicas))
	b.millis(timeout)
	return As(b.done(), Reply.aofWaited)
}

func (r Reply) aofWaited() (AOFWaited, error) {
	n, err := r.Int64s()
	if err != nil {
		return AOFWaited{}, err
	}
	if len(n) != 2 {
		return AOFWaited{}, r.mismatch("array of 2 integers")
	}
	return AOFWaited{Local: n[0], Replicas: n[1]}, nil
}
