package upstash

// Members returns members with their scores. They may come flat, as RESP2 has
// them, or nested, one array of two for each member, as RESP3 and ZMPOP have them.
func (r Reply) Members() ([]Member, error) {
	return pairs(r, "array of members and scores", func(k, v Reply) (m Member, err error) {
		if m.Name, err = k.Text(); err != nil {
			return m, err
		}
		m.Score, err = v.Float64()
		return m, err
	})
}

func (r Reply) keyMembers() (km KeyMembers, err error) {
	if err := r.check(); err != nil {
		return km, err
	}
	if !r.IsArray() || r.Len() != 2 {
		return km, r.mismatch("array of key and members")
	}
	if km.Key, err = r.Index(0).Text(); err != nil {
		return KeyMembers{}, err
	}
	km.Members, err = r.Index(1).Members()
	return km, err
}

func (r Reply) rankScore() (rs RankScore, err error) {
	if err := r.check(); err != nil {
		return rs, err
	}
	if !r.IsArray() || r.Len() != 2 {
		return rs, r.mismatch("array of rank and score")
	}
	if rs.Rank, err = r.Index(0).Int64(); err != nil {
		return RankScore{}, err
	}
	rs.Score, err = r.Index(1).Float64()
	return rs, err
}
