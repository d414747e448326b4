// Runs the script of the dashboard over a small stand-in for a document, with the
// answer of the metrics endpoint, and prints what the page then says as JSON.
// Input on stdin: {"page": html, "answer": json text, "status": number}.
import {readFileSync} from "node:fs";

const input = JSON.parse(readFileSync(0, "utf8"));
const script = input.page.split("<script>")[1].split("</script>")[0];

class Element {
  constructor(tag, classes = "") {
    this.tag = tag; this.className = classes; this.children = []; this.attributes = {}; this.own = ""; this.hidden = false;
    this.classList = {contains: (c) => this.className.split(" ").includes(c)};
  }
  set textContent(s) { this.own = String(s); this.children = []; }
  get textContent() { return this.own + this.children.map((c) => c.textContent).join(" "); }
  append(...c) { this.children.push(...c); }
  replaceChildren(...c) { this.own = ""; this.children = c; }
  setAttribute(k, v) { this.attributes[k] = v; }
  set innerHTML(_) { throw new Error("innerHTML is not to be used"); }
}

const byID = {};
for (const m of input.page.matchAll(/<(\w+)([^>]*?) id="(\w+)"([^>]*)>/g)) {
  const classes = /class="([^"]*)"/.exec(m[2] + m[4]);
  byID[m[3]] = new Element(m[1], classes ? classes[1] : "");
}
globalThis.document = {
  hidden: false, title: "",
  getElementById: (id) => { if (!byID[id]) throw new Error("no element " + id); return byID[id]; },
  createElement: (tag) => new Element(tag),
  createElementNS: (_, tag) => new Element(tag),
};
globalThis.location = {origin: "http://service", pathname: "/api/admin/redis/metrics"};
let asked;
globalThis.fetch = async (path, o) => {
  asked = {path, accept: o.headers.Accept};
  return {ok: input.status === 200, status: input.status, json: async () => JSON.parse(input.answer)};
};
globalThis.setTimeout = () => {
  const says = Object.fromEntries(Object.entries(byID).map(([id, e]) => [id, e.textContent]));
  const points = byID.latency.children.map((c) => c.attributes.points).filter(Boolean);
  process.stdout.write(JSON.stringify({asked, says, points, title: document.title, tone: byID.status.className, hidden: byID.why.hidden}));
};
new Function(script)();
