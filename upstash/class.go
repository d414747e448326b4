package upstash

// Class says what happens when a command is run twice in a row, which decides
// whether the client may send it again after an answer was lost.
type Class uint8

const (
	// Unsafe commands change data again when they are repeated (INCR, LPUSH,
	// APPEND), or answer wrongly about who did it (SET NX). After an answer was
	// lost they are never repeated unless marked [Command.Retryable].
	Unsafe Class = iota
	// Converging commands leave the same data when they are repeated, but may
	// answer differently: DEL answers 0 the second time. They are repeated only
	// when Config.Retry.Converging is set.
	Converging
	// Idempotent commands leave the same data and answer the same: SET, MSET,
	// EXPIRE. They are repeated.
	Idempotent
	// ReadOnly commands change nothing. They are repeated.
	ReadOnly
)

// String returns "unsafe", "converging", "idempotent" or "read-only".
func (c Class) String() string {
	switch c {
	case Converging:
		return "converging"
	case Idempotent:
		return "idempotent"
	case ReadOnly:
		return "read-only"
	}
	return "unsafe"
}
