//go:build !js

package pipeline

// defaultInFlight is where commands that arrive evenly share requests (at most 16
// leave in one round trip, however many callers there are) while none waits
// longer for a slot than a sixteenth of a round trip. With one batch in flight a
// burst takes 1.6 times as long.
const defaultInFlight = 16
