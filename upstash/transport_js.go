package upstash

// defaultTransport is the transport of New when Config.Transport is nil.
func defaultTransport() (Transport, error) { return NewFetchTransport(FetchOptions{}) }
