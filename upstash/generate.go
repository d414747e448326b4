package upstash

//go:generate go run ./internal/gencommands
