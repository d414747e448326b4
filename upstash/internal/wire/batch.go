package wire

// minItem is the shortest answer to one command of a batch: {"result":0},
const minItem = len(`{"result":0},`)

// DecodeBatch decodes the answer to a pipeline or transaction, an array of
// what [DecodeReply] decodes, into one Value for each command.
//
// n is the number of commands sent. It sizes the result; a different number of
// answers is not an error here, so the caller compares. Each answer counts as
// an element for the limits.
//
// When the server refuses the request as a whole it answers with one object
// instead of an array: then isWhole is true, whole is that answer (of Kind
// Error, unless the server is odd) and vals is nil.
//
// Body is scratch space: see the package documentation.
func DecodeBatch(body []byte, n int, o Options) (vals []Value, whole Value, isWhole bool, err error) {
	var d decoder
	d.init(body, o)
	if d.peek() != '[' {
		whole, isWhole, err = d.whole()
		return nil, whole, isWhole, err
	}
	d.items = max(min(n, len(body)/minItem+1, d.maxElems), 0)
	vals = make([]Value, 0, d.items)
	more, err := d.batchStart()
	for more && err == nil {
		vals = d.extend(vals)
		more, err = d.item(&vals[len(vals)-1])
	}
	if err == nil {
		d.space()
		err = d.end()
	}
	if err != nil {
		return nil, Value{}, false, err
	}
	return vals, Value{}, false, nil
}

// DecodeBatchFunc is [DecodeBatch] for callers that have their own place for
// the replies: it calls each with every reply, in order, and allocates nothing
// but strings and arrays. When err is not nil each may have been called for the
// replies before the place of the error.
func DecodeBatchFunc(body []byte, o Options, each func(i int, v Value)) (whole Value, isWhole bool, err error) {
	var d decoder
	d.init(body, o)
	if d.peek() != '[' {
		return d.whole()
	}
	more, err := d.batchStart()
	for i := 0; more && err == nil; i++ {
		var v Value
		if more, err = d.item(&v); err == nil {
			each(i, v)
		}
	}
	if err == nil {
		d.space()
		err = d.end()
	}
	return Value{}, false, err
}

// whole decodes the single object that answers a whole batch.
func (d *decoder) whole() (whole Value, isWhole bool, err error) {
	var v Value
	if err = d.envelope(&v); err == nil {
		d.space()
		err = d.end()
	}
	if err != nil {
		return Value{}, false, err
	}
	return v, true, nil
}

// batchStart passes over the opening bracket and reports whether an item follows.
func (d *decoder) batchStart() (more bool, err error) {
	d.arena.share = true
	d.i++
	if d.peek() == ']' {
		d.i++
		return false, nil
	}
	return true, nil
}

// item decodes one answer and what follows it, and reports whether that
// announces another.
func (d *decoder) item(v *Value) (more bool, err error) {
	if err := d.element(); err != nil {
		return false, err
	}
	d.items = max(d.items-1, 0)
	if err := d.envelope(v); err != nil {
		return false, err
	}
	if d.i < len(d.b) && d.b[d.i] == ',' {
		d.i++
		return true, nil
	}
	done, err := d.after(']')
	return !done && err == nil, err
}
