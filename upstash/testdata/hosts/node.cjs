// Loaded by node before Go's wasm_exec_node.js, see TestNode.
"use strict";

// The Go program is kept where tests can count the values it refers to.
let Go;
Object.defineProperty(globalThis, "Go", {
	get: () => Go,
	set: (c) => {
		Go = class extends c {
			constructor() {
				super();
				globalThis.edgeredisGo = this;
			}
		};
	},
});

// A clock as Workers have it: it stands still while code runs and goes on when
// something has come from outside, a timer or an answer.
if (process.env.EDGEREDIS_FROZEN_CLOCK) {
	const performanceNow = performance.now.bind(performance), dateNow = Date.now.bind(Date);
	let offset = performanceNow(), date = dateNow();
	const advance = () => {
		offset = performanceNow();
		date = dateNow();
	};
	performance.now = () => offset;
	Date.now = () => date;
	const { setTimeout, fetch } = globalThis;
	globalThis.setTimeout = (f, ms, ...args) => setTimeout((...args) => {
		advance();
		f(...args);
	}, ms, ...args);
	globalThis.fetch = async (...args) => {
		try {
			return await fetch(...args);
		} finally {
			advance();
		}
	};
}
