//go:build !wasm

package devserver

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"sync/atomic"
)

// A syncClock makes sync tokens: opaque, different after every command that may
// have written. There is one primary and no replica here, so a token that comes
// back in a request has nothing to wait for and is ignored.
type syncClock struct {
	run   [4]byte // tells this server's tokens from those of an earlier run
	count atomic.Uint64
}

func newSyncClock() *syncClock {
	c := new(syncClock)
	_, _ = rand.Read(c.run[:]) // never fails, see crypto/rand
	return c
}

// wrote moves the clock.
func (c *syncClock) wrote() { c.count.Add(1) }

func (c *syncClock) token() string {
	var raw [12]byte
	copy(raw[:], c.run[:])
	binary.BigEndian.PutUint64(raw[4:], c.count.Load())
	return base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:])
}
