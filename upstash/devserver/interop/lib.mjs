// Helpers of the interop tests. The environment says what to test:
// DEVSERVER_URL, DEVSERVER_TOKEN, DEVSERVER_READONLY_TOKEN, DEVSERVER_BACKEND.
import assert from "node:assert/strict";
import test from "node:test";
import { Redis } from "@upstash/redis";

export const url = process.env.DEVSERVER_URL;
export const token = process.env.DEVSERVER_TOKEN;
export const readOnlyToken = process.env.DEVSERVER_READONLY_TOKEN;
export const embedded = process.env.DEVSERVER_BACKEND === "embedded";

export const client = (options = {}) =>
  new Redis({ url, token, enableTelemetry: false, retry: false, ...options });

// Which Redis version first had a command; older real servers must refuse it.
const info = await client().exec(["INFO", "server"]);
const version = Number(/redis_version:(\d+\.\d+)/.exec(info)[1]);
const lacks = (since) => since !== undefined && !embedded && version < since;

// suite runs body over an empty database. In it, is(name, fn, want, since)
// compares fn's result with want (or calls want), and fails(name, fn, pattern)
// expects a rejection. Each is a test of its own, in order.
export function suite(group, body, options = {}) {
  test(group, async (t) => {
    const r = client(options);
    await r.flushdb();
    const is = (name, fn, want, since) =>
      t.test(name, async (st) => {
        if (lacks(since)) {
          await assert.rejects(fn);
          st.skip(`known missing: needs Redis ${since}`);
          return;
        }
        const got = await fn();
        if (typeof want === "function") assert.ok(want(got), `got ${JSON.stringify(got)}`);
        else assert.deepEqual(got, want);
      });
    const fails = (name, fn, pattern) => t.test(name, () => assert.rejects(fn, pattern));
    await body({ r, is, fails, t });
  });
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const sorted = (list) => [...list].sort();
export const between = (lo, hi) => (n) => n >= lo && n <= hi;
