package lock

// A hold is what a lease asks the server for: names and the owner's value in them.
type hold struct {
	name  string // the first one
	names []string
	owner string
	class string // of the first name, for Stats
	// unsure is set once a request for the locks may have been applied although
	// it failed: then they have to be given back.
	unsure bool
	// queued is set when the owner may stand in the line of waiters.
	queued bool
	// plain keeps the owner out of that line.
	plain bool
}

// A grant is the answer to a request for locks.
type grant struct {
	ok     bool
	fences []int64 // one for each name, none without fencing
	// left is how long the lock in the way lasts; negative when unknown.
	left int64 // milliseconds
}
