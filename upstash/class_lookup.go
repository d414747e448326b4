package upstash

// ClassOf returns the class of a command given by its name and arguments, as a
// [Command] has them. Letter case does not matter. A command that is not known
// is Unsafe. It allocates nothing for arguments in upper case.
//
// Options count: SET is Idempotent, SET with NX is Unsafe, GETEX without options
// is ReadOnly. A relative TTL counts as the same data although it starts anew.
func ClassOf(args []string) Class {
	row := classRowOf(args)
	switch {
	case row == nil:
		return Unsafe
	case row.refine != nil:
		return row.refine(args)
	}
	return row.class
}

// A classRow is one line of classTable.
type classRow struct {
	name   string
	class  Class
	refine func(args []string) Class // decides from the arguments; class is not used then
}

// classRowOf finds a command by its first word, then, for commands like SCRIPT
// LOAD, by its first two.
func classRowOf(args []string) *classRow {
	if len(args) == 0 {
		return nil
	}
	if row := searchClass(args[0], ""); row != nil {
		return row
	}
	if len(args) > 1 {
		return searchClass(args[0], args[1])
	}
	return nil
}

// searchClass is a binary search: a sorted array costs nothing at start-up,
// where a map would be built each time a function starts cold.
func searchClass(word, sub string) *classRow {
	low, high := 0, len(classTable)
	for low < high {
		mid := int(uint(low+high) >> 1)
		switch c := compareName(classTable[mid].name, word, sub); {
		case c == 0:
			return &classTable[mid]
		case c < 0:
			low = mid + 1
		default:
			high = mid
		}
	}
	return nil
}

// compareName orders name against word, or "word sub", in any letter case,
// without joining the two.
func compareName(name, word, sub string) int {
	n := len(word)
	total := n
	if sub != "" {
		total += 1 + len(sub)
	}
	for i := 0; i < len(name) && i < total; i++ {
		var b byte
		switch {
		case i < n:
			b = word[i]
		case i == n:
			b = ' '
		default:
			b = sub[i-n-1]
		}
		if b >= 'a' && b <= 'z' {
			b -= 'a' - 'A'
		}
		if name[i] != b {
			return int(name[i]) - int(b)
		}
	}
	return len(name) - total
}
