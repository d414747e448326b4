package upstash

import "time"

// StreamEntries returns entries of a stream, as XRANGE answers.
func (r Reply) StreamEntries() ([]StreamEntry, error) {
	elems, err := r.elems("array of stream entries")
	if err != nil {
		return nil, err
	}
	out := make([]StreamEntry, 0, len(elems))
	for _, e := range elems {
		if element(e).IsNil() {
			continue // XCLAIM of an entry that was deleted, before Redis 7
		}
		entry, err := element(e).streamEntry()
		if err != nil {
			return nil, err
		}
		out = append(out, entry)
	}
	return out, nil
}

func (r Reply) streamEntry() (e StreamEntry, err error) {
	if !r.IsArray() || r.Len() != 2 {
		return e, r.mismatch("array of id and fields")
	}
	if e.ID, err = r.Index(0).Text(); err != nil {
		return StreamEntry{}, err
	}
	if fields := r.Index(1); !fields.IsNil() {
		e.Fields, err = fields.FieldValues()
	}
	return e, err
}

// StreamBatches returns what XREAD and XREADGROUP answer: rows of a key and its
// entries, or the same flat. The nil reply, nothing new, gives no batches.
func (r Reply) StreamBatches() ([]StreamBatch, error) {
	if r.IsNil() {
		return nil, nil
	}
	return pairs(r, "array of streams", func(k, v Reply) (s StreamBatch, err error) {
		if s.Key, err = k.Text(); err != nil {
			return s, err
		}
		s.Entries, err = v.StreamEntries()
		return s, err
	})
}

func (r Reply) entryStatuses() ([]EntryStatus, error) {
	return collect(r, "array of integers", func(e Reply) (EntryStatus, error) {
		n, err := e.Int64()
		return EntryStatus(n), err
	})
}

// claimed splits the answer of XAUTOCLAIM; Redis 6.2 left out the deleted ids.
func (r Reply) claimed() (next string, list Reply, deleted []string, err error) {
	if err := r.check(); err != nil {
		return "", Reply{}, nil, err
	}
	if !r.IsArray() || r.Len() < 2 {
		return "", Reply{}, nil, r.mismatch("array of id, entries and deleted ids")
	}
	if next, err = r.Index(0).Text(); err != nil {
		return "", Reply{}, nil, err
	}
	if r.Len() > 2 {
		deleted, err = r.Index(2).Strings()
	}
	return next, r.Index(1), deleted, err
}

func (r Reply) autoClaimed() (a AutoClaimed, err error) {
	var list Reply
	if a.Next, list, a.Deleted, err = r.claimed(); err != nil {
		return AutoClaimed{}, err
	}
	a.Entries, err = list.StreamEntries()
	return a, err
}

func (r Reply) autoClaimedIDs() (a AutoClaimedIDs, err error) {
	var list Reply
	if a.Next, list, a.Deleted, err = r.claimed(); err != nil {
		return AutoClaimedIDs{}, err
	}
	a.IDs, err = list.Strings()
	return a, err
}

func (r Reply) pendingSummary() (s PendingSummary, err error) {
	if err := r.check(); err != nil {
		return s, err
	}
	if !r.IsArray() || r.Len() != 4 {
		return s, r.mismatch("array of count, ids and consumers")
	}
	if s.Count, err = r.Index(0).Int64(); err != nil || s.Count == 0 {
		return s, err
	}
	if s.Lowest, err = r.Index(1).Text(); err != nil {
		return s, err
	}
	if s.Highest, err = r.Index(2).Text(); err != nil {
		return s, err
	}
	s.Consumers, err = pairs(r.Index(3), "array of consumers", func(k, v Reply) (c PendingConsumer, err error) {
		if c.Name, err = k.Text(); err != nil {
			return c, err
		}
		c.Count, err = v.Int64()
		return c, err
	})
	return s, err
}

func (r Reply) pendingEntries() ([]PendingEntry, error) {
	return collect(r, "array of pending entries", Reply.pendingEntry)
}

func (r Reply) pendingEntry() (e PendingEntry, err error) {
	if !r.IsArray() || r.Len() != 4 {
		return e, r.mismatch("array of 4")
	}
	if e.ID, err = r.Index(0).Text(); err != nil {
		return e, err
	}
	if e.Consumer, err = r.Index(1).Text(); err != nil {
		return e, err
	}
	if e.Idle, err = r.Index(2).millis(); err != nil {
		return e, err
	}
	e.Deliveries, err = r.Index(3).Int64()
	return e, err
}

// named calls f for each name and value of a flat list, such as XINFO answers.
func (r Reply) named(f func(name string, v Reply) error) error {
	if err := r.check(); err != nil {
		return err
	}
	if !r.IsArray() || r.Len()%2 != 0 {
		return r.mismatch("array of names and values")
	}
	for i := 0; i < r.Len(); i += 2 {
		name, err := r.Index(i).Text()
		if err != nil {
			return err
		}
		if err := f(name, r.Index(i+1)); err != nil {
			return err
		}
	}
	return nil
}

func (r Reply) streamConsumers() ([]StreamConsumer, error) {
	return collect(r, "array of consumers", func(row Reply) (c StreamConsumer, err error) {
		err = row.named(func(name string, v Reply) (err error) {
			switch name {
			case "name":
				c.Name, err = v.Text()
			case "pending":
				c.Pending, err = v.Int64()
			case "idle":
				c.Idle, err = v.millis()
			case "inactive":
				c.Inactive, err = v.millis()
			}
			return err
		})
		return c, err
	})
}

func (r Reply) millis() (time.Duration, error) {
	n, err := r.Int64()
	return time.Duration(n) * time.Millisecond, err
}

func (r Reply) streamGroups() ([]StreamGroup, error) {
	return collect(r, "array of groups", func(row Reply) (g StreamGroup, err error) {
		err = row.named(func(name string, v Reply) (err error) {
			switch name {
			case "name":
				g.Name, err = v.Text()
			case "consumers":
				g.Consumers, err = v.Int64()
			case "pending":
				g.Pending, err = v.Int64()
			case "last-delivered-id":
				g.LastDeliveredID, err = v.Text()
			case "entries-read":
				g.EntriesRead, err = optional(Reply.Int64)(v)
			case "lag":
				g.Lag, err = optional(Reply.Int64)(v)
			}
			return err
		})
		return g, err
	})
}

func (r Reply) streamInfo() (s StreamInfo, err error) {
	err = r.named(func(name string, v Reply) (err error) {
		switch name {
		case "length":
			s.Length, err = v.Int64()
		case "radix-tree-keys":
			s.RadixTreeKeys, err = v.Int64()
		case "radix-tree-nodes":
			s.RadixTreeNodes, err = v.Int64()
		case "groups":
			s.Groups, err = v.Int64()
		case "last-generated-id":
			s.LastGeneratedID, err = v.Text()
		case "max-deleted-entry-id":
			s.MaxDeletedEntryID, err = v.Text()
		case "recorded-first-entry-id":
			s.RecordedFirstEntryID, err = v.Text()
		case "entries-added":
			s.EntriesAdded, err = v.Int64()
		case "first-entry":
			s.FirstEntry, err = optional(Reply.streamEntry)(v)
		case "last-entry":
			s.LastEntry, err = optional(Reply.streamEntry)(v)
		}
		return err
	})
	return s, err
}
