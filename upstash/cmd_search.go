package upstash

// Indexes of Upstash Redis Search (SEARCH.*), which is another thing than the
// FT.* commands of Redis: https://upstash.com/docs/redis/search/command-reference.

// A SearchSource is the type of value that an index covers.
type SearchSource string

// The types of value that an index can cover.
const (
	SearchJSON   SearchSource = "JSON"
	SearchHash   SearchSource = "HASH"
	SearchString SearchSource = "STRING"
	SearchStream SearchSource = "STREAM"
)

// A SearchFieldType is the type of a field of an index.
type SearchFieldType string

// The types of fields.
const (
	SearchText    SearchFieldType = "TEXT"
	SearchU64     SearchFieldType = "U64"
	SearchI64     SearchFieldType = "I64"
	SearchF64     SearchFieldType = "F64"
	SearchBool    SearchFieldType = "BOOL"
	SearchDate    SearchFieldType = "DATE"
	SearchKeyword SearchFieldType = "KEYWORD"
	SearchFacet   SearchFieldType = "FACET"
)

// A SearchField is a field of an index.
type SearchField struct {
	Name string
	Type SearchFieldType
	// Fast serves sorting and aggregations; for numbers, booleans and dates.
	Fast bool
	// NoStem and NoTokenize turn off parts of the analysis of texts.
	NoStem, NoTokenize bool
	// From is the field of the document, "" when it has the same name.
	From string
}

// SearchOptions describe an index to create.
type SearchOptions struct {
	// On is the type of value; "" means [SearchJSON].
	On SearchSource
	// Prefixes select keys; at least one, but none for [SearchStream].
	Prefixes []string
	// Stream is the key of the stream, for [SearchStream].
	Stream string
	// Language is that of texts; "" means the server's default, english.
	Language string
	// SkipInitialScan indexes only what is written from now on.
	SkipInitialScan bool
	// ExistsOK makes an identical index that exists no error.
	ExistsOK bool
	// Schema are the fields; at least one.
	Schema []SearchField
}

// SearchCreate creates an index; false means that an identical one existed
// (ExistsOK). It is Unsafe to repeat, with ExistsOK Converging.
func SearchCreate(name string, o SearchOptions) Cmd[bool] {
	b := build(Unsafe, 11+len(o.Prefixes)+7*len(o.Schema), "SEARCH.CREATE", name, "ON")
	switch o.On {
	case SearchStream:
		if len(o.Prefixes) != 0 || o.Stream == "" {
			b.fail(0, "on a stream needs Stream and no Prefixes")
		}
		b.str(string(o.On), o.Stream)
	default:
		if o.On == "" {
			o.On = SearchJSON
		}
		if o.Stream != "" {
			b.fail(0, "can have Stream only for SearchStream")
		}
		b.str(string(o.On), "PREFIX")
		b.counted(o.Prefixes, "prefix")
	}
	if o.Language != "" {
		b.str("LANGUAGE", o.Language)
	}
	b.flag(o.SkipInitialScan, "SKIPINITIALSCAN")
	b.flag(o.ExistsOK, "EXISTSOK")
	b.schema(o.Schema)
	return As(b.refined(searchCreateClass), Reply.Bool)
}

func (b *builder) schema(fields []SearchField) {
	b.need(len(fields), "field in Schema")
	b.str("SCHEMA")
	for _, f := range fields {
		b.str(f.Name, string(f.Type))
		b.flag(f.Fast, "FAST")
		b.flag(f.NoStem, "NOSTEM")
		b.flag(f.NoTokenize, "NOTOKENIZE")
		if f.From != "" {
			b.str("FROM", f.From)
		}
	}
}

// SearchDrop drops an index but not its keys; false means that it is missing. It
// is Converging.
func SearchDrop(name string) Cmd[bool] { return As(conv("SEARCH.DROP", name), Reply.Bool) }

// SearchReindex builds an index anew from its keys; false means that it is
// missing. It is Idempotent.
func SearchReindex(name string) Cmd[bool] { return As(idem("SEARCH.REINDEX", name), Reply.Bool) }

// A SearchDescription is what [SearchDescribe] answers.
type SearchDescription struct {
	Name     string
	Type     SearchSource
	Prefixes []string
	Language string
	// IndexSize is in bytes.
	IndexSize int64
	// PendingUpdates are writes that are not yet indexed.
	PendingUpdates int64
	Schema         []SearchField
}

// SearchDescribe describes an index; [ErrNil] when it is missing.
func SearchDescribe(name string) Cmd[SearchDescription] {
	return As(read("SEARCH.DESCRIBE", name), Reply.searchDescription)
}

// SearchWaitIndexing waits until all writes are indexed; false means that the
// index is missing.
func SearchWaitIndexing(name string) Cmd[bool] {
	return As(read("SEARCH.WAITINDEXING", name), Reply.Bool)
}

// SearchListOptions are the options of SEARCH.LISTINDEXES.
type SearchListOptions struct {
	// Match is a glob pattern; "" means all.
	Match string
	// Limit is the most indexes to return, 0 meaning all; Offset skips some.
	Limit, Offset int64
}

// A SearchName is one row of [SearchListIndexes].
type SearchName struct {
	Name string
	Type SearchSource
}

// SearchListIndexes returns the indexes by name.
func SearchListIndexes(o SearchListOptions) Cmd[[]SearchName] {
	b := build(ReadOnly, 7, "SEARCH.LISTINDEXES")
	if o.Match != "" {
		b.str("MATCH", o.Match)
	}
	if o.Limit != 0 {
		b.str("LIMIT", itoa64(o.Limit))
	}
	if o.Offset != 0 {
		b.str("OFFSET", itoa64(o.Offset))
	}
	return As(b.done(), Reply.searchNames)
}

// SearchAliasAdd makes alias a name of an index; false means that the alias
// existed and was moved. It is Converging.
func SearchAliasAdd(alias, index string) Cmd[bool] {
	return As(conv("SEARCH.ALIASADD", alias, index), Reply.searchAliasAdded)
}

// SearchAliasDel deletes an alias; false means that it is missing. It is
// Converging.
func SearchAliasDel(alias string) Cmd[bool] {
	return As(conv("SEARCH.ALIASDEL", alias), Reply.Bool)
}

// SearchListAliases returns the index that each alias stands for.
func SearchListAliases() Cmd[map[string]string] {
	return As(read("SEARCH.LISTALIASES"), Reply.searchAliases)
}
