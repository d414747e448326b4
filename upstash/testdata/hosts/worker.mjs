// Runs a Go test binary in workerd, in one invocation, see TestWorkerd. The request
// has the arguments and the environment; the answer is what the tests print.
import module from "./test.wasm";
import "./wasm_exec.js";

export default {
	async fetch(request) {
		const { args, env } = await request.json();
		const decoder = new TextDecoder();
		let output = "";
		fs.writeSync = (_, bytes) => {
			output += decoder.decode(bytes, { stream: true });
			return bytes.length;
		};
		const go = new Go();
		Object.assign(go, { argv: ["test", ...args], env, exit: (code) => (output += `exit ${code}\n`) });
		globalThis.edgeredisGo = go; // so that tests can count its values
		await go.run(new WebAssembly.Instance(module, go.importObject));
		return new Response(output);
	},
};
