// The README's snippet of @upstash/redis; readme_test.go runs it.
import { Redis } from "@upstash/redis";

const redis = Redis.fromEnv();

await redis.set("user:1", { name: "Ada" }, { ex: 3600 });
const user = await redis.get("user:1");
const visits = await redis.incr("visits");
const [name, total] = await redis.pipeline().get("name").incr("visits").exec();
const more = await redis.eval("return redis.call('INCRBY', KEYS[1], ARGV[1])", ["visits"], [3]);
console.log(user.name, visits, name, total, more);
