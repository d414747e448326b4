package keys

// A Category is the first word of a key.
type Category uint8

// The eight categories.
const (
	Cache Category = iota + 1
	Session
	Jobs
	RateLimit
	Lock
	Counter
	Flag
	Idempotency
)

var categoryNames = [...]string{
	Cache:       "cache",
	Session:     "session",
	Jobs:        "jobs",
	RateLimit:   "ratelimit",
	Lock:        "lock",
	Counter:     "counter",
	Flag:        "flag",
	Idempotency: "idempotency",
}

// String returns the word that keys begin with, "" for an unknown category.
func (c Category) String() string {
	if int(c) >= len(categoryNames) {
		return ""
	}
	return categoryNames[c]
}

// Pattern matches all keys of the category.
func (c Category) Pattern() Pattern {
	if c.String() == "" {
		return Pattern{}
	}
	return Pattern{prefix: c.String() + ":"}
}

// Categories returns all categories.
func Categories() []Category {
	return []Category{Cache, Session, Jobs, RateLimit, Lock, Counter, Flag, Idempotency}
}

// categoryOf finds a category by its word.
func categoryOf(word string) (Category, bool) {
	for c := Cache; c <= Idempotency; c++ {
		if categoryNames[c] == word {
			return c, true
		}
	}
	return 0, false
}
