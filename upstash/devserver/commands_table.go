//go:build !wasm

package devserver

// commandTable lists the commands of the Upstash REST API (protocol.md
// section 9) as "NAME arity access keys" rows.
//
// The arity is Redis's own: n means exactly n words with the name, -n at least
// n. Access is r (reads keys), w (writes), s (script that may write),
// e (read-only script), - (neither). Keys are positions counted from the name:
//
//   - no keys
//     1         the first argument
//     a,b,c     first, last (negative: from the end), step
//     nI        the number of keys is argument I, the keys follow it
//     dI        as nI, and argument 1 is a key too
//     pI        as nI, with a value after each key
//     streams   the first half of what follows STREAMS
//     sub       the argument after the subcommand
//
// Source: COMMAND of Redis 7.0.15 and, for what came later, the command pages
// of Redis 8; JSON.* and SEARCH.* have approximate arities, since no backend
// here serves them.
const commandTable = `
# string
APPEND 3 w 1
DECR 2 w 1
DECRBY 3 w 1
DELEX -2 w 1
DIGEST 2 r 1
GET 2 r 1
GETDEL 2 w 1
GETEX -2 w 1
GETRANGE 4 r 1
GETSET 3 w 1
INCR 2 w 1
INCRBY 3 w 1
INCRBYFLOAT 3 w 1
MGET -2 r 1,-1,1
MSET -3 w 1,-1,2
MSETEX -4 w p1
MSETNX -3 w 1,-1,2
PSETEX 4 w 1
SET -3 w 1
SETEX 4 w 1
SETNX 3 w 1
SETRANGE 4 w 1
STRLEN 2 r 1
SUBSTR 4 r 1
# bitmap
BITCOUNT -2 r 1
BITFIELD -2 w 1
BITFIELD_RO -2 r 1
BITOP -4 w 2,-1,1
BITPOS -3 r 1
GETBIT 3 r 1
SETBIT 4 w 1
# generic
COPY -3 w 1,2,1
DEL -2 w 1,-1,1
DUMP 2 r 1
EXISTS -2 r 1,-1,1
EXPIRE -3 w 1
EXPIREAT -3 w 1
EXPIRETIME 2 r 1
KEYS 2 r -
MEMORY -2 - sub
PERSIST 2 w 1
PEXPIRE -3 w 1
PEXPIREAT -3 w 1
PEXPIRETIME 2 r 1
PTTL 2 r 1
RANDOMKEY 1 r -
RENAME 3 w 1,2,1
RENAMENX 3 w 1,2,1
RESTORE -4 w 1
SCAN -2 r -
TOUCH -2 r 1,-1,1
TTL 2 r 1
TYPE 2 r 1
UNLINK -1 w 1,-1,1
WAIT 3 - -
WAITAOF 4 - -
# hash
HDEL -3 w 1
HEXISTS 3 r 1
HEXPIRE -6 w 1
HEXPIREAT -6 w 1
HEXPIRETIME -5 r 1
HGET 3 r 1
HGETALL 2 r 1
HGETDEL -5 w 1
HGETEX -5 w 1
HINCRBY 4 w 1
HINCRBYFLOAT 4 w 1
HKEYS 2 r 1
HLEN 2 r 1
HMGET -3 r 1
HMSET -4 w 1
HPERSIST -5 w 1
HPEXPIRE -6 w 1
HPEXPIREAT -6 w 1
HPEXPIRETIME -5 r 1
HPTTL -5 r 1
HRANDFIELD -2 r 1
HSCAN -3 r 1
HSET -4 w 1
HSETEX -6 w 1
HSETNX 4 w 1
HSTRLEN 3 r 1
HTTL -5 r 1
HVALS 2 r 1
# list
LINDEX 3 r 1
LINSERT 5 w 1
LLEN 2 r 1
LMOVE 5 w 1,2,1
LMPOP -4 w n1
LPOP -2 w 1
LPOS -3 r 1
LPUSH -3 w 1
LPUSHX -3 w 1
LRANGE 4 r 1
LREM 4 w 1
LSET 4 w 1
LTRIM 4 w 1
RPOP -2 w 1
RPOPLPUSH 3 w 1,2,1
RPUSH -3 w 1
RPUSHX -3 w 1
# set
SADD -3 w 1
SCARD 2 r 1
SDIFF -2 r 1,-1,1
SDIFFSTORE -3 w 1,-1,1
SINTER -2 r 1,-1,1
SINTERCARD -3 r n1
SINTERSTORE -3 w 1,-1,1
SISMEMBER 3 r 1
SMEMBERS 2 r 1
SMISMEMBER -3 r 1
SMOVE 4 w 1,2,1
SPOP -2 w 1
SRANDMEMBER -2 r 1
SREM -3 w 1
SSCAN -3 r 1
SUNION -2 r 1,-1,1
SUNIONSTORE -3 w 1,-1,1
# zset
ZADD -4 w 1
ZCARD 2 r 1
ZCOUNT 4 r 1
ZDIFF -3 r n1
ZDIFFSTORE -4 w d2
ZINCRBY 4 w 1
ZINTER -3 r n1
ZINTERCARD -3 r n1
ZINTERSTORE -4 w d2
ZLEXCOUNT 4 r 1
ZMPOP -4 w n1
ZMSCORE -3 r 1
ZPOPMAX -2 w 1
ZPOPMIN -2 w 1
ZRANDMEMBER -2 r 1
ZRANGE -4 r 1
ZRANGEBYLEX -4 r 1
ZRANGEBYSCORE -4 r 1
ZRANGESTORE -5 w 1,2,1
ZRANK 3 r 1
ZREM -3 w 1
ZREMRANGEBYLEX 4 w 1
ZREMRANGEBYRANK 4 w 1
ZREMRANGEBYSCORE 4 w 1
ZREVRANGE -4 r 1
ZREVRANGEBYLEX -4 r 1
ZREVRANGEBYSCORE -4 r 1
ZREVRANK 3 r 1
ZSCAN -3 r 1
ZSCORE 3 r 1
ZUNION -3 r n1
ZUNIONSTORE -4 w d2
# geo
GEOADD -5 w 1
GEODIST -4 r 1
GEOHASH -2 r 1
GEOPOS -2 r 1
GEORADIUS -6 w 1
GEORADIUS_RO -6 r 1
GEORADIUSBYMEMBER -5 w 1
GEORADIUSBYMEMBER_RO -5 r 1
GEOSEARCH -7 r 1
GEOSEARCHSTORE -8 w 1,2,1
# hyperloglog
PFADD -2 w 1
PFCOUNT -2 r 1,-1,1
PFMERGE -2 w 1,-1,1
# stream
XACK -4 w 1
XACKDEL -6 w 1
XADD -5 w 1
XAUTOCLAIM -6 w 1
XCLAIM -6 w 1
XDEL -3 w 1
XDELEX -5 w 1
XGROUP -2 - sub
XINFO -2 - sub
XLEN 2 r 1
XPENDING -3 r 1
XRANGE -4 r 1
XREAD -4 r streams
XREADGROUP -7 w streams
XREVRANGE -4 r 1
XTRIM -4 w 1
# script
EVAL -3 s n2
EVAL_RO -3 e n2
EVALSHA -3 s n2
EVALSHA_RO -3 e n2
SCRIPT -2 s -
FCALL -3 s n2
FCALL_RO -3 e n2
FUNCTION -2 s -
# json
JSON.ARRAPPEND -2 w 1
JSON.ARRINDEX -2 r 1
JSON.ARRINSERT -2 w 1
JSON.ARRLEN -2 r 1
JSON.ARRPOP -2 w 1
JSON.ARRTRIM -2 w 1
JSON.CLEAR -2 w 1
JSON.DEBUG -2 r 1
JSON.DEL -2 w 1
JSON.FORGET -2 w 1
JSON.GET -2 r 1
JSON.MERGE -2 w 1
JSON.MGET -2 r 1,-2,1
JSON.MSET -2 w 1,-1,3
JSON.NUMINCRBY -2 w 1
JSON.NUMMULTBY -2 w 1
JSON.OBJKEYS -2 r 1
JSON.OBJLEN -2 r 1
JSON.RESP -2 r 1
JSON.SET -2 w 1
JSON.STRAPPEND -2 w 1
JSON.STRLEN -2 r 1
JSON.TOGGLE -2 w 1
JSON.TYPE -2 r 1
# search
SEARCH.CREATE -1 w -
SEARCH.DROP -1 w -
SEARCH.REINDEX -1 w -
SEARCH.DESCRIBE -1 r -
SEARCH.WAITINDEXING -1 r -
SEARCH.LISTINDEXES -1 r -
SEARCH.QUERY -1 r -
SEARCH.COUNT -1 r -
SEARCH.AGGREGATE -1 r -
SEARCH.ALIASADD -1 w -
SEARCH.ALIASDEL -1 w -
SEARCH.LISTALIASES -1 r -
# pubsub
PUBLISH 3 - -
PUBSUB -2 - -
# connection
PING -1 - -
ECHO 2 - -
SELECT 2 - -
# server
ACL -2 - -
COMMAND -1 - -
CONFIG -2 - -
DBSIZE 1 r -
FLUSHALL -1 w -
FLUSHDB -1 w -
INFO -1 - -
TIME 1 - -
`
