package wire

// String returns the name of k in lower case. Only tests print kinds, and a method is
// linked into every WebAssembly program that keeps a Value in an interface.
func (k Kind) String() string {
	names := [...]string{"null", "int", "string", "status", "float", "bool", "array", "error"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}
