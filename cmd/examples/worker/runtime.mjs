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

// The Go runtime has one timer, for whatever is due next. It is set in the
// invocation at hand and handed on when that ends first.
const timer = { id: 0, set: false, at: 0, owner: undefined };

function arm(invocation) {
	const { id, at } = timer;
	timer.owner = invocation;
	setTimeout(() => fire(id), Math.max(0, at - Date.now()));
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
		if (other.enter(() => arm(other))) arm(other);
		return;
	}
}

class Invocation {
	#queue = [];
	#wake = () => {};
	#holds = 1;
	#finish;
	#heart;

	// Must run as the current one.
	begin(ctx) {
		live.add(this);
		// Keeps what Go has begun alive when the client leaves early.
		const over = Promise.withResolvers(), answer = Promise.withResolvers();
		ctx.waitUntil(over.promise);
		this.#finish = over.resolve;
		this.answer = answer.promise;
		this.respond = (...a) => {
			const f = () => answer.resolve(a);
			if (this.enter(f)) f();
		};
		this.#heart = setInterval(() => {
			if (program.exited) this.respond(500, {}, "");
			if (timer.set && Date.now() > timer.at + HEARTBEAT) fire(timer.id);
			this.#drain();
		}, HEARTBEAT);
		this.#pump();
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

	// See upstash.WithInvocation.
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
		this.#finish();
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
		Object.assign(timer, { id: timer.id + 1, set: true, at: Date.now() + delay });
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

// The largest body that is taken, in bytes.
const MAX_BODY = 64 << 10;

async function readBody(request) {
	const size = Number(request.headers.get("content-length") ?? 0);
	if (size > MAX_BODY) return undefined;
	const body = request.body ? new Uint8Array(await request.arrayBuffer()) : new Uint8Array();
	return body.length > MAX_BODY ? undefined : body;
}

// serve answers a request with the Go program in module.
export function serve(module, request, env, ctx) {
	const invocation = new Invocation();
	return current.run(invocation, async () => {
		const body = await readBody(request);
		if (!body) return new Response("the body is too large", { status: 413 });
		invocation.begin(ctx);
		try {
			boot(module);
			const id = ++count;
			request.signal?.addEventListener("abort", () => cancel(id));
			handle(id, invocation, env, {
				method: request.method,
				path: new URL(request.url).pathname,
				// X-User stands for what authentication has found out.
				user: request.headers.get("x-user") ?? request.headers.get("cf-connecting-ip") ?? "anonymous",
				body,
			});
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
