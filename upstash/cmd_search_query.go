package upstash

// SearchQueryOptions are the options of SEARCH.QUERY. NoContent excludes Select
// and Highlight; Score excludes OrderBy.
type SearchQueryOptions struct {
	// Limit is the most results, 1 to 1000; 0 means the server's default, 10.
	Limit int64
	// Offset skips results.
	Offset int64
	// OrderBy is a Fast field to sort by, descending unless Ascending is set; ""
	// sorts by score.
	OrderBy   string
	Ascending bool
	// Select are the fields to return; none means all.
	Select []string
	// NoContent returns keys and scores only.
	NoContent bool
	// Highlight are fields in which to mark what matched, with <em> unless Tags
	// are set.
	Highlight []string
	Tags      [2]string
	// Score mixes numeric fields into the score.
	Score SearchScore
}

// A SearchScore says how numeric fields go into the score. The zero value leaves
// them out.
type SearchScore struct {
	Fields []SearchScoreField
	// Mode combines the fields: SUM (the server's default), MULTIPLY, REPLACE.
	Mode string
	// Combine combines that with the score: SUM (the server's default), MULTIPLY.
	Combine string
}

// A SearchScoreField is one field of a [SearchScore].
type SearchScoreField struct {
	Field string
	// Modifier is a function such as LOG1P or SQRT; "" means none.
	Modifier string
	// Factor multiplies the field; 0 means 1.
	Factor float64
	// Missing is the value of documents without the field.
	Missing float64
}

// A SearchHit is one result of [SearchQuery].
type SearchHit struct {
	Key   string
	Score float64
	// Fields are the fields of a hash; of a JSON document one field "$" with its
	// text, unless Select was used.
	Fields []FieldValue
}

// SearchQuery returns the documents that match a filter, JSON text such as
// {"name":"wireless"}. A missing index gives [ErrNil].
func SearchQuery(index, filter string, o SearchQueryOptions) Cmd[[]SearchHit] {
	b := build(ReadOnly, 24+len(o.Select)+len(o.Highlight)+8*len(o.Score.Fields), "SEARCH.QUERY", index, filter)
	if o.Limit != 0 {
		b.str("LIMIT", itoa64(o.Limit))
	}
	if o.Offset != 0 {
		b.str("OFFSET", itoa64(o.Offset))
	}
	if o.OrderBy != "" {
		direction := "DESC"
		if o.Ascending {
			direction = "ASC"
		}
		b.str("ORDERBY", o.OrderBy, direction)
	}
	b.searchContent(o)
	b.searchScore(o)
	return As(b.done(), Reply.searchHits)
}

func (b *builder) searchContent(o SearchQueryOptions) {
	if o.NoContent && (len(o.Select) != 0 || len(o.Highlight) != 0) {
		b.fail(0, "can have NoContent only without Select and Highlight")
	}
	if len(o.Select) != 0 {
		b.str("SELECT")
		b.counted(o.Select, "field")
	}
	b.flag(o.NoContent, "NOCONTENT")
	if len(o.Highlight) != 0 {
		b.str("HIGHLIGHT", "FIELDS")
		b.counted(o.Highlight, "field")
	}
	if o.Tags != [2]string{} {
		if len(o.Highlight) == 0 {
			b.fail(0, "can have Tags only with Highlight")
		}
		b.str("TAGS", o.Tags[0], o.Tags[1])
	}
}

func (b *builder) searchScore(o SearchQueryOptions) {
	s := o.Score
	if len(s.Fields) == 0 {
		if s.Mode != "" || s.Combine != "" {
			b.fail(0, "has a Score without Fields")
		}
		return
	}
	if o.OrderBy != "" {
		b.fail(0, "can have only one of OrderBy and Score")
	}
	b.str("SCOREFUNC")
	for _, f := range s.Fields {
		b.str("FIELDVALUE", f.Field)
		if f.Modifier != "" {
			b.str("MODIFIER", f.Modifier)
		}
		if f.Factor != 0 {
			b.str("FACTOR")
			b.float(f.Factor)
		}
		if f.Missing != 0 {
			b.str("MISSING")
			b.float(f.Missing)
		}
	}
	if s.Mode != "" {
		b.str("SCOREMODE", s.Mode)
	}
	if s.Combine != "" {
		b.str("COMBINEMODE", s.Combine)
	}
}

// SearchCount returns how many documents match a filter. A missing index gives
// [ErrNil].
func SearchCount(index, filter string) Cmd[int64] {
	return As(read("SEARCH.COUNT", index, filter), Reply.Int64)
}

// SearchAggregate computes metrics and buckets, described by JSON text, over the
// documents that match a filter, and returns them as they came: names and values
// in turn, nested. A missing index gives the nil reply, not [ErrNil].
func SearchAggregate(index, filter, aggregations string) Cmd[Reply] {
	return As(read("SEARCH.AGGREGATE", index, filter, aggregations), Reply.Raw)
}
