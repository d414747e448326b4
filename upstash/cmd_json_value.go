package upstash

// Commands on numbers, strings, booleans, arrays and objects in JSON documents. A
// missing key gives [ErrNil] or a server error.

// JSONNumIncrBy adds n to each number and returns the results.
func JSONNumIncrBy(key, path string, n float64) Cmd[[]*float64] {
	return jsonNumber("JSON.NUMINCRBY", key, path, n)
}

// JSONNumMultBy multiplies each number by n and returns the results.
func JSONNumMultBy(key, path string, n float64) Cmd[[]*float64] {
	return jsonNumber("JSON.NUMMULTBY", key, path, n)
}

func jsonNumber(name, key, path string, n float64) Cmd[[]*float64] {
	b := build(Unsafe, 4, name, key, jsonPath(path))
	b.float(n)
	return As(b.done(), Reply.jsonNumbers)
}

// JSONStrAppend adds text to each string and returns the new lengths.
func JSONStrAppend(key, path, text string) Cmd[[]*int64] {
	b := build(Unsafe, 4, "JSON.STRAPPEND", key, jsonPath(path))
	b.json(text)
	return As(b.done(), Reply.oneOrMoreInt64s)
}

// JSONStrLen returns the length of each string.
func JSONStrLen(key, path string) Cmd[[]*int64] {
	return As(read("JSON.STRLEN", key, jsonPath(path)), Reply.oneOrMoreInt64s)
}

// JSONToggle negates each boolean and returns the results.
func JSONToggle(key, path string) Cmd[[]*bool] {
	return As(write("JSON.TOGGLE", key, jsonPath(path)), Reply.jsonBools)
}

// JSONArrAppend adds values at the end of each array and returns the new lengths.
func JSONArrAppend(key, path string, values ...any) Cmd[[]*int64] {
	b := build(Unsafe, 3+len(values), "JSON.ARRAPPEND", key, jsonPath(path))
	b.jsons(values)
	return As(b.done(), Reply.oneOrMoreInt64s)
}

// JSONArrIndex returns the index of the first element equal to value in each
// array, -1 where there is none.
func JSONArrIndex(key, path string, value any) Cmd[[]*int64] {
	b := build(ReadOnly, 4, "JSON.ARRINDEX", key, jsonPath(path))
	b.json(value)
	return As(b.done(), Reply.oneOrMoreInt64s)
}

// JSONArrIndexRange is [JSONArrIndex] among the elements from start to before
// stop; stop 0 means the end.
func JSONArrIndexRange(key, path string, value any, start, stop int64) Cmd[[]*int64] {
	b := build(ReadOnly, 6, "JSON.ARRINDEX", key, jsonPath(path))
	b.json(value)
	b.num(start)
	b.num(stop)
	return As(b.done(), Reply.oneOrMoreInt64s)
}

// JSONArrInsert inserts values before an index of each array and returns the new
// lengths.
func JSONArrInsert(key, path string, index int64, values ...any) Cmd[[]*int64] {
	b := build(Unsafe, 4+len(values), "JSON.ARRINSERT", key, jsonPath(path), itoa64(index))
	b.jsons(values)
	return As(b.done(), Reply.oneOrMoreInt64s)
}

// JSONArrLen returns the length of each array.
func JSONArrLen(key, path string) Cmd[[]*int64] {
	return As(read("JSON.ARRLEN", key, jsonPath(path)), Reply.oneOrMoreInt64s)
}

// JSONArrPop takes the element at an index of each array, -1 being the last, and
// returns the elements as JSON text, nil where an array is empty.
func JSONArrPop(key, path string, index int64) Cmd[[]*string] {
	return As(write("JSON.ARRPOP", key, jsonPath(path), itoa64(index)), Reply.oneOrMoreTexts)
}

// JSONArrTrim keeps only the elements start to stop of each array and returns the
// new lengths. It is Idempotent when it keeps the first n or the last n, else
// Unsafe to repeat.
func JSONArrTrim(key, path string, start, stop int64) Cmd[[]*int64] {
	b := build(Unsafe, 5, "JSON.ARRTRIM", key, jsonPath(path), itoa64(start), itoa64(stop))
	return As(b.refined(jsonTrimClass), Reply.oneOrMoreInt64s)
}

// JSONObjKeys returns the member names of each object, nil where a match is none.
func JSONObjKeys(key, path string) Cmd[[][]string] {
	return As(read("JSON.OBJKEYS", key, jsonPath(path)), Reply.stringLists)
}

// JSONObjLen returns the number of members of each object.
func JSONObjLen(key, path string) Cmd[[]*int64] {
	return As(read("JSON.OBJLEN", key, jsonPath(path)), Reply.oneOrMoreInt64s)
}

func (b *builder) jsons(values []any) {
	b.need(len(values), "value")
	for _, v := range values {
		b.json(v)
	}
}
