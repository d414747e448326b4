import { between, sleep, sorted, suite } from "./lib.mjs";

suite("generic", async ({ r, is, fails }) => {
  await r.mset({ a: 1, b: 2, c: 3 });
  await is("exists", () => r.exists("a", "b", "nope"), 2);
  await is("exists twice", () => r.exists("a", "a"), 2);
  await is("del", () => r.del("a", "nope"), 1);
  await is("unlink", () => r.unlink("b", "nope"), 1);
  await is("unlink nothing", () => r.exec(["UNLINK"]), 0);
  await is("touch", () => r.touch("c", "nope"), 1);
  await is("type", () => r.type("c"), "string");
  await is("type missing", () => r.type("nope"), "none");
  await is("keys", async () => (await r.mset({ "k:1": 1, "k:2": 2 }), sorted(await r.keys("k:*"))), ["k:1", "k:2"]);
  await is("keys none", () => r.keys("zzz*"), []);
  await is("dbsize", () => r.dbsize(), 3);
  await is("randomkey", () => r.randomkey(), (k) => ["c", "k:1", "k:2"].includes(k));
  await is("copy", () => r.copy("c", "c2"), "COPIED");
  await is("copy refused", () => r.copy("c", "c2"), "NOT_COPIED");
  await is("copy replace", () => r.copy("c", "c2", { replace: true }), "COPIED");
  await is("copy onto itself", () => r.copy("c", "c"), "NOT_COPIED");
  await is("rename", () => r.rename("c2", "c3"), "OK");
  await fails("rename missing", () => r.rename("nope", "x"), /no such key/);
  await is("renamenx", () => r.renamenx("c3", "c4"), 1);
  await is("renamenx refused", () => r.renamenx("c4", "c"), 0);
  await is("renamenx same", () => r.renamenx("c4", "c4"), 0);
  await is("scan", async () => sorted((await r.scan(0, { match: "k:*" }))[1]), ["k:1", "k:2"]);
  await is("scan cursor", async () => (await r.scan(0, { count: 100 }))[0], "0");
  await is("scan type", async () => (await r.scan(0, { type: "list" }))[1], []);
  await is("scan withtype", async () => (await r.scan(0, { match: "k:1", withType: true }))[1], [{ key: "k:1", type: "string" }]);
  await is("select 0", () => r.exec(["SELECT", 0]), "OK");
  await fails("select 1", () => r.exec(["SELECT", 1]), /ERR/);
  await is("ping", () => r.ping(), "PONG");
  await is("ping text", () => r.ping(["hello"]), "hello");
  await is("echo", () => r.echo("hi"), "hi");
  await is("time", () => r.time(), (t) => t.length === 2 && Math.abs(t[0] - Date.now() / 1000) < 5);
  await is("command", () => r.exec(["COMMAND"]), []);
  await is("info", () => r.exec(["INFO", "memory"]), (s) => /used_memory:\d+/.test(s));
  await is("memory usage", () => r.exec(["MEMORY", "USAGE", "c"]), (n) => n > 0);
  await is("wait", () => r.exec(["WAIT", 0, 10]), 0);
  await is("config get", () => r.exec(["CONFIG", "GET", "notify-keyspace-events"]), ["notify-keyspace-events", ""]);
  await is("config get other", () => r.exec(["CONFIG", "GET", "maxmemory"]), []);
  await is("acl whoami", () => r.exec(["ACL", "WHOAMI"]), "default");
  await is("dump and restore text", async () => {
    const d = await r.exec(["DUMP", "nope"]);
    return d;
  }, null);
  await is("flushdb", () => r.flushdb(), "OK");
  await is("flushall", () => r.flushall(), "OK");
  await is("dbsize empty", () => r.dbsize(), 0);
  await is("randomkey empty", () => r.randomkey(), null);
});

suite("expiry", async ({ r, is }) => {
  const seconds = Math.floor(Date.now() / 1000);
  await r.mset({ a: 1, b: 1, c: 1, d: 1, e: 1 });
  await is("expire", () => r.expire("a", 100), 1);
  await is("expire missing", () => r.expire("nope", 100), 0);
  await is("ttl", () => r.ttl("a"), between(69, 100));
  await is("pttl", () => r.pttl("a"), between(60000, 100000));
  await is("ttl none", () => r.ttl("b"), -1);
  await is("ttl missing", () => r.ttl("nope"), -2);
  await is("expire nx refused", () => r.expire("a", 50, "NX"), 0);
  await is("expire gt refused", () => r.expire("a", 50, "GT"), 0);
  await is("expire gt", () => r.expire("a", 150, "GT"), 1);
  await is("expire lt", () => r.expire("a", 120, "LT"), 1);
  await is("expire xx refused", () => r.expire("b", 50, "XX"), 0);
  await is("persist", () => r.persist("a"), 1);
  await is("persist none", () => r.persist("a"), 0);
  await is("pexpire", () => r.pexpire("a", 5000), 1);
  await is("expireat", () => r.expireat("b", seconds + 100), 1);
  await is("expiretime", () => r.exec(["EXPIRETIME", "b"]), seconds + 100);
  await is("pexpireat", () => r.pexpireat("c", Date.now() + 100000), 1);
  await is("pexpiretime", () => r.exec(["PEXPIRETIME", "c"]), between(Date.now() + 60000, Date.now() + 101000));
  await is("expiretime none", () => r.exec(["EXPIRETIME", "d"]), -1);
  await is("expireat past", () => r.expireat("d", 1), 1);
  await is("expireat past gone", () => r.exists("d"), 0);
  await is("expire negative", () => r.expire("e", -1), 1);
  await is("expire negative gone", () => r.get("e"), null);
  await is("rename keeps ttl", async () => (await r.rename("b", "b2"), r.ttl("b2")), between(65, 100));
  await is("copy keeps ttl", async () => (await r.copy("b2", "b3"), r.ttl("b3")), between(65, 100));
  await is("incr keeps ttl", async () => (await r.incr("b2"), r.ttl("b2")), between(65, 100));
  await r.set("quick", 1, { px: 1500 });
  await r.rename("quick", "moved");
  await is("expires in real time", async () => (await sleep(1550), r.exists("quick", "moved")), 0);
  await is("scan does not show expired", async () => {
    await r.set("gone:1", 1, { px: 30 });
    await sleep(50);
    return (await r.scan(0, { match: "gone:*" }))[1];
  }, []);
});

suite("refusals", async ({ r, is, fails }) => {
  for (const name of ["AUTH", "MULTI", "EXEC", "DISCARD", "WATCH", "SUBSCRIBE", "CLIENT", "MONITOR", "BLPOP"]) {
    await fails(name, () => r.exec([name, "x", 0]), new RegExp(`ERR Command "${name}" is not allowed in REST`));
  }
  for (const name of ["OBJECT", "SORT", "LCS", "MOVE", "SWAPDB", "DEBUG", "SLOWLOG", "ROLE", "NONSENSE"]) {
    await fails(name, () => r.exec([name, "x"]), new RegExp(`ERR Command is not available: '${name}'`));
  }
  await fails("json", () => r.json.set("j", "$", {}), /ERR Command is not available: 'JSON.SET'/);
  await fails("memory stats", () => r.exec(["MEMORY", "STATS"]), /ERR Command is not available: 'MEMORY STATS'/);
  await fails("arity", () => r.exec(["GET"]), /ERR wrong number of arguments for 'get' command/);
  await fails("script kill", () => r.exec(["SCRIPT", "KILL"]), /NOTBUSY/);
  await is("boolean argument", async () => (await r.exec(["SET", "k", true]), r.get("k")), true);
});
