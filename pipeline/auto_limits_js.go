package pipeline

// defaultInFlight is the number of connections that one invocation of a
// Cloudflare Worker may have open at a time.
const defaultInFlight = 6
