package upstash

import "syscall"

// lookupEnv is what os.LookupEnv calls. Importing os would add 23 kB of compressed
// code, for files that nothing here opens.
func lookupEnv(name string) (string, bool) { return syscall.Getenv(name) }
