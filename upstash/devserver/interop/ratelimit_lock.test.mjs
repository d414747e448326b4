import assert from "node:assert/strict";
import { Ratelimit } from "@upstash/ratelimit";
import { Lock } from "@upstash/lock";
import { client, suite } from "./lib.mjs";

const limiters = {
  fixedWindow: () => Ratelimit.fixedWindow(3, "60 s"),
  slidingWindow: () => Ratelimit.slidingWindow(3, "60 s"),
  tokenBucket: () => Ratelimit.tokenBucket(3, "60 s", 3),
  cachedFixedWindow: () => Ratelimit.cachedFixedWindow(3, "60 s"),
};

suite("ratelimit", async ({ t }) => {
  for (const [name, limiter] of Object.entries(limiters)) {
    await t.test(name, async () => {
      const limit = new Ratelimit({ redis: client(), limiter: limiter(), prefix: `rl:${name}`, ephemeralCache: name === "cachedFixedWindow" ? new Map() : false });
      const got = [];
      for (let i = 0; i < 5; i++) got.push(await limit.limit("id"));
      assert.deepEqual(got.map((g) => g.success), [true, true, true, false, false]);
      assert.equal(got[0].remaining, 2);
      assert.equal(got[0].limit, 3);
      await Promise.all(got.map((g) => g.pending));
    });
  }
  await t.test("remaining and reset", async () => {
    const limit = new Ratelimit({ redis: client(), limiter: Ratelimit.slidingWindow(5, "60 s"), prefix: "rl:rem", ephemeralCache: false });
    await limit.limit("id");
    assert.equal((await limit.getRemaining("id")).remaining, 4);
    await limit.resetUsedTokens("id");
    assert.equal((await limit.getRemaining("id")).remaining, 5);
  });
  await t.test("rate above one", async () => {
    const limit = new Ratelimit({ redis: client(), limiter: Ratelimit.fixedWindow(10, "60 s"), prefix: "rl:rate", ephemeralCache: false });
    assert.equal((await limit.limit("id", { rate: 4 })).remaining, 6);
  });
  await t.test("window passes in real time", async () => {
    const limit = new Ratelimit({ redis: client(), limiter: Ratelimit.fixedWindow(1, "300 ms"), prefix: "rl:time", ephemeralCache: false });
    assert.equal((await limit.limit("id")).success, true);
    assert.equal((await limit.blockUntilReady("id", 2000)).success, true);
  });
  await t.test("dynamic limit", async () => {
    const limit = new Ratelimit({ redis: client(), limiter: Ratelimit.slidingWindow(5, "60 s"), prefix: "rl:dyn", dynamicLimits: true, ephemeralCache: false });
    await limit.setDynamicLimit({ limit: 2 });
    assert.equal((await limit.getDynamicLimit()).dynamicLimit, 2);
    const got = [];
    for (let i = 0; i < 3; i++) got.push((await limit.limit("id")).success);
    assert.deepEqual(got, [true, true, false]);
  });
  await t.test("concurrent callers share one window", async () => {
    const limit = new Ratelimit({ redis: client(), limiter: Ratelimit.fixedWindow(20, "60 s"), prefix: "rl:many", ephemeralCache: false });
    const got = await Promise.all(Array.from({ length: 60 }, () => limit.limit("id")));
    assert.equal(got.filter((g) => g.success).length, 20);
  });
  await t.test("analytics and deny list", async () => {
    const limit = new Ratelimit({ redis: client(), limiter: Ratelimit.fixedWindow(5, "60 s"), prefix: "rl:an", analytics: true, enableProtection: false });
    const got = await limit.limit("id", { ip: "192.0.2.1" });
    await got.pending;
    assert.equal(got.success, true);
  });
});

suite("lock", async ({ r, t }) => {
  await t.test("acquire, contend, extend, release", async () => {
    const lock = new Lock({ id: "job", redis: client(), lease: 5000 });
    const rival = new Lock({ id: "job", redis: client(), lease: 5000, retry: { attempts: 2, delay: 5 } });
    assert.equal(await lock.getStatus(), "FREE");
    assert.equal(await lock.acquire(), true);
    assert.equal(await lock.getStatus(), "ACQUIRED");
    assert.equal(await rival.acquire(), false);
    assert.equal(await rival.release(), false);
    assert.equal(await lock.extend(10000), true);
    const left = await r.pttl("job");
    assert.ok(left > 5000, `pttl ${left}`);
    assert.equal(await lock.release(), true);
    assert.equal(await rival.acquire(), true);
    assert.equal(await rival.release(), true);
  });
  await t.test("lease ends", async () => {
    const lock = new Lock({ id: "short", redis: client(), lease: 40 });
    const next = new Lock({ id: "short", redis: client(), lease: 1000, retry: { attempts: 20, delay: 10 } });
    assert.equal(await lock.acquire(), true);
    assert.equal(await next.acquire(), true);
    assert.equal(await lock.release(), false);
    assert.equal(await next.release(), true);
  });
  await t.test("one of many", async () => {
    const all = Array.from({ length: 20 }, () => new Lock({ id: "many", redis: client(), lease: 5000, retry: { attempts: 1, delay: 1 } }));
    const got = await Promise.all(all.map((l) => l.acquire()));
    assert.equal(got.filter(Boolean).length, 1);
  });
});
