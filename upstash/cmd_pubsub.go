package upstash

// Publishing: https://redis.io/docs/latest/commands/?group=pubsub. Subscribing
// streams; [Client.Subscribe] does it.

// Publish sends a message to a channel and returns how many subscribers got it.
// It is Unsafe to repeat.
func Publish(channel string, message any) Cmd[int64] {
	b := build(Unsafe, 3, "PUBLISH", channel)
	b.val(message)
	return As(b.done(), Reply.Int64)
}

// PubSubChannels returns the channels that have subscribers and match a glob
// pattern; "" means all.
func PubSubChannels(pattern string) Cmd[[]string] {
	b := build(ReadOnly, 3, "PUBSUB", "CHANNELS")
	b.flag(pattern != "", pattern)
	return As(b.done(), Reply.Strings)
}

// PubSubNumPat returns how many patterns are subscribed to.
func PubSubNumPat() Cmd[int64] { return As(read("PUBSUB", "NUMPAT"), Reply.Int64) }

// PubSubNumSub returns how many subscribers each channel has, patterns not
// counted.
func PubSubNumSub(channels ...string) Cmd[map[string]int64] {
	b := build(ReadOnly, 2+len(channels), "PUBSUB", "NUMSUB")
	b.str(channels...)
	return As(b.done(), Reply.Int64Map)
}

// Int64Map returns a flat array of names and integers as a map.
func (r Reply) Int64Map() (map[string]int64, error) {
	out := map[string]int64{}
	err := r.named(func(name string, v Reply) (err error) {
		out[name], err = v.Int64()
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
