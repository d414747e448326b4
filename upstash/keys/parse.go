package keys

import (
	"iter"
	"slices"
	"strings"
)

// A Name is a key taken apart.
type Name struct {
	Category Category
	Entity   string
	// ID holds the parts of the id, unescaped; nil for the name of a queue.
	ID []string
}

// Parse takes a key apart. It accepts exactly what [Kind.Key] spells, for any
// kind; anything else is [ErrForeign].
func Parse(key string) (Name, error) {
	parts := strings.Split(key, ":")
	if len(parts) < 2 {
		return Name{}, ErrForeign
	}
	c, ok := categoryOf(parts[0])
	if !ok || !validEntity(parts[1]) {
		return Name{}, ErrForeign
	}
	n := Name{Category: c, Entity: parts[1]}
	for _, part := range parts[2:] {
		id, ok := unescape(part)
		if !ok {
			return Name{}, ErrForeign
		}
		n.ID = append(n.ID, id)
	}
	return n, nil
}

// A Catalog is a set of kinds that do not overlap. It is immutable; the zero
// Catalog is empty.
type Catalog struct{ kinds []Kind }

// NewCatalog returns a catalog of kinds. An undeclared kind, and two kinds with
// the same category and entity, are a *[KindError].
func NewCatalog(kinds ...Kind) (Catalog, error) { return Catalog{}.With(kinds...) }

// With returns a catalog that has more kinds.
func (c Catalog) With(kinds ...Kind) (Catalog, error) {
	all := slices.Clone(c.kinds)
	for _, k := range kinds {
		if k.IsZero() {
			return Catalog{}, &KindError{Reason: "the kind was not declared"}
		}
		if _, taken := (Catalog{all}).Lookup(k.category, k.entity); taken {
			return Catalog{}, &KindError{Entity: k.entity, Reason: "is declared twice in its category"}
		}
		all = append(all, k)
	}
	return Catalog{all}, nil
}

// Lookup finds a kind.
func (c Catalog) Lookup(category Category, entity string) (Kind, bool) {
	for _, k := range c.kinds {
		if k.category == category && k.entity == entity {
			return k, true
		}
	}
	return Kind{}, false
}

// All yields the kinds in the order of their declaration.
func (c Catalog) All() iter.Seq[Kind] { return slices.Values(c.kinds) }

// Len returns the number of kinds.
func (c Catalog) Len() int { return len(c.kinds) }

// Parse takes a key apart and finds its kind. A key that no kind of the catalog
// can have spelled is [ErrForeign].
func (c Catalog) Parse(key string) (Kind, []string, error) {
	n, err := Parse(key)
	if err != nil {
		return Kind{}, nil, err
	}
	k, ok := c.Lookup(n.Category, n.Entity)
	if !ok {
		return Kind{}, nil, ErrForeign
	}
	return k, n.ID, nil
}
