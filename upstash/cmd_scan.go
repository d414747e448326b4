package upstash

// ScanOptions are the options of SCAN, HSCAN, SSCAN and ZSCAN.
type ScanOptions struct {
	// Match is a glob pattern; "" means all. It is applied after the page was
	// read, so a page may be empty before the end.
	Match string
	// Count is about how many elements the server looks at for one page; 0 means
	// the server's default, 10.
	Count int64
	// Type limits SCAN to keys of one type, as [Type] names it; "" means all. The
	// other commands refuse it.
	Type string
}

func (b *builder) scan(o ScanOptions, keys bool) {
	if o.Match != "" {
		b.str("MATCH", o.Match)
	}
	if o.Count != 0 {
		b.str("COUNT", itoa64(o.Count))
	}
	if o.Type != "" {
		if !keys {
			b.fail(0, "cannot have the option Type, which is for SCAN")
		}
		b.str("TYPE", o.Type)
	}
}

// ScanStart is the cursor that begins a scan, and the one that a server answers
// at its end. Cursors are opaque: hand them back as they came.
const ScanStart = "0"

// A ScanPage is one page of SCAN or SSCAN. Elements may come more than once.
type ScanPage struct {
	// Cursor asks for the next page; [ScanStart] means that this was the last.
	Cursor string
	Items  []string
}

// Scan returns a page of keys. [ScanKeys] walks all pages.
func Scan(cursor string, o ScanOptions) Cmd[ScanPage] {
	b := build(ReadOnly, 8, "SCAN", cursor)
	b.scan(o, true)
	return As(b.done(), Reply.scanPage)
}

// A KeyType is a key and its type.
type KeyType struct {
	Key, Type string
}

// A ScanTypesPage is one page of [ScanWithType].
type ScanTypesPage struct {
	// Cursor asks for the next page; [ScanStart] means that this was the last.
	Cursor string
	Keys   []KeyType
}

// ScanWithType is [Scan] with the type of each key (WITHTYPE), which only Upstash
// has.
func ScanWithType(cursor string, o ScanOptions) Cmd[ScanTypesPage] {
	b := build(ReadOnly, 9, "SCAN", cursor)
	b.scan(o, true)
	b.str("WITHTYPE")
	return As(b.done(), Reply.scanTypesPage)
}

// A HScanPage is one page of [HScan].
type HScanPage struct {
	// Cursor asks for the next page; [ScanStart] means that this was the last.
	Cursor string
	Fields []FieldValue
}

// HScan returns a page of the hash at key. [ScanHash] walks all pages.
func HScan(key, cursor string, o ScanOptions) Cmd[HScanPage] {
	b := build(ReadOnly, 7, "HSCAN", key, cursor)
	b.scan(o, false)
	return As(b.done(), Reply.hscanPage)
}

// SScan returns a page of the set at key. [ScanSet] walks all pages.
func SScan(key, cursor string, o ScanOptions) Cmd[ScanPage] {
	b := build(ReadOnly, 7, "SSCAN", key, cursor)
	b.scan(o, false)
	return As(b.done(), Reply.scanPage)
}

// A ZScanPage is one page of [ZScan].
type ZScanPage struct {
	// Cursor asks for the next page; [ScanStart] means that this was the last.
	Cursor  string
	Members []Member
}

// ZScan returns a page of the sorted set at key. [ScanSortedSet] walks all pages.
func ZScan(key, cursor string, o ScanOptions) Cmd[ZScanPage] {
	b := build(ReadOnly, 7, "ZSCAN", key, cursor)
	b.scan(o, false)
	return As(b.done(), Reply.zscanPage)
}

// page splits the answer of a scan into its cursor and its list.
func (r Reply) page() (cursor string, list Reply, err error) {
	if err := r.check(); err != nil {
		return "", Reply{}, err
	}
	if !r.IsArray() || r.Len() != 2 {
		return "", Reply{}, r.mismatch("array of cursor and list")
	}
	cursor, err = r.Index(0).Text()
	return cursor, r.Index(1), err
}

func (r Reply) scanPage() (p ScanPage, err error) {
	var list Reply
	if p.Cursor, list, err = r.page(); err != nil {
		return ScanPage{}, err
	}
	p.Items, err = list.Strings()
	return p, err
}

func (r Reply) scanTypesPage() (p ScanTypesPage, err error) {
	var list Reply
	if p.Cursor, list, err = r.page(); err != nil {
		return ScanTypesPage{}, err
	}
	p.Keys, err = pairs(list, "array of keys and types", func(k, v Reply) (t KeyType, err error) {
		if t.Key, err = k.Text(); err != nil {
			return t, err
		}
		t.Type, err = v.Text()
		return t, err
	})
	return p, err
}

func (r Reply) hscanPage() (p HScanPage, err error) {
	var list Reply
	if p.Cursor, list, err = r.page(); err != nil {
		return HScanPage{}, err
	}
	p.Fields, err = list.FieldValues()
	return p, err
}

func (r Reply) zscanPage() (p ZScanPage, err error) {
	var list Reply
	if p.Cursor, list, err = r.page(); err != nil {
		return ZScanPage{}, err
	}
	p.Members, err = list.Members()
	return p, err
}
