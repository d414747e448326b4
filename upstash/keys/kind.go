package keys

import "time"

// A Kind is one sort of key: a category, an entity and a TTL. It is a comparable
// value; the zero Kind is invalid. Declare it once, in a package variable.
type Kind struct {
	category Category
	entity   string
	ttl      time.Duration
}

// Declare returns a Kind, and panics if [NewKind] would fail: a declaration is
// part of the program, like a regular expression in regexp.MustCompile.
func Declare(c Category, entity string, ttl time.Duration) Kind {
	k, err := NewKind(c, entity, ttl)
	if err != nil {
		panic(err.Error())
	}
	return k
}

// Of is [Declare] without the checks, for package variables: the compiler lays them
// out, and a program does not start with code for them. Check them in a test, by
// NewKind; a kind that it refuses has bad keys.
func Of(c Category, entity string, ttl time.Duration) Kind {
	return Kind{category: c, entity: entity, ttl: ttl}
}

// NewKind returns a Kind. The entity is 1 to 64 lower-case letters, digits and
// inner hyphens. A TTL of 0 means that the schema sets none (queues); otherwise
// it is at least a millisecond, the resolution of Redis. Errors are
// *[KindError].
func NewKind(c Category, entity string, ttl time.Duration) (Kind, error) {
	switch {
	case !validEntity(entity):
		return Kind{}, &KindError{Reason: "an entity is 1 to 64 lower-case letters, digits and inner hyphens"}
	case c.String() == "":
		return Kind{}, &KindError{Entity: entity, Reason: "the category is unknown"}
	case ttl < 0 || ttl > 0 && ttl < time.Millisecond:
		return Kind{}, &KindError{Entity: entity, Reason: "the TTL is negative or less than a millisecond"}
	}
	return Kind{category: c, entity: entity, ttl: ttl}, nil
}

const maxEntity = 64

// validEntity keeps entities free of anything that would need escaping.
func validEntity(s string) bool {
	if s == "" || len(s) > maxEntity || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		b := s[i]
		if (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '-' {
			return false
		}
	}
	return true
}

// Category returns the category.
func (k Kind) Category() Category { return k.category }

// Entity returns the second word of the keys.
func (k Kind) Entity() string { return k.entity }

// TTL returns the lifetime of such keys, 0 when the schema sets none.
func (k Kind) TTL() time.Duration { return k.ttl }

// WithTTL returns the same kind with another lifetime; its keys do not change.
// A TTL that [NewKind] would refuse panics.
func (k Kind) WithTTL(ttl time.Duration) Kind { return Declare(k.category, k.entity, ttl) }

// IsZero reports whether k was never declared.
func (k Kind) IsZero() bool { return k.entity == "" }

// String returns "category:entity".
func (k Kind) String() string { return k.category.String() + ":" + k.entity }

// Key spells the key of an id: "category:entity:id". An id of several parts
// (user and day, say) keeps them apart: Key("a", "b") and Key("a:b") differ. No
// id at all gives "category:entity", the name of a queue.
func (k Kind) Key(id ...string) string {
	category := k.category.String()
	n := len(category) + 1 + len(k.entity)
	for _, part := range id {
		n += 1 + len(part)
	}
	b := put(put(put(make([]byte, 0, n), category), ":"), k.entity)
	for _, part := range id {
		b = appendEscaped(put(b, ":"), part)
	}
	return string(b)
}

// Make is Key with checks: an undeclared kind or an empty part is a *[KindError]
// (an id that was forgotten), a key over the limit a *[LengthError].
func (k Kind) Make(id ...string) (string, error) {
	if k.IsZero() {
		return "", &KindError{Reason: "the kind was not declared"}
	}
	for _, part := range id {
		if part == "" {
			return "", &KindError{Entity: k.entity, Reason: "the id is empty"}
		}
	}
	key := k.Key(id...)
	return key, Check(key)
}

// Pattern matches every key of the kind that has an id, and nothing else.
func (k Kind) Pattern() Pattern {
	if k.IsZero() {
		return Pattern{}
	}
	return Pattern{prefix: k.Key() + ":"}
}

// PatternOf matches the keys of the kind whose id begins with these parts and
// has more: everything that belongs to one entity. The key of id itself is not
// among them.
func (k Kind) PatternOf(id ...string) Pattern {
	if k.IsZero() {
		return Pattern{}
	}
	return Pattern{prefix: k.Key(id...) + ":"}
}

// Tag names one entity across caches, "entity:id": what the package cache
// invalidates by. It is escaped like a key.
func (k Kind) Tag(id ...string) string {
	return k.Key(id...)[len(k.category.String())+1:]
}
