// Package handler is a function for Vercel, or any other host that calls
//
//	func Handler(w http.ResponseWriter, r *http.Request)
//
// in a package of its own, for each request, without a main that could prepare
// anything. Vercel builds each file below api.
//
// REDIS_REST_URL and REDIS_REST_TOKEN, or the KV_REST_API_URL and KV_REST_API_TOKEN
// that the host sets for a connected store, must be in the environment.
package handler
