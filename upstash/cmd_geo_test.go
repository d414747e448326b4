package upstash_test

import "github.com/yesgoddess/edgeredis/upstash"

func geoCases() []cmdCase {
	type loc = upstash.GeoLocation
	type point = upstash.GeoPoint
	type q = upstash.GeoQuery
	type o = upstash.GeoRadiusOptions
	palermo := loc{"P", point{13.361389, 38.115556}}
	kept := point{13.36138933897018433, 38.11555639549629859} // as the server keeps it
	const both = "GEOADD k 13.361389 38.115556 P 15.087269 37.502669 C"
	all := upstash.GeoFields{Point: true, Distance: true, Hash: true}
	fromP := q{Member: "P", Radius: 100, Unit: upstash.Kilometers}
	result := []upstash.GeoResult{{Name: "P", Distance: 0, Hash: 3479099956230698, Point: kept}}
	rowOfP := list(list("P", "0.0000", int64(3479099956230698), list("13.36138933897018433", "38.11555639549629859")))
	return []cmdCase{
		row("GeoAdd", upstash.GeoAdd("k", palermo), "GEOADD k 13.361389 38.115556 P", 1, 1),
		row("GeoAddWith", upstash.GeoAddWith("k", upstash.GeoAddOptions{XX: true}, palermo), "GEOADD k XX 13.361389 38.115556 P", 0, 0).on("GEOADD k 1 1 P"),
		row("GeoAddWith", upstash.GeoAddWith("k", upstash.GeoAddOptions{NX: true, CH: true}, palermo), "GEOADD k NX CH 13.361389 38.115556 P", 1, 1),
		row("GeoDist", upstash.GeoDist("k", "P", "C", upstash.Meters), "GEODIST k P C m", "166274.1516", 166274.1516).on(both),
		rowErr("GeoDist", upstash.GeoDist("k", "P", "X", ""), "GEODIST k P X", nil, upstash.ErrNil).on(both),
		row("GeoHash", upstash.GeoHash("k", "P", "X"), "GEOHASH k P X", list("sqc8b49rny0", nil), opt[string]("sqc8b49rny0", nil)).on(both),
		row("GeoPos", upstash.GeoPos("k", "X", "P"), "GEOPOS k X P", list(nil, list("13.36138933897018433", "38.11555639549629859")), opt[point](nil, kept)).on(both),
		row("GeoSearch", upstash.GeoSearch("k", fromP), "GEOSEARCH k FROMMEMBER P BYRADIUS 100 km", list("P"), []string{"P"}).on(both),
		row("GeoSearch", upstash.GeoSearch("k", q{Point: &point{15, 37}, Width: 400, Height: 400, Unit: upstash.Kilometers, Sort: upstash.Farthest, Count: 1}),
			"GEOSEARCH k FROMLONLAT 15 37 BYBOX 400 400 km DESC COUNT 1", list("P"), []string{"P"}).on(both),
		row("GeoSearch", upstash.GeoSearch("k", q{Member: "P", Radius: 1, Count: 1, Any: true}), "GEOSEARCH k FROMMEMBER P BYRADIUS 1 m COUNT 1 ANY", list("P"), []string{"P"}).on(both),
		row("GeoSearchWith", upstash.GeoSearchWith("k", fromP, all), "GEOSEARCH k FROMMEMBER P BYRADIUS 100 km WITHCOORD WITHDIST WITHHASH", rowOfP, result).on(both),
		row("GeoSearchWith", upstash.GeoSearchWith("k", fromP, upstash.GeoFields{}), "GEOSEARCH k FROMMEMBER P BYRADIUS 100 km", list("P"), []upstash.GeoResult{{Name: "P"}}).on(both),
		row("GeoSearchStore", upstash.GeoSearchStore("d", "k", fromP), "GEOSEARCHSTORE d k FROMMEMBER P BYRADIUS 100 km", 1, 1).on(both),
		row("GeoSearchStoreDist", upstash.GeoSearchStoreDist("d", "k", fromP), "GEOSEARCHSTORE d k FROMMEMBER P BYRADIUS 100 km STOREDIST", 1, 1).on(both),
		row("GeoRadius", upstash.GeoRadius("k", point{13, 38}, 100, upstash.Kilometers, o{}), "GEORADIUS k 13 38 100 km", list("P"), []upstash.GeoResult{{Name: "P"}}).on(both),
		row("GeoRadiusRO", upstash.GeoRadiusRO("k", point{13, 38}, 100, upstash.Kilometers, o{Fields: upstash.GeoFields{Hash: true}, Sort: upstash.Nearest, Count: 2}),
			"GEORADIUS_RO k 13 38 100 km WITHHASH COUNT 2 ASC", list(list("P", int64(3479099956230698))), []upstash.GeoResult{{Name: "P", Hash: 3479099956230698}}).on(both),
		row("GeoRadiusByMember", upstash.GeoRadiusByMember("k", "P", 100, upstash.Kilometers, o{Fields: all}),
			"GEORADIUSBYMEMBER k P 100 km WITHCOORD WITHDIST WITHHASH", rowOfP, result).on(both),
		row("GeoRadiusByMemberRO", upstash.GeoRadiusByMemberRO("k", "P", 100, "", o{}), "GEORADIUSBYMEMBER_RO k P 100 m", list("P"), []upstash.GeoResult{{Name: "P"}}).on(both),
		row("GeoRadiusStore", upstash.GeoRadiusStore("k", point{13, 38}, 100, upstash.Kilometers, upstash.GeoStore{Dest: "d", Count: 5}), "GEORADIUS k 13 38 100 km COUNT 5 STORE d", 1, 1).on(both),
		row("GeoRadiusByMemberStore", upstash.GeoRadiusByMemberStore("k", "P", 100, upstash.Kilometers, upstash.GeoStore{Dest: "d", Distances: true}), "GEORADIUSBYMEMBER k P 100 km STOREDIST d", 1, 1).on(both),
		row("GeoRadiusByMemberStore", upstash.GeoRadiusByMemberStore("k", "P", 100, upstash.Kilometers, upstash.GeoStore{Dest: "k", Distances: true}), "GEORADIUSBYMEMBER k P 100 km STOREDIST k", 1, 1).on(both),
	}
}
