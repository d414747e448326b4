import module from "./worker.wasm";
import { serve } from "./runtime.mjs";

export default {
	fetch(request, env, ctx) {
		return serve(module, request, env, ctx);
	},
};
