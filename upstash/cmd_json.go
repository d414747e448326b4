package upstash

import "github.com/yesgoddess/edgeredis/upstash/valuejson"

// Commands on JSON documents: https://redis.io/docs/latest/commands/?group=json.
//
// A path is a JSONPath such as "$.name"; "" means "$", the root. A path can match
// several values, so most commands answer a list with one element per match, nil
// where a match has another type. Values are encoded as JSON, strings too:
// JSONSet(key, "$.name", "Ada") stores the string Ada.

// JSONGet decodes the document at key into a T. Without a path that is the root;
// with one path beginning with "$" it is the list of matches, so T is a slice;
// with several it is an object with a list for each path. A missing key gives
// [ErrNil].
func JSONGet[T any](key string, paths ...string) Cmd[T] {
	return As(jsonGet(key, paths), DecodeJSON[T])
}

// JSONGetText is [JSONGet] that returns the JSON text as it is.
func JSONGetText(key string, paths ...string) Cmd[string] {
	return As(jsonGet(key, paths), Reply.Text)
}

func jsonGet(key string, paths []string) Command {
	b := build(ReadOnly, 2+len(paths), "JSON.GET", key)
	b.str(paths...)
	return b.done()
}

// JSONMGet decodes what path matches in each document, nil where a key is
// missing. A path beginning with "$" gives a list of matches, so T is a slice.
func JSONMGet[T any](path string, keys ...string) Cmd[[]*T] {
	return As(jsonMGet(path, keys), func(r Reply) ([]*T, error) {
		return collect(r, "array of JSON texts", optional(DecodeJSON[T]))
	})
}

// JSONMGetText is [JSONMGet] that returns the JSON texts as they are.
func JSONMGetText(path string, keys ...string) Cmd[[]*string] {
	return As(jsonMGet(path, keys), Reply.OptionalStrings)
}

func jsonMGet(path string, keys []string) Command {
	b := build(ReadOnly, 2+len(keys), "JSON.MGET")
	b.strs(keys, "key")
	b.str(jsonPath(path))
	return b.done()
}

// JSONSet stores value at a path. The parent of the path must exist, or be the
// root. It is Idempotent unless the path is recursive ("$..x").
func JSONSet(key, path string, value any) Cmd[struct{}] {
	b := build(Idempotent, 4, "JSON.SET", key, jsonPath(path))
	b.json(value)
	return As(b.refined(jsonSetClass), Reply.OK)
}

// JSONSetOptions are the options of JSON.SET. NX excludes XX.
type JSONSetOptions struct {
	// NX stores only if the path matches nothing, XX only if it does.
	NX, XX bool
}

// JSONSetWith is [JSONSet] with options; false means that the condition did not
// hold. With NX it is Unsafe to repeat.
func JSONSetWith(key, path string, value any, o JSONSetOptions) Cmd[bool] {
	b := build(Idempotent, 5, "JSON.SET", key, jsonPath(path))
	b.json(value)
	b.atMostOne("NX and XX", o.NX, o.XX)
	b.flag(o.NX, "NX")
	b.flag(o.XX, "XX")
	return As(b.refined(jsonSetClass), Reply.Set)
}

// A JSONDoc is one value of [JSONMSet].
type JSONDoc struct {
	Key string
	// Path is where to store it; "" means "$".
	Path  string
	Value any
}

// JSONMSet stores several values, all at once.
func JSONMSet(docs ...JSONDoc) Cmd[struct{}] {
	b := build(Idempotent, 1+3*len(docs), "JSON.MSET")
	b.need(len(docs), "document")
	for _, d := range docs {
		b.str(d.Key, jsonPath(d.Path))
		b.json(d.Value)
	}
	return As(b.refined(jsonMSetClass), Reply.OK)
}

// JSONMerge merges value into what path matches, by RFC 7396: null deletes. It is
// Idempotent unless the path goes through an array or is recursive.
func JSONMerge(key, path string, value any) Cmd[struct{}] {
	b := build(Idempotent, 4, "JSON.MERGE", key, jsonPath(path))
	b.json(value)
	return As(b.refined(jsonMergeClass), Reply.OK)
}

// JSONDel deletes what path matches, with "$" the key, and returns how many
// values there were. It is Converging, Unsafe where the path has an index.
func JSONDel(key, path string) Cmd[int64] {
	b := build(Converging, 3, "JSON.DEL", key, jsonPath(path))
	return As(b.refined(jsonDelClass), Reply.Int64)
}

// JSONForget is [JSONDel] under its other name.
func JSONForget(key, path string) Cmd[int64] {
	b := build(Converging, 3, "JSON.FORGET", key, jsonPath(path))
	return As(b.refined(jsonDelClass), Reply.Int64)
}

// JSONClear empties arrays and objects and sets numbers to 0, and returns how many
// values that changed. It is Converging.
func JSONClear(key, path string) Cmd[int64] {
	return As(conv("JSON.CLEAR", key, jsonPath(path)), Reply.Int64)
}

// JSONType returns the type of each match: object, array, string, integer, number,
// boolean or null. A missing key gives [ErrNil].
func JSONType(key, path string) Cmd[[]string] {
	return As(read("JSON.TYPE", key, jsonPath(path)), Reply.oneOrMoreStrings)
}

// JSONResp returns the document in the types of the protocol, as it came: objects
// are lists that begin with "{", arrays lists that begin with "[".
func JSONResp(key, path string) Cmd[Reply] {
	return As(read("JSON.RESP", key, jsonPath(path)), Reply.Raw)
}

// JSONDebugMemory returns the bytes that each match takes.
func JSONDebugMemory(key, path string) Cmd[[]*int64] {
	return As(read("JSON.DEBUG", "MEMORY", key, jsonPath(path)), Reply.oneOrMoreInt64s)
}

func jsonPath(path string) string {
	if path == "" {
		return "$"
	}
	return path
}

// json appends a value encoded as JSON.
func (b *builder) json(v any) {
	text, err := valuejson.Marshal(v)
	if err != nil {
		b.fail(len(b.args), errJSONArg.Error())
	}
	b.args = append(b.args, string(text))
}
