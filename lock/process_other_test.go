//go:build !unix && !wasm

package lock_test

const workerEnv = "EDGEREDIS_LOCK_WORKER"

func runWorker() {}
