# The Worker in workerd on this machine: npm run dev. The database is the one that
# REDIS_REST_URL and REDIS_REST_TOKEN name, on loopback or on the Internet.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "internet", network = (allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "worker")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "dist/worker.mjs"),
    (name = "runtime.mjs", esModule = embed "dist/runtime.mjs"),
    (name = "wasm_exec.js", esModule = embed "dist/wasm_exec.js"),
    (name = "worker.wasm", wasm = embed "dist/worker.wasm"),
  ],
  compatibilityDate = "2026-11-01",
  compatibilityFlags = ["nodejs_als", "enable_request_signal"],
  bindings = [
    (name = "REDIS_REST_URL", fromEnvironment = "REDIS_REST_URL"),
    (name = "REDIS_REST_TOKEN", fromEnvironment = "REDIS_REST_TOKEN"),
    (name = "RATE_LIMIT", fromEnvironment = "RATE_LIMIT"),
    (name = "CACHE_TTL", fromEnvironment = "CACHE_TTL"),
  ],
);
