package upstash

// SHA1ForTest is sha1Hex for tests of package upstash_test.
func SHA1ForTest(s string) string { return sha1Hex(s) }
