// The JavaScript half of upstash/interop_npm_test.go: it runs what the test asks
// for on unmodified clients of @upstash/redis, and writes down what they return.
//
// One JSON line in, one out. In: {"client": "default" | "raw", "chain": [[method,
// ...args], ...], "bytes": bool}. The chain's methods are called one on the
// result of the other, so that r.multi().get("k").exec() is possible; the
// last result is awaited. An argument {"$bytes": [0, 255]} becomes base64 text
// made here, and with "bytes" the result is decoded from base64 to such a list.
// Out: {"result": ...} or {"error": message}. JSON has no undefined, Infinity and
// NaN: they come as {"$": "undefined"} and so on, so that nothing passes for null.
import { createInterface } from "node:readline";
import { Redis } from "@upstash/redis";

const options = { url: process.env.DEVSERVER_URL, token: process.env.DEVSERVER_TOKEN };
const clients = {
  default: new Redis(options),
  raw: new Redis({ ...options, automaticDeserialization: false }),
};

const argument = (_, v) =>
  Array.isArray(v?.$bytes) ? Buffer.from(v.$bytes).toString("base64") : v;

const plain = (_, v) =>
  v === undefined || (typeof v === "number" && !Number.isFinite(v)) ? { $: String(v) } : v;

async function run({ client, chain, bytes }) {
  let on = clients[client];
  for (const [method, ...args] of chain) on = on[method](...args);
  const result = await on;
  return bytes ? [...Buffer.from(result, "base64")] : result;
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { result: await run(JSON.parse(line, argument)) };
  } catch (err) {
    answer = { error: String(err?.message ?? err) };
  }
  process.stdout.write(JSON.stringify(answer, plain) + "\n");
}
