package cache

import (
	"context"
	"errors"

	"github.com/yesgoddess/edgeredis/upstash"
)

// read fetches what is under keys, with one command: as many elements.
func (s *store) read(ctx context.Context, list []string) (upstash.Reply, error) {
	reply, err := s.do(ctx, upstash.MGet(list...).Command)
	if n := reply.Len(); err == nil && n != len(list) {
		err = &upstash.LengthError{Want: len(list), Got: n}
	}
	return reply, err
}

// textAt returns element i of what read has fetched, if the key was there.
func textAt(r *upstash.Reply, i int) (text string, found bool) {
	text, err := r.Index(i).Text()
	return text, err == nil
}

// epochsOf returns the keys of the epochs that jobs depend on, sorted and each once.
func epochsOf(jobs []*job) (epochs []string) {
	for _, j := range jobs {
		epochs = append(epochs, j.tagKeys...)
	}
	return sortKeys(epochs)
}

// get reads what is under one key.
func (s *store) get(ctx context.Context, key string) (raw string, found bool, err error) {
	reply, err := s.do(ctx, upstash.Get(key).Command)
	if err == nil && reply.IsNil() || errors.Is(err, upstash.ErrNil) {
		return "", false, nil
	}
	if err == nil {
		raw, err = reply.Text()
		s.stats.bytesRead.Add(int64(len(raw)))
	}
	return raw, err == nil, err
}
