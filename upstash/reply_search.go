package upstash

func (r Reply) searchDescription() (d SearchDescription, err error) {
	err = r.named(func(name string, v Reply) (err error) {
		switch name {
		case "name":
			d.Name, err = v.Text()
		case "type":
			var t string
			t, err = v.Text()
			d.Type = SearchSource(t)
		case "prefixes":
			d.Prefixes, err = v.Strings()
		case "language":
			d.Language, err = v.Text()
		case "indexSize":
			d.IndexSize, err = v.Int64()
		case "pendingUpdates":
			d.PendingUpdates, err = v.Int64()
		case "schema":
			d.Schema, err = collect(v, "array of fields", Reply.searchField)
		}
		return err
	})
	return d, err
}

// searchField decodes a row such as ["price", "F64", "FAST", "FROM", "cost"].
func (r Reply) searchField() (f SearchField, err error) {
	words, err := r.Strings()
	if err != nil {
		return f, err
	}
	if len(words) < 2 {
		return f, r.mismatch("array of name and type")
	}
	f.Name, f.Type = words[0], SearchFieldType(words[1])
	for i := 2; i < len(words); i++ {
		switch words[i] {
		case "FAST":
			f.Fast = true
		case "NOSTEM":
			f.NoStem = true
		case "NOTOKENIZE":
			f.NoTokenize = true
		case "FROM":
			if i++; i < len(words) {
				f.From = words[i]
			}
		}
	}
	return f, nil
}

func (r Reply) searchNames() ([]SearchName, error) {
	return collect(r, "array of indexes", func(row Reply) (n SearchName, err error) {
		err = row.named(func(name string, v Reply) error {
			text, err := v.Text()
			switch name {
			case "name":
				n.Name = text
			case "type":
				n.Type = SearchSource(text)
			}
			return err
		})
		return n, err
	})
}

func (r Reply) searchHits() ([]SearchHit, error) {
	return collect(r, "array of results", func(row Reply) (h SearchHit, err error) {
		if !row.IsArray() || row.Len() < 2 {
			return h, row.mismatch("array of key, score and content")
		}
		if h.Key, err = row.Index(0).Text(); err != nil {
			return h, err
		}
		if h.Score, err = row.Index(1).Float64(); err != nil {
			return h, err
		}
		if content := row.Index(2); !content.IsNil() {
			h.Fields, err = content.FieldValues()
		}
		return h, err
	})
}

// searchAliasAdded: 1 is a new alias, 2 one that was moved.
func (r Reply) searchAliasAdded() (bool, error) {
	n, err := r.Int64()
	return n == 1, err
}

func (r Reply) searchAliases() (map[string]string, error) {
	list, err := r.FieldValues()
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(list))
	for _, p := range list {
		out[p.Field] = p.Value
	}
	return out, nil
}
