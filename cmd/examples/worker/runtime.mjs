// Runs a Go program in a Cloudflare Worker: one program per isolate, which serves
// all its invocations.
//
// A Worker may do I/O only for the invocation whose event is being handled, and
// what an invocation has begun (fetches, timers) ends with it. The goroutines of a
// Go program know nothing of that: any of them may run in any event. So each
// invocation gets an object of the class below; upstash.WithInvocation tells the
// requests of a context to go through it.
//
// Needs the compatibility flags nodejs_als and, from before 2024-10-14,
// handle_cross_request_promise_resolution: a promise that is resolved in the event
// of another invocation then continues in one of its own.
import { AsyncLocalStorage } from "node:async_hooks";
import "./wasm_exec.js";

const current = new AsyncLocalStorage(); // the invocation whose event is handled
const live = new Set(); // invocations that are not over

// How often an invocation looks after what others may have left undone, in ms. It
// also shows the host that an invocation that waits for another does not hang.
const HEARTBEAT = 500;

// The Go runtime has one timer, for whatever is due next. One invocation answers
// for it and hands it on when it ends first. A timeout is set only for what is due
// before that one's next heartbeat: most timers of Go are limits that never pass.
const timer = { id: 0, set: false, at: 0, owner: undefined, armed: false };

// Must run in an event of the invocation.
function arm(invocation) {
	const { id, at } = timer;
	const wait = at - Date.now();
	timer.owner = invocation;
	timer.armed = wait <= HEARTBEAT;
	if (timer.armed) setTimeout(() => fire(id), Math.max(0, wait));
}

function fire(id) {
	if (!timer.set || timer.id !== id || !program || program.exited) return;
	program._resume();
	// Go clears the timer that has fired, unless its clock says it was too early.
	if (timer.set && timer.id === id) arm(current.getStore());
}

function handOn(invocation) {
	if (!timer.set || timer.owner !== invocation) return;
	for (const other of live) {
		if (timer.at - Date.now() > HEARTBEAT) {
			timer.owner = other;
			timer.armed = false;
		} else if (other.enter(() => arm(other))) arm(other);
		return;
	}
}

const encoder = new TextEncoder();

// The headers of an answer that Go asks for.
const WANTED = ["content-type", "upstash-sync-token", "retry-after"];

// readAnswer returns the body of a Response, undefined when it is longer than limit.
async function readAnswer(answer, limit) {
	const { headers } = answer;
	const length = headers.get("content-length");
	if (limit > 0 && length > limit) return undefined;
	// Content-Length counts the compressed bytes.
	if (limit === 0 || (length !== null && !headers.has("content-encoding"))) {
		return new Uint8Array(await answer.arrayBuffer());
	}
	return readAll(answer.body ?? [], limit, limit);
}

// readAll returns what a stream has, undefined when that is longer than limit; up to
// most of it is read then.
async function readAll(stream, limit, most) {
	const pieces = [];
	let size = 0;
	for await (const piece of stream) {
		size += piece.length;
		if (size <= limit) pieces.push(piece);
		else if (size > most) break;
	}
	return size > limit ? undefined : join(size, pieces);
}

function join(size, pieces) {
	const all = new Uint8Array(size);
	let at = 0;
	for (const piece of pieces) {
		all.set(piece, at);
		at += piece.length;
	}
	return all;
}

class Invocation {
	#queue = [];
	#wake = () => {};
	#holds = 1;
	#heart;
	#posts = new Map(); // how to abort those that are under way, by their ok

	// Must run as the current one.
	begin(ctx) {
		live.add(this);
		const answer = Promise.withResolvers();
		this.answer = answer.promise;
		this.respond = (...a) => {
			const f = () => answer.resolve(a);
			if (this.enter(f)) f();
		};
		this.#heart = setInterval(() => this.#beat(), HEARTBEAT);
		// Keeps what Go has begun alive when the client leaves early.
		ctx.waitUntil(this.#pump());
	}

	#beat() {
		if (program.exited) this.respond(500, {}, "");
		if (timer.set && Date.now() > timer.at + HEARTBEAT) fire(timer.id);
		if (timer.set && timer.owner === this && !timer.armed) arm(this);
		this.#drain();
	}

	// Calls what others want to be done in an event of this invocation: a promise
	// that was made in one continues in one, wherever it is resolved. That does not
	// hold for "new Promise" any more when V8 has optimised the function that it
	// stands in (seen after 16,000 requests); hence withResolvers, which is not
	// inlined.
	async #pump() {
		while (live.has(this)) {
			if (this.#queue.length === 0) {
				const woken = Promise.withResolvers();
				this.#wake = woken.resolve;
				await woken.promise;
			}
			this.#drain();
		}
	}

	#drain() {
		for (const f of this.#queue.splice(0)) f();
	}

	// For this and what follows see upstash.WithInvocation.
	enter(f) {
		if (!live.has(this)) throw new Error("the invocation is over");
		if (current.getStore() === this) return true;
		this.#queue.push(f);
		this.#wake();
		return false;
	}

	hold() {
		this.#holds++;
	}

	release() {
		if (--this.#holds > 0) return;
		live.delete(this);
		clearInterval(this.#heart);
		this.#wake();
		handOn(this);
	}

	post(request, body, limit, ok, bad) {
		if (!this.enter(ok)) return false;
		const control = new AbortController();
		const abort = () => control.abort();
		this.#posts.set(ok, abort);
		this.#post(request, { body, signal: control.signal }, abort, limit, ok, bad);
		return true;
	}

	async #post(request, init, abort, limit, ok, bad) {
		const go = program;
		let status = 0, settle;
		try {
			const answer = await fetch(request, init);
			status = answer.status;
			const body = await readAnswer(answer, limit);
			if (!body) abort();
			const { headers } = answer;
			let lines = "";
			for (const name of WANTED) lines += `${headers.get(name) ?? ""}\n`;
			const n = body ? body.length : 0;
			const all = join(n + 3 * lines.length, body ? [body] : []); // UTF-8 needs no more
			encoder.encodeInto(lines, all.subarray(n));
			settle = () => ok(all, body ? n : -1, status);
		} catch (e) {
			settle = () => bad(e, status);
		}
		this.#posts.delete(ok);
		if (!go.exited) settle();
	}

	abandon(ok) {
		const abort = this.#posts.get(ok);
		if (abort && this.enter(abort)) abort();
	}
}

let program; // the Go program of this isolate
let handle, cancel; // its functions
let count = 0;

globalThis.edgeredisWorker = {
	ready(h, c) {
		handle = h;
		cancel = c;
	},
};

// Go asks for random numbers when it starts, which is refused outside of an
// invocation; so the first one starts it. All of it happens in one go: nobody can
// see a program that has been started by half, or wait for one.
function boot(module) {
	if (program && !program.exited) return;
	const go = new Go();
	go.importObject.gojs["runtime.scheduleTimeoutEvent"] = (sp) => {
		sp >>>= 0;
		const delay = go.mem.getUint32(sp + 8, true) + go.mem.getInt32(sp + 12, true) * 2 ** 32;
		timer.id++;
		timer.set = true;
		timer.at = Date.now() + delay;
		arm(current.getStore());
		go.mem.setInt32(sp + 16, timer.id, true);
	};
	go.importObject.gojs["runtime.clearTimeoutEvent"] = (sp) => {
		sp >>>= 0;
		if (go.mem.getInt32(sp + 8, true) === timer.id) timer.set = false;
	};
	go.exit = () => {
		for (const invocation of live) invocation.respond(500, {}, "");
	};
	timer.set = false;
	program = go;
	go.run(new WebAssembly.Instance(module, go.importObject));
}

// The largest body that is taken, and how much of a larger one is read all the same,
// in bytes: whoever closes a connection with something unread may take the answer
// with it, and the client never learns what was wrong.
const MAX_BODY = 64 << 10;
const MAX_READ = 4 << 20;

// readBody returns null where there is no body, undefined when it is too large.
async function readBody(request) {
	if (request.body === null) return null;
	const declared = request.headers.get("content-length");
	if (declared !== null && Number(declared) <= MAX_BODY) return new Uint8Array(await request.arrayBuffer());
	return readAll(request.body, MAX_BODY, MAX_READ);
}

// serve answers a request with the Go program in module.
export function serve(module, request, env, ctx) {
	const invocation = new Invocation();
	return current.run(invocation, async () => {
		const body = await readBody(request);
		if (body === undefined) return new Response("the body is too large", { status: 413 });
		invocation.begin(ctx);
		try {
			boot(module);
			const id = ++count;
			request.signal?.addEventListener("abort", () => cancel(id));
			// X-User stands for what authentication has found out.
			const user = request.headers.get("x-user") ?? request.headers.get("cf-connecting-ip") ?? "anonymous";
			handle(id, invocation, env, request.method, new URL(request.url).pathname, user, body);
			// The answer may come in the event of another invocation; what comes
			// after await is in this one again.
			const [status, headers, content] = await invocation.answer;
			return new Response(content, { status, headers });
		} finally {
			invocation.release();
		}
	});
}

// stats tells what the tests want to know.
export function stats() {
	return { live: live.size, memory: program?.mem.buffer.byteLength ?? 0, values: program ? program._values.length - program._idPool.length : 0 };
}
