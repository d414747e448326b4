import assert from "node:assert/strict";
import { client, readOnlyToken, suite, token, url } from "./lib.mjs";

// once waits for an event of a subscriber, for at most five seconds.
const once = (sub, event) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event}`)), 5000);
    sub.on(event, (data) => {
      clearTimeout(timer);
      resolve(data);
    });
  });

suite("pubsub", async ({ r, t }) => {
  await t.test("subscribe", async () => {
    const sub = r.subscribe("news");
    assert.equal(await once(sub, "subscribe"), 1);
    const message = once(sub, "message");
    assert.equal(await r.publish("news", { text: "a,b" }), 1);
    assert.deepEqual((await message).message, { text: "a,b" });
    const other = r.subscribe("news");
    assert.equal(await once(other, "subscribe"), 1);
    const named = once(sub, "message:news");
    assert.equal(await r.publish("news", "plain"), 2);
    assert.equal((await named).message, "plain");
    assert.deepEqual(await r.exec(["PUBSUB", "CHANNELS"]), ["news"]);
    assert.deepEqual(await r.exec(["PUBSUB", "NUMSUB", "news"]), ["news", 2]);
    await sub.unsubscribe();
    await other.unsubscribe();
  });
  await t.test("ends with its client", async () => {
    for (let i = 0; i < 200; i++) {
      if ((await r.exec(["PUBSUB", "NUMSUB", "news"]))[1] === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.fail("the subscription is still there");
  });
  await t.test("psubscribe", async () => {
    const sub = r.psubscribe("user:*");
    assert.equal(await once(sub, "psubscribe"), 1);
    const message = once(sub, "pmessage");
    await r.publish("user:1", { id: 1 });
    const got = await message;
    assert.deepEqual([got.pattern, got.channel, got.message], ["user:*", "user:1", { id: 1 }]);
    assert.equal(await r.exec(["PUBSUB", "NUMPAT"]), 1);
    await sub.unsubscribe();
  });
  await t.test("publish from a script", async () => {
    const sub = r.subscribe("lua");
    await once(sub, "subscribe");
    const message = once(sub, "message");
    await r.eval("return redis.call('PUBLISH', 'lua', 'hi')", [], []);
    assert.equal((await message).message, "hi");
    await sub.unsubscribe();
  });
  await t.test("monitor", async () => {
    const stop = new AbortController();
    const res = await fetch(`${url}/monitor`, { method: "POST", headers: { authorization: `Bearer ${token}` }, signal: stop.signal });
    assert.equal(res.headers.get("content-type"), "text/event-stream");
    const reader = res.body.getReader();
    const next = async () => Buffer.from((await reader.read()).value).toString();
    assert.equal(await next(), 'data: "OK"\n\n');
    await r.set("watched", 'a"b');
    assert.match(await next(), /^data: \d+\.\d{6} \[0 0\.0\.0\.0:0\] "set" "watched" "a\\"b"\n\n$/i);
    stop.abort();
  });
});

suite("read-only token", async ({ r, is, fails }) => {
  const ro = client({ token: readOnlyToken });
  await r.set("k", "v");
  await is("get", () => ro.get("k"), "v");
  await is("ping", () => ro.ping(), "PONG");
  await is("mget", () => ro.mget("k"), ["v"]);
  for (const args of [["SET", "k", 1], ["INCR", "k"], ["DEL", "k"], ["EXPIRE", "k", 1], ["EVAL", "return 1", 0], ["KEYS", "*"], ["SCAN", 0], ["FLUSHALL"]]) {
    await fails(args[0], () => ro.exec(args), new RegExp(`NOPERM this user has no permissions to run the '${args[0].toLowerCase()}' command`));
  }
  await fails("wrong token", () => client({ token: "wrong" }).get("k"), /WRONGPASS invalid or missing auth token/);
});
