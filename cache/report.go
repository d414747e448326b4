package cache

// Report tells report the name of the cache, the number of values that were asked
// for, and how many of them needed no loader, since the cache was made or
// [Cache.ResetStats]. With it a cache can be registered in one line with the
// metrics of package health, which this package does not know:
//
//	metrics.RegisterCache(users)
func (c *Cache[T]) Report(report func(name string, lookups, hits int64)) {
	s := c.Stats()
	n := s.Lookups()
	report(s.Name, n, n-s.Misses)
}
