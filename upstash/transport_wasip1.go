package upstash

// defaultTransport reports that WASI preview 1 has no sockets: the program sets
// Config.Transport.
func defaultTransport() (Transport, error) { return nil, ErrNoTransport }
