import { between, sleep, suite } from "./lib.mjs";

const id = /^\d+-\d+$/;

suite("streams", async ({ r, is, fails }) => {
  await is("xadd", () => r.xadd("s", "*", { a: 1 }), (x) => id.test(x));
  await is("xadd id", () => r.xadd("t", "1-1", { a: "x", b: "y" }), "1-1");
  await is("xadd next", () => r.xadd("t", "2-1", { a: "z" }), "2-1");
  await fails("xadd small id", () => r.xadd("t", "1-1", { a: 1 }), /equal or smaller/);
  await is("xadd nomkstream", () => r.xadd("nope", "*", { a: 1 }, { nomkStream: true }), null);
  await is("xlen", () => r.xlen("t"), 2);
  await is("xrange", () => r.xrange("t", "-", "+"), { "1-1": { a: "x", b: "y" }, "2-1": { a: "z" } });
  await is("xrange count", () => r.xrange("t", "-", "+", 1), { "1-1": { a: "x", b: "y" } });
  await is("xrange missing", () => r.xrange("nope", "-", "+"), {});
  await is("xrevrange", async () => Object.keys(await r.xrevrange("t", "+", "-", 1)), ["2-1"]);
  await is("xread", () => r.xread("t", "0-0"), [["t", [["1-1", ["a", "x", "b", "y"]], ["2-1", ["a", "z"]]]]]);
  await is("xread none", () => r.xread("t", "9-9"), null);
  await is("xread several", async () => (await r.xread(["s", "t"], ["0-0", "0-0"], { count: 1 })).length, 2);
  await is("xdel", () => r.xdel("t", "2-1"), 1);
  await is("xgroup create", () => r.xgroup("t", { type: "CREATE", group: "g", id: "0" }), "OK");
  await fails("xgroup create twice", () => r.xgroup("t", { type: "CREATE", group: "g", id: "0" }), /BUSYGROUP/);
  await fails("xgroup create missing", () => r.xgroup("nope", { type: "CREATE", group: "g", id: "0" }), /ERR/);
  await is("xgroup mkstream", () => r.xgroup("fresh", { type: "CREATE", group: "g", id: "$", options: { MKSTREAM: true } }), "OK");
  await is("xreadgroup", () => r.xreadgroup("g", "c", "t", ">"), [["t", [["1-1", ["a", "x", "b", "y"]]]]]);
  await is("xreadgroup none", () => r.xreadgroup("g", "c", "t", ">"), null);
  await is("xpending", async () => (await r.xpending("t", "g", "-", "+", 10)).map((p) => [p[0], p[1], p[3]]), [["1-1", "c", 1]]);
  await is("xpending summary", () => r.exec(["XPENDING", "t", "g"]), (p) => p[0] === 1 && p[1] === "1-1");
  await is("xinfo groups", async () => (await r.xinfo("t", { type: "GROUPS" })).length, 1);
  await is("xinfo consumers", () => r.xinfo("t", { type: "CONSUMERS", group: "g" }), (c) => c.length === 1 && c[0][0] === "name" && c[0][1] === "c");
  await is("xinfo consumers of unknown group", () => r.xinfo("t", { type: "CONSUMERS", group: "nope" }), []);
  await is("xinfo stream", () => r.exec(["XINFO", "STREAM", "t"]), (x) => x[x.indexOf("length") + 1] === 1);
  await is("xclaim", () => r.xclaim("t", "g", "c2", 0, "1-1"), [["1-1", ["a", "x", "b", "y"]]]);
  await is("xautoclaim", async () => (await r.xautoclaim("t", "g", "c3", 0, "0-0"))[1].length, 1);
  await is("xautoclaim idle", () => r.xautoclaim("t", "g", "c4", 60000, "0-0"), ["0-0", [], []]);
  await is("idle time runs", async () => {
    await sleep(30);
    return (await r.xautoclaim("t", "g", "c3", 25, "0-0"))[1].length;
  }, 1);
  await is("xack", () => r.xack("t", "g", "1-1"), 1);
  await is("xack again", () => r.xack("t", "g", "1-1"), 0);
  await is("xreadgroup noack", async () => {
    await r.xadd("t", "3-1", { a: 1 });
    await r.xreadgroup("g", "quiet", "t", ">", { NOACK: true });
    return (await r.xinfo("t", { type: "CONSUMERS", group: "g" })).filter((c) => c[1] === "quiet");
  }, []);
  await is("createconsumer", () => r.xgroup("t", { type: "CREATECONSUMER", group: "g", consumer: "new" }), 1);
  await is("delconsumer", () => r.xgroup("t", { type: "DELCONSUMER", group: "g", consumer: "new" }), 0);
  await is("xgroup destroy", () => r.xgroup("t", { type: "DESTROY", group: "g" }), 1);
  await is("xgroup destroy missing", () => r.xgroup("t", { type: "DESTROY", group: "g" }), 0);
  await fails("block", () => r.exec(["XREAD", "BLOCK", 0, "STREAMS", "t", "$"]), /BLOCK/);
});

suite("stream trimming", async ({ r, is }) => {
  const fill = async (key, n) => {
    const p = r.pipeline();
    for (let i = 0; i < n; i++) p.xadd(key, "*", { i });
    await p.exec();
  };
  await fill("a", 300);
  await is("xtrim exact", () => r.xtrim("a", { strategy: "MAXLEN", exactness: "=", threshold: 200 }), 100);
  await is("xtrim ~", async () => (await r.xtrim("a", { strategy: "MAXLEN", exactness: "~", threshold: 30 }), r.xlen("a")), between(29, 31));
  await fill("b", 120);
  await is("xtrim ~ below the threshold", async () => (await r.xtrim("b", { strategy: "MAXLEN", exactness: "~", threshold: 30 }), r.xlen("b")), between(110, 130));
  await is("xadd trim", async () => (await r.xadd("b", "*", { a: 1 }, { trim: { type: "MAXLEN", threshold: 5, comparison: "=" } }), r.xlen("b")), 5);
  await is("xadd trim ~", async () => {
    for (let i = 0; i < 110; i++) await r.xadd("c", "*", { a: 1 }, { trim: { type: "MAXLEN", threshold: 30, comparison: "~" } });
    return r.xlen("c");
  }, between(100, 120));
  await is("xtrim minid", async () => (await r.xadd("d", "1-1", { a: 1 }), await r.xadd("d", "5-1", { a: 1 }), r.xtrim("d", { strategy: "MINID", exactness: "=", threshold: "3-0" })), 1);
});

suite("stream deletion with references", async ({ r, is }) => {
  for (const n of [1, 2, 3, 4]) await r.xadd("s", `${n}-1`, { n });
  await r.xgroup("s", { type: "CREATE", group: "g", id: "0" });
  await r.xreadgroup("g", "c", "s", ">");
  await is("xdelex", () => r.xdelex("s", "KEEPREF", "1-1", "9-9"), [1, -1], 8.2);
  await is("xdelex acked refused", () => r.xdelex("s", "ACKED", "2-1"), [2], 8.2);
  await is("xackdel", () => r.xackdel("s", "g", "DELREF", "3-1", "9-9"), [1, -1], 8.2);
  await is("xlen", () => r.exec(["XDELEX", "s", "DELREF", "IDS", 1, "4-1"]), [1], 8.2);
});
