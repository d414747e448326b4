package upstash

// Commands on HyperLogLogs: https://redis.io/docs/latest/commands/?group=hyperloglog.

// PFAdd adds elements; true means that the estimate may have changed, or that the
// key is new. Without elements it only creates the key. It is Converging.
func PFAdd(key string, elements ...any) Cmd[bool] {
	b := build(Converging, 2+len(elements), "PFADD", key)
	for _, e := range elements {
		b.val(e)
	}
	return As(b.done(), Reply.Bool)
}

// PFCount returns the estimated number of different elements in all keys
// together, with a standard error of 0.81 %.
func PFCount(keys ...string) Cmd[int64] {
	b := build(ReadOnly, 1+len(keys), "PFCOUNT")
	b.strs(keys, "key")
	return As(b.done(), Reply.Int64)
}

// PFMerge adds the elements of the sources to dest.
func PFMerge(dest string, sources ...string) Cmd[struct{}] {
	b := build(Idempotent, 2+len(sources), "PFMERGE", dest)
	b.str(sources...)
	return As(b.done(), Reply.OK)
}
