package upstash

// The older searches for places, which [GeoSearch] replaces.

// GeoRadiusOptions are the options of GEORADIUS and its relatives.
type GeoRadiusOptions struct {
	// Fields are what to return beside the names.
	Fields GeoFields
	// Sort is the order; "" means none in particular.
	Sort GeoSort
	// Count is the most results; 0 means all. With Any the search ends at the
	// first that many.
	Count int64
	Any   bool
}

func (b *builder) geoRadius(o GeoRadiusOptions) {
	b.geoFields(o.Fields)
	b.geoCount(o.Count, o.Any)
	b.flag(o.Sort != "", string(o.Sort))
}

// GeoRadius returns places in a circle. Redis calls it a write because it can
// store: a read-only token needs [GeoRadiusRO].
func GeoRadius(key string, center GeoPoint, radius float64, unit GeoUnit, o GeoRadiusOptions) Cmd[[]GeoResult] {
	return As(geoRadius("GEORADIUS", key, center, radius, unit, o), Reply.geoResults)
}

// GeoRadiusRO is [GeoRadius] for reading only.
func GeoRadiusRO(key string, center GeoPoint, radius float64, unit GeoUnit, o GeoRadiusOptions) Cmd[[]GeoResult] {
	return As(geoRadius("GEORADIUS_RO", key, center, radius, unit, o), Reply.geoResults)
}

func geoRadius(name, key string, center GeoPoint, radius float64, unit GeoUnit, o GeoRadiusOptions) Command {
	b := build(ReadOnly, 13, name, key)
	b.float(center.Longitude)
	b.float(center.Latitude)
	b.float(radius)
	b.str(string(geoUnit(unit)))
	b.geoRadius(o)
	return b.done()
}

// GeoRadiusByMember returns places in a circle around a member. Redis calls it a
// write because it can store: a read-only token needs [GeoRadiusByMemberRO].
func GeoRadiusByMember(key, member string, radius float64, unit GeoUnit, o GeoRadiusOptions) Cmd[[]GeoResult] {
	return As(geoRadiusByMember("GEORADIUSBYMEMBER", key, member, radius, unit, o), Reply.geoResults)
}

// GeoRadiusByMemberRO is [GeoRadiusByMember] for reading only.
func GeoRadiusByMemberRO(key, member string, radius float64, unit GeoUnit, o GeoRadiusOptions) Cmd[[]GeoResult] {
	return As(geoRadiusByMember("GEORADIUSBYMEMBER_RO", key, member, radius, unit, o), Reply.geoResults)
}

func geoRadiusByMember(name, key, member string, radius float64, unit GeoUnit, o GeoRadiusOptions) Command {
	b := build(ReadOnly, 12, name, key, member)
	b.float(radius)
	b.str(string(geoUnit(unit)))
	b.geoRadius(o)
	return b.done()
}

// A GeoStore says where GEORADIUS stores places instead of returning them, and
// whether with distances as scores.
type GeoStore struct {
	// Dest is the key to overwrite.
	Dest string
	// Distances stores distances as scores instead of places.
	Distances bool
	// Sort, Count and Any are as in [GeoRadiusOptions].
	Sort  GeoSort
	Count int64
	Any   bool
}

func (b *builder) geoStore(s GeoStore) {
	b.geoRadius(GeoRadiusOptions{Sort: s.Sort, Count: s.Count, Any: s.Any})
	if s.Distances {
		b.str("STOREDIST", s.Dest)
		return
	}
	b.str("STORE", s.Dest)
}

// GeoRadiusStore stores the places of a [GeoRadius] and returns their number. It
// is Idempotent, unless the destination is key.
func GeoRadiusStore(key string, center GeoPoint, radius float64, unit GeoUnit, s GeoStore) Cmd[int64] {
	b := build(Idempotent, 12, "GEORADIUS", key)
	b.float(center.Longitude)
	b.float(center.Latitude)
	b.float(radius)
	b.str(string(geoUnit(unit)))
	b.geoStore(s)
	return As(b.refined(geoRadiusClass), Reply.Int64)
}

// GeoRadiusByMemberStore stores the places of a [GeoRadiusByMember] and returns
// their number. It is Idempotent, unless the destination is key.
func GeoRadiusByMemberStore(key, member string, radius float64, unit GeoUnit, s GeoStore) Cmd[int64] {
	b := build(Idempotent, 11, "GEORADIUSBYMEMBER", key, member)
	b.float(radius)
	b.str(string(geoUnit(unit)))
	b.geoStore(s)
	return As(b.refined(geoRadiusByMemberClass), Reply.Int64)
}
