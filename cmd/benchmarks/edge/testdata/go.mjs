// The Workers in Go: cmd/examples/worker/runtime.mjs with a look inside.
import module from "./worker.wasm";
import { serve, stats } from "./runtime.mjs";

export default {
	fetch(request, env, ctx) {
		if (request.url.endsWith("/stats")) {
			globalThis.gc?.();
			return Response.json(stats());
		}
		return serve(module, request, env, ctx);
	},
};
