// Runs a Go test binary in a browser, see TestChromium, and posts what it prints.
const decoder = new TextDecoder();
let output = "";
fs.writeSync = (_, bytes) => {
	output += decoder.decode(bytes, { stream: true });
	return bytes.length;
};
const post = (path, body) => fetch(path, { method: "POST", body });

try {
	const { args, env } = await (await fetch("run.json")).json();
	const go = new Go();
	Object.assign(go, { argv: ["test", ...args], env, exit: (code) => (output += `exit ${code}\n`) });
	globalThis.edgeredisGo = go; // so that tests can count its values
	const { instance } = await WebAssembly.instantiateStreaming(fetch("test.wasm"), go.importObject);
	const progress = setInterval(() => post("progress", output), 1000);
	await go.run(instance);
	clearInterval(progress);
} catch (e) {
	output += `the page failed: ${e.stack}\n`;
}
await post("result", output);
