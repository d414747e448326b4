// Package decint reads integers. Package strconv quotes what it could not read in
// its errors, and the tables for that (which characters can be printed) are 6 kB of
// every compressed WebAssembly program that could meet it.
package decint
