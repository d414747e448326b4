// The Worker of worker.mjs with a look inside, for the tests.
import module from "./worker.wasm";
import { serve, stats } from "./runtime.mjs";

export default {
	fetch(request, env, ctx) {
		if (new URL(request.url).pathname === "/stats") {
			globalThis.gc?.();
			return Response.json(stats());
		}
		return serve(module, request, env, ctx);
	},
};
