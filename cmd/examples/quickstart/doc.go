// Quickstart is the program of the README. It needs REDIS_REST_URL and
// REDIS_REST_TOKEN.
package main
