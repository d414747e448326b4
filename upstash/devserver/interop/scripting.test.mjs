import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { client, suite } from "./lib.mjs";

const sha1 = (s) => createHash("sha1").update(s).digest("hex");
const flagged = "#!lua flags=allow-key-locking\n";

suite("eval", async ({ r, is, fails }) => {
  await is("keys and argv", () => r.eval("return {KEYS[1], ARGV[1]}", ["k"], ["v"]), ["k", "v"]);
  await is("integer", () => r.eval("return 42", [], []), 42);
  await is("truncates", () => r.eval("return 3.99", [], []), 3);
  await is("false is null", () => r.eval("return false", [], []), null);
  await is("true is 1", () => r.eval("return true", [], []), 1);
  await is("nested", () => r.eval("return {1, {2, {'x'}}}", [], []), [1, [2, ["x"]]]);
  await is("stops at nil", () => r.eval("return {1, nil, 3}", [], []), [1]);
  await is("status", () => r.eval("return redis.status_reply('FINE')", [], []), "FINE");
  await is("set and get", () => r.eval("redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])", ["k"], ["v"]), "v");
  await is("time", () => r.eval("return redis.call('TIME')", [], []), (t) => Math.abs(t[0] - Date.now() / 1000) < 5);
  await is("cjson", () => r.eval("return cjson.encode({a = cjson.decode(ARGV[1])[2]})", [], ["[1,2]"]), { a: 2 });
  await is("sha1hex", () => r.eval("return redis.sha1hex('')", [], []), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  await is("unpack 112", () => r.eval("local t = {} for i = 1, 112 do t[i] = i end return redis.call('RPUSH', KEYS[1], unpack(t))", ["many"], []), 112);
  await is("expiry inside", () => r.eval("redis.call('SET', KEYS[1], 1, 'PX', 5000) return redis.call('PTTL', KEYS[1])", ["e"], []), (n) => n > 4900 && n <= 5000);
  await fails("error_reply", () => r.eval("return redis.error_reply('MY problem')", [], []), /MY problem/);
  await fails("wrong type keeps its code", () => r.eval("return redis.call('LPUSH', KEYS[1], 1)", ["k"], []), /: WRONGTYPE Operation/);
  await fails("syntax", () => r.eval("this is bad", [], []), /ERR Error compiling script/);
  await is("pcall", () => r.eval("return redis.pcall('LPUSH', KEYS[1], 1).err ~= nil", ["k"], []), 1);
  await fails("wrong numkeys", () => r.exec(["EVAL", "return 1", 3, "a"]), /Number of keys/);
});

suite("evalsha", async ({ r, is, fails }) => {
  const source = "return ARGV[1]";
  await fails("unknown", () => r.evalsha(sha1("return 'never loaded'"), [], []), /NOSCRIPT/);
  await fails("not a digest", () => r.evalsha("wrong-sha1", [], []), /NOSCRIPT/);
  await is("script load", () => r.scriptLoad(source), sha1(source));
  await is("evalsha", () => r.evalsha(sha1(source), [], ["x"]), "x");
  await is("script exists", () => r.scriptExists(sha1(source), "0".repeat(40)), [1, 0]);
  await is("script flush", () => r.scriptFlush(), "OK");
  await is("script exists after flush", () => r.scriptExists(sha1(source)), [0]);
  await is("createScript", () => r.createScript(source).exec([], ["y"]), "y");
  await is("createScript again", () => r.createScript(source).exec([], ["z"]), "z");
  await is("createScript readonly", () => r.createScript("return redis.call('GET', KEYS[1])", { readonly: true }).exec(["nope"], []), null);
  await is("eval_ro", () => r.evalRo("return redis.call('GET', KEYS[1])", ["nope"], []), null);
  await is("evalsha_ro", async () => r.evalshaRo(await r.scriptLoad("return 7"), [], []), 7);
  await fails("eval_ro write", () => r.evalRo("return redis.call('SET', KEYS[1], 1)", ["k"], []), /READONLY Write commands are not allowed from read-only scripts/);
});

suite("key-locking flag", async ({ r, is, fails }) => {
  const set = `${flagged}return redis.call('SET', KEYS[1], ARGV[1])`;
  const get = "#!lua flags=no-writes,allow-key-locking\nreturn redis.call('GET', KEYS[1])";
  await is("eval", () => r.eval(set, ["k"], ["v"]), "OK");
  await is("evalsha by the client's digest", () => r.evalsha(sha1(set), ["k"], ["w"]), "OK");
  await is("with no-writes", () => r.eval(get, ["k"], []), "w");
  await is("with no-writes by digest", () => r.evalsha(sha1(get), ["k"], []), "w");
  await is("eval_ro", () => r.evalRo(`${flagged}return redis.call('GET', KEYS[1])`, ["k"], []), "w");
  await is("newline before", () => r.eval(`\n${set}`, ["k"], ["x"]), "OK");
  await is("script load", () => r.scriptLoad(`${flagged}return 5`), sha1(`${flagged}return 5`));
  await is("script exists", () => r.scriptExists(sha1(`${flagged}return 5`), sha1(set), sha1("nope")), [1, 1, 0]);
  await is("in a pipeline", () => r.pipeline().eval(set, ["p"], [1]).evalsha(sha1(set), ["p"], [2]).get("p").exec(), ["OK", "OK", 2]);
  await is("in a transaction", () => r.multi().eval(set, ["p"], [3]).get("p").exec(), ["OK", 3]);
  await fails("undeclared key", () => r.eval(`${flagged}return redis.call('GET', 'other')`, ["k"], []), /Dynamic keys are not allowed in Lua scripts when 'allow-key-locking' flag is set. Key was: other/);
  await fails("no-writes forbids writing", () => r.eval("#!lua flags=no-writes,allow-key-locking\nreturn redis.call('SET', KEYS[1], 1)", ["k"], []), /Write commands are not allowed/);
  await is("flush forgets", async () => (await r.scriptFlush(), r.scriptExists(sha1(set))), [0]);
});

suite("functions", async ({ r, is, fails }) => {
  const code = `#!lua name=mylib
redis.register_function('my_set', function(keys, args) return redis.call('SET', keys[1], args[1]) end)
redis.register_function('my_get', function(keys, args) return redis.call('GET', keys[1]) end)
redis.register_function{function_name='my_ro', callback=function(keys) return 'ro' end, flags={'no-writes', 'allow-key-locking'}}`;
  await r.exec(["FUNCTION", "FLUSH"]);
  await is("load", () => r.functions.load({ code }), "mylib");
  await fails("load twice", () => r.functions.load({ code }), /already exists/);
  await is("load replace", () => r.functions.load({ code, replace: true }), "mylib");
  await is("call", () => r.functions.call("my_set", ["k"], ["v"]), "OK");
  await is("call_ro lenient", () => r.functions.callRo("my_get", ["k"], []), "v");
  await is("call_ro", () => r.functions.callRo("my_ro", [], []), "ro");
  await fails("call_ro write", () => r.functions.callRo("my_set", ["k"], ["x"]), /READONLY Write commands are not allowed from read-only scripts/);
  await fails("call missing", () => r.functions.call("nope", [], []), /Function not found/);
  await is("list", async () => {
    const l = await r.functions.list();
    return [l[0].libraryName, l[0].engine, l[0].functions.map((f) => f.name).sort()];
  }, ["mylib", "LUA", ["my_get", "my_ro", "my_set"]]);
  await is("stats", async () => (await r.functions.stats()).engines.LUA, { librariesCount: 1, functionsCount: 3 });
  await is("delete", () => r.functions.delete("mylib"), "OK");
  await is("flush", () => r.functions.flush(), "OK");
});

suite("pipelines", async ({ r, is, fails, t }) => {
  await is("pipeline", () => r.pipeline().set("a", 1).incr("a").get("a").exec(), ["OK", 2, 2]);
  await is("keep errors", async () => {
    const got = await r.pipeline().set("s", "x").incr("s").get("s").exec({ keepErrors: true });
    return [got[0].result, /not an integer/.test(got[1].error), got[2].result];
  }, ["OK", true, "x"]);
  await is("noscript in a slot", async () => {
    const got = await r.pipeline().set("a", 1).evalsha("wrong-sha1", [], []).get("a").exec({ keepErrors: true });
    return [got[0].result, got[1].error, got[2].result];
  }, ["OK", "NOSCRIPT No matching script. Please use EVAL.", 1]);
  await fails("first error", () => r.pipeline().set("s", "x").incr("s").exec(), /Command 2 \[ incr \] failed/);
  await is("multi", () => r.multi().set("m", 1).incr("m").lpush("m", 1).get("m").exec({ keepErrors: true }), (g) => g[1].result === 2 && /WRONGTYPE/.test(g[2].error) && g[3].result === 2);
  await fails("multi refuses unknown", () => r.exec.call(r, ["MULTI"]), /not allowed in REST/);
  await is("thousand", async () => {
    const p = r.pipeline();
    for (let i = 0; i < 1000; i++) p.incr("thousand");
    return (await p.exec()).at(-1);
  }, 1000);
  await is("auto-pipelining", async () => {
    const auto = client({ enableAutoPipelining: true });
    const all = await Promise.all(Array.from({ length: 200 }, (_, i) => auto.set(`auto:${i}`, i)));
    const got = await Promise.all(Array.from({ length: 200 }, (_, i) => auto.get(`auto:${i}`)));
    return all.every((x) => x === "OK") && got.every((x, i) => x === i);
  }, true);
  await t.test("auto-pipelining, one bad command", async () => {
    const auto = client({ enableAutoPipelining: true });
    await auto.set("text", "x");
    const got = await Promise.allSettled([auto.get("text"), auto.incr("text"), auto.get("text")]);
    assert.deepEqual(got.map((g) => g.status), ["fulfilled", "rejected", "fulfilled"]);
  });
  await t.test("sync token changes with writes", async () => {
    const rw = client({ readYourWrites: true });
    await rw.set("y", 1);
    const first = rw.readYourWritesSyncToken;
    await rw.set("y", 2);
    assert.ok(first && rw.readYourWritesSyncToken && first !== rw.readYourWritesSyncToken);
  });
});
