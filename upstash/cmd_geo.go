package upstash

// Commands on places: https://redis.io/docs/latest/commands/?group=geo.

// A GeoUnit is a unit of length.
type GeoUnit string

// The units of length.
const (
	Meters     GeoUnit = "m"
	Kilometers GeoUnit = "km"
	Miles      GeoUnit = "mi"
	Feet       GeoUnit = "ft"
)

// A GeoPoint is a place in degrees. The server keeps 52 bits of it, so it comes
// back slightly moved (less than a meter).
type GeoPoint struct {
	Longitude, Latitude float64
}

// A GeoLocation is a named place.
type GeoLocation struct {
	Name string
	GeoPoint
}

// GeoAddOptions are the options of GEOADD. NX excludes XX.
type GeoAddOptions struct {
	// NX only adds, XX only updates.
	NX, XX bool
	// CH counts updated places too.
	CH bool
}

// GeoAdd adds or moves places and returns how many were new. It is Converging.
func GeoAdd(key string, places ...GeoLocation) Cmd[int64] {
	return GeoAddWith(key, GeoAddOptions{}, places...)
}

// GeoAddWith is [GeoAdd] with options. With XX and without CH it is Idempotent.
func GeoAddWith(key string, o GeoAddOptions, places ...GeoLocation) Cmd[int64] {
	b := build(Converging, 4+3*len(places), "GEOADD", key)
	b.atMostOne("NX and XX", o.NX, o.XX)
	b.flag(o.NX, "NX")
	b.flag(o.XX, "XX")
	b.flag(o.CH, "CH")
	b.need(len(places), "place")
	for _, p := range places {
		b.float(p.Longitude)
		b.float(p.Latitude)
		b.str(p.Name)
	}
	return As(b.refined(addClass), Reply.Int64)
}

// GeoDist returns the distance of two members; [ErrNil] when one is missing.
func GeoDist(key, member1, member2 string, unit GeoUnit) Cmd[float64] {
	b := build(ReadOnly, 5, "GEODIST", key, member1, member2)
	b.flag(unit != "", string(unit))
	return As(b.done(), Reply.Float64)
}

// GeoHash returns the geohash of each member, nil where it is missing.
func GeoHash(key string, members ...string) Cmd[[]*string] {
	b := build(ReadOnly, 2+len(members), "GEOHASH", key)
	b.strs(members, "member")
	return As(b.done(), Reply.OptionalStrings)
}

// GeoPos returns the place of each member, nil where it is missing.
func GeoPos(key string, members ...string) Cmd[[]*GeoPoint] {
	b := build(ReadOnly, 2+len(members), "GEOPOS", key)
	b.strs(members, "member")
	return As(b.done(), Reply.geoPoints)
}

// A GeoSort is the order of results by distance.
type GeoSort string

const (
	// Nearest sorts by rising distance.
	Nearest GeoSort = "ASC"
	// Farthest sorts by falling distance.
	Farthest GeoSort = "DESC"
)

// A GeoQuery describes a search. Exactly one centre (Member or Point) and one
// shape (Radius, or Width and Height) must be set.
type GeoQuery struct {
	// Member is the centre, a member of the key.
	Member string
	// Point is the centre, any place.
	Point *GeoPoint
	// Radius is that of a circle.
	Radius float64
	// Width and Height are those of a box.
	Width, Height float64
	// Unit is that of the lengths, and of distances in the answer; "" means
	// [Meters].
	Unit GeoUnit
	// Sort is the order; "" means none in particular.
	Sort GeoSort
	// Count is the most results; 0 means all. With Any the search ends at the
	// first that many, which need not be the nearest.
	Count int64
	Any   bool
}

func (b *builder) geoQuery(q GeoQuery) {
	if (q.Member != "") == (q.Point != nil) {
		b.fail(0, "needs either Member or Point")
	}
	if q.Point != nil {
		b.str("FROMLONLAT")
		b.float(q.Point.Longitude)
		b.float(q.Point.Latitude)
	} else {
		b.str("FROMMEMBER", q.Member)
	}
	if (q.Radius != 0) == (q.Width != 0 || q.Height != 0) {
		b.fail(0, "needs either Radius, or Width and Height")
	}
	if q.Radius != 0 {
		b.str("BYRADIUS")
		b.float(q.Radius)
	} else {
		b.str("BYBOX")
		b.float(q.Width)
		b.float(q.Height)
	}
	b.str(string(geoUnit(q.Unit)))
	b.flag(q.Sort != "", string(q.Sort))
	b.geoCount(q.Count, q.Any)
}

func (b *builder) geoCount(count int64, anyOrder bool) {
	switch {
	case count != 0:
		b.str("COUNT", itoa64(count))
		b.flag(anyOrder, "ANY")
	case anyOrder:
		b.fail(0, "has Any without Count")
	}
}

func geoUnit(u GeoUnit) GeoUnit {
	if u == "" {
		return Meters
	}
	return u
}

// GeoFields says what [GeoSearchWith] returns beside the names.
type GeoFields struct {
	Point, Distance, Hash bool
}

func (b *builder) geoFields(f GeoFields) {
	b.flag(f.Point, "WITHCOORD")
	b.flag(f.Distance, "WITHDIST")
	b.flag(f.Hash, "WITHHASH")
}

// A GeoResult is one result of a search. What was not asked for is zero.
type GeoResult struct {
	Name     string
	Distance float64
	Hash     int64
	Point    GeoPoint
}

// GeoSearch returns the names of places in an area.
func GeoSearch(key string, q GeoQuery) Cmd[[]string] {
	b := build(ReadOnly, 14, "GEOSEARCH", key)
	b.geoQuery(q)
	return As(b.done(), Reply.Strings)
}

// GeoSearchWith is [GeoSearch] with places, distances and hashes.
func GeoSearchWith(key string, q GeoQuery, f GeoFields) Cmd[[]GeoResult] {
	b := build(ReadOnly, 17, "GEOSEARCH", key)
	b.geoQuery(q)
	b.geoFields(f)
	return As(b.done(), Reply.geoResults)
}

// GeoSearchStore stores the places of a [GeoSearch] at dest and returns their
// number. It is Idempotent, unless dest is source.
func GeoSearchStore(dest, source string, q GeoQuery) Cmd[int64] {
	b := build(Idempotent, 15, "GEOSEARCHSTORE", dest, source)
	b.geoQuery(q)
	return As(b.refined(storeClass), Reply.Int64)
}

// GeoSearchStoreDist is [GeoSearchStore] that stores a sorted set with the
// distances as scores.
func GeoSearchStoreDist(dest, source string, q GeoQuery) Cmd[int64] {
	b := build(Idempotent, 16, "GEOSEARCHSTORE", dest, source)
	b.geoQuery(q)
	b.str("STOREDIST")
	return As(b.refined(storeClass), Reply.Int64)
}
