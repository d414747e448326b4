// The Worker in JavaScript: @upstash/redis as it comes from npm, with its defaults.
import { Redis } from "./cloudflare.mjs";

let redis;

export default {
	async fetch(request, env) {
		const key = new URL(request.url).pathname.slice(1);
		if (key === "collect") return new Response("");
		if (key === "stats") {
			globalThis.gc?.();
			return Response.json({});
		}
		redis ??= new Redis({ url: env.REDIS_REST_URL, token: env.REDIS_REST_TOKEN });
		if (request.method === "GET") return new Response(await redis.get(key));
		return new Response(await redis.set(key, await request.text()));
	},
};
