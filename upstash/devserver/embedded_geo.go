//go:build !wasm

package devserver

import (
	"math"
	"strconv"
	"strings"

	"github.com/alicebob/miniredis/v2/server"
)

const (
	geoAlphabet = "0123456789bcdefghjkmnpqrstuvwxyz"

	// geoMaxLat is the latitude limit of Redis's own geohash (Web Mercator);
	// the standard text form goes to 90.
	geoMaxLat = 85.05112878
	geoBits   = 26 // for each axis
)

// geoHash serves GEOHASH: the score is Redis's 52-bit hash, decoded and encoded
// again in the standard ranges. 11 characters want 55 bits, so the last one is
// always 0, as in Redis.
func geoHash(e *embedded, c *server.Peer, args []string) reply {
	if len(args) < 1 {
		return replyError(wrongArity("geohash"))
	}
	out := []any{}
	for _, member := range args[1:] {
		v := e.call(c, "ZSCORE", args[0], member)
		if isError(v) {
			return v
		}
		score, err := strconv.ParseFloat(replyText(v), 64)
		if v == nil || err != nil {
			out = append(out, nil)
			continue
		}
		out = append(out, bulk(standardGeohash(uint64(score))))
	}
	return out
}

func standardGeohash(score uint64) string {
	lat := cellMiddle(deinterleave(score), -geoMaxLat, geoMaxLat)
	lon := cellMiddle(deinterleave(score>>1), -180, 180)
	bits := interleave(cell(lat, -90, 90)) | interleave(cell(lon, -180, 180))<<1
	var b [11]byte
	for i := range b {
		shift := 52 - (i+1)*5
		if shift < 0 {
			b[i] = geoAlphabet[0]
			continue
		}
		b[i] = geoAlphabet[bits>>shift&31]
	}
	return string(b[:])
}

func cellMiddle(n uint64, lo, hi float64) float64 {
	return lo + (float64(n)+0.5)/(1<<geoBits)*(hi-lo)
}

func cell(x, lo, hi float64) uint64 {
	return uint64((x - lo) / (hi - lo) * (1 << geoBits))
}

func interleave(n uint64) (out uint64) {
	for i := range geoBits {
		out |= n >> i & 1 << (2 * i)
	}
	return out
}

func deinterleave(n uint64) (out uint64) {
	for i := range geoBits {
		out |= n >> (2 * i) & 1 << i
	}
	return out
}

// geoSearchStore serves GEOSEARCHSTORE.
func geoSearchStore(e *embedded, c *server.Peer, args []string) reply {
	if len(args) < 7 {
		return replyError(wrongArity("geosearchstore"))
	}
	search := []string{"GEOSEARCH", args[1]}
	storeDist := false
	for _, a := range args[2:] {
		switch strings.ToUpper(a) {
		case "STOREDIST":
			storeDist = true
		case "WITHDIST", "WITHHASH", "WITHCOORD":
			return replyError("ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options")
		default:
			search = append(search, a)
		}
	}
	v := e.call(c, append(search, "WITHDIST")...)
	rows, ok := v.([]any)
	if !ok {
		return v
	}
	var members []scored
	for _, r := range rows {
		row, _ := r.([]any)
		if len(row) != 2 {
			continue
		}
		m := scored{member: replyText(row[0]), text: replyText(row[1])}
		if !storeDist {
			m.text = replyText(e.call(c, "ZSCORE", args[1], m.member))
		}
		members = append(members, m)
	}
	return e.storeSorted(c, args[0], members)
}

// position decodes the place of a member; a missing one gives false.
func (e *embedded) position(c *server.Peer, key, member string) (lon, lat float64, ok bool, err reply) {
	v := e.call(c, "ZSCORE", key, member)
	if isError(v) {
		return 0, 0, false, v
	}
	score, perr := strconv.ParseFloat(replyText(v), 64)
	if v == nil || perr != nil {
		return 0, 0, false, nil
	}
	lat = cellMiddle(deinterleave(uint64(score)), -geoMaxLat, geoMaxLat)
	lon = cellMiddle(deinterleave(uint64(score)>>1), -180, 180)
	return lon, lat, true, nil
}

// geoPos serves GEOPOS with all the digits Redis prints.
func geoPos(e *embedded, c *server.Peer, args []string) reply {
	out := []any{}
	for _, member := range args[1:] {
		lon, lat, ok, err := e.position(c, args[0], member)
		switch {
		case err != nil:
			return err
		case !ok:
			out = append(out, nil)
		default:
			out = append(out, []any{bulk(geoDigits(lon)), bulk(geoDigits(lat))})
		}
	}
	return out
}

func geoDigits(x float64) string {
	return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(x, 'f', 17, 64), "0"), ".")
}

// earthRadius in metres and the haversine formula are what Redis documents.
const earthRadius = 6372797.560856

var geoUnits = map[string]float64{"m": 1, "km": 1000, "ft": 0.3048, "mi": 1609.34}

// geoDist serves GEODIST.
func geoDist(e *embedded, c *server.Peer, args []string) reply {
	unit := 1.0
	switch len(args) {
	case 3:
	case 4:
		u, ok := geoUnits[strings.ToLower(args[3])]
		if !ok {
			return replyError("ERR unsupported unit provided. please use M, KM, FT, MI")
		}
		unit = u
	default:
		return replyError(wrongArity("geodist"))
	}
	lon1, lat1, ok1, err := e.position(c, args[0], args[1])
	if err != nil {
		return err
	}
	lon2, lat2, ok2, err := e.position(c, args[0], args[2])
	if err != nil || !ok1 || !ok2 {
		return err
	}
	rad := func(x float64) float64 { return x * math.Pi / 180 }
	u, v := math.Sin(rad(lat2-lat1)/2), math.Sin(rad(lon2-lon1)/2)
	d := 2 * earthRadius * math.Asin(math.Sqrt(u*u+math.Cos(rad(lat1))*math.Cos(rad(lat2))*v*v))
	return bulk(strconv.FormatFloat(d/unit, 'f', 4, 64))
}
