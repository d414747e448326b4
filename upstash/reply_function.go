package upstash

func (r Reply) libraries() ([]Library, error) {
	return collect(r, "array of libraries", func(row Reply) (l Library, err error) {
		err = row.named(func(name string, v Reply) (err error) {
			switch name {
			case "library_name":
				l.Name, err = v.Text()
			case "engine":
				l.Engine, err = v.Text()
			case "library_code":
				l.Code, err = v.Text()
			case "functions":
				l.Functions, err = collect(v, "array of functions", Reply.libraryFunction)
			}
			return err
		})
		return l, err
	})
}

func (r Reply) libraryFunction() (f LibraryFunction, err error) {
	err = r.named(func(name string, v Reply) (err error) {
		switch name {
		case "name":
			f.Name, err = v.Text()
		case "description":
			if !v.IsNil() {
				f.Description, err = v.Text()
			}
		case "flags":
			f.Flags, err = v.Strings()
		}
		return err
	})
	return f, err
}

func (r Reply) functionEngines() (engines []FunctionEngine, err error) {
	err = r.named(func(name string, v Reply) error {
		if name != "engines" {
			return nil
		}
		return v.named(func(engine string, v Reply) error {
			e := FunctionEngine{Name: engine}
			err := v.named(e.set)
			engines = append(engines, e)
			return err
		})
	})
	return engines, err
}

func (e *FunctionEngine) set(name string, v Reply) (err error) {
	switch name {
	case "libraries_count":
		e.Libraries, err = v.Int64()
	case "functions_count":
		e.Functions, err = v.Int64()
	}
	return err
}
