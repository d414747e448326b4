package upstash

// ClassKnown reports whether classTable has a row for a command.
func ClassKnown(args ...string) bool { return classRowOf(args) != nil }

// ClassNames are the names of classTable in its order.
func ClassNames() []string {
	names := make([]string, len(classTable))
	for i := range classTable {
		names[i] = classTable[i].name
	}
	return names
}
