package cache

import (
	"context"
	"errors"
	"slices"

	"github.com/yesgoddess/edgeredis/upstash"
)

// read fetches the records of keys, and the digests of their tags as they are
// now, with one command.
func (s *store) read(ctx context.Context, entryKeys []string, tagKeys [][]string) ([]record, []uint64, error) {
	all, epochs := withEpochs(entryKeys, tagKeys)
	cmd := upstash.MGet(all...)
	reply, err := s.do(ctx, cmd.Command)
	if err != nil {
		return nil, nil, err
	}
	values, err := cmd.Decode(reply)
	if err == nil && len(values) != len(all) {
		err = &upstash.LengthError{Want: len(all), Got: len(values)}
	}
	if err != nil {
		return nil, nil, err
	}
	epoch := epochOf(epochs, values[len(entryKeys):])
	records := make([]record, len(entryKeys))
	digests := make([]uint64, len(entryKeys))
	for i := range entryKeys {
		if v := values[i]; v != nil {
			s.stats.bytesRead.Add(int64(len(*v)))
			records[i] = parse(*v)
		}
		digests[i] = tagDigest(tagKeys[i], epoch)
	}
	return records, digests, nil
}

// withEpochs appends the keys of all epochs, sorted and each once.
func withEpochs(entryKeys []string, tagKeys [][]string) (all, epochs []string) {
	for _, list := range tagKeys {
		epochs = append(epochs, list...)
	}
	slices.Sort(epochs)
	epochs = slices.Compact(epochs)
	return slices.Concat(entryKeys, epochs), epochs
}

// epochOf finds the epoch of a key among sorted keys and their values.
func epochOf(epochs []string, values []*string) func(key string) string {
	return func(key string) string {
		if at, ok := slices.BinarySearch(epochs, key); ok && values[at] != nil {
			return *values[at]
		}
		return "0"
	}
}

func (s *store) get(ctx context.Context, key string) (record, error) {
	reply, err := s.do(ctx, upstash.Get(key).Command)
	if err == nil && reply.IsNil() || errors.Is(err, upstash.ErrNil) {
		return record{}, nil
	}
	if err != nil {
		return record{}, err
	}
	raw, err := reply.Text()
	if err != nil {
		return record{}, err
	}
	s.stats.bytesRead.Add(int64(len(raw)))
	return parse(raw), nil
}
