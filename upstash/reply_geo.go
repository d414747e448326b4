package upstash

import "github.com/yesgoddess/edgeredis/upstash/internal/wire"

func (r Reply) geoPoint() (p GeoPoint, err error) {
	if err := r.check(); err != nil {
		return p, err
	}
	if !r.IsArray() || r.Len() != 2 {
		return p, r.mismatch("array of longitude and latitude")
	}
	if p.Longitude, err = r.Index(0).Float64(); err != nil {
		return GeoPoint{}, err
	}
	p.Latitude, err = r.Index(1).Float64()
	return p, err
}

func (r Reply) geoPoints() ([]*GeoPoint, error) {
	return collect(r, "array of places", optional(Reply.geoPoint))
}

func (r Reply) geoResults() ([]GeoResult, error) {
	return collect(r, "array of places", Reply.geoResult)
}

// geoResult decodes a row. Its parts come in a fixed order, whatever was asked
// for, and each has a kind of its own: the distance is a string, the hash an
// integer, the place an array.
func (r Reply) geoResult() (g GeoResult, err error) {
	if !r.IsArray() {
		g.Name, err = r.Text()
		return g, err
	}
	if r.Len() == 0 {
		return g, r.mismatch("place")
	}
	if g.Name, err = r.Index(0).Text(); err != nil {
		return g, err
	}
	for i := 1; i < r.Len() && err == nil; i++ {
		switch part := r.Index(i); part.v.Kind {
		case wire.Int:
			g.Hash = part.v.Int
		case wire.Array:
			g.Point, err = part.geoPoint()
		default:
			g.Distance, err = part.Float64()
		}
	}
	return g, err
}
