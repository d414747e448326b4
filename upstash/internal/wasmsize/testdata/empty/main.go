// Program empty is the Go runtime and nothing else.
package main

func main() { select {} }
