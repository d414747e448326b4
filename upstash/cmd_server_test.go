package upstash_test

import (
	"errors"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Replies that are errors, in the server's words.
var (
	errNoScript  = serverSays("NOSCRIPT No matching script. Please use EVAL.")
	errNotBusy   = serverSays("NOTBUSY No scripts in execution right now.")
	errWrongPass = serverSays(`ERR Wrong password or user "upstash" does not exist`)
)

func serverSays(text string) error { return errors.New(text) }

func pubsubCases() []cmdCase {
	return []cmdCase{
		row("Publish", upstash.Publish("ch", "m"), "PUBLISH ch m", 0, 0),
		row("PubSubChannels", upstash.PubSubChannels(""), "PUBSUB CHANNELS", list(), []string{}),
		row("PubSubChannels", upstash.PubSubChannels("c*"), "PUBSUB CHANNELS c*", list("ch"), []string{"ch"}).any(),
		row("PubSubNumPat", upstash.PubSubNumPat(), "PUBSUB NUMPAT", 0, 0),
		row("PubSubNumSub", upstash.PubSubNumSub("a", "b"), "PUBSUB NUMSUB a b", list("a", 0, "b", 0), map[string]int64{"a": 0, "b": 0}),
	}
}

func serverCases() []cmdCase {
	return []cmdCase{
		row("Ping", upstash.Ping(), "PING", "PONG", "PONG"),
		row("PingMessage", upstash.PingMessage("m"), "PING m", "m", "m"),
		row("Echo", upstash.Echo(5), "ECHO 5", "5", "5"),
		row("CommandInfo", upstash.CommandInfo(), "COMMAND", list(), upstash.ReplyOf(list())).any(),
		row("ConfigGet", upstash.ConfigGet("notify-keyspace-events"), "CONFIG GET notify-keyspace-events", list("notify-keyspace-events", ""), map[string]string{"notify-keyspace-events": ""}),
		row("ConfigSet", upstash.ConfigSet("notify-keyspace-events", "KEA"), "CONFIG SET notify-keyspace-events KEA", "OK", ok),
		row("DBSize", upstash.DBSize(), "DBSIZE", 1, 1).on("SET k v"),
		row("FlushAll", upstash.FlushAll(), "FLUSHALL", "OK", ok).on("SET k v"),
		row("FlushAllAsync", upstash.FlushAllAsync(), "FLUSHALL ASYNC", "OK", ok).on("SET k v"),
		row("FlushDB", upstash.FlushDB(), "FLUSHDB", "OK", ok).on("SET k v"),
		row("FlushDBAsync", upstash.FlushDBAsync(), "FLUSHDB ASYNC", "OK", ok).on("SET k v"),
		row("Info", upstash.Info(), "INFO", "# Server\r\nredis_version:8.2.0\r\n", "# Server\r\nredis_version:8.2.0\r\n").any(),
		row("Info", upstash.Info("server", "memory"), "INFO server memory", "# Server\r\n", "# Server\r\n").any(),
		row("Time", upstash.Time(), "TIME", list("1700000000", "123456"), time.Unix(1700000000, 123456000)).any(),
	}
}

func aclCases() []cmdCase {
	return []cmdCase{
		row("ACLCat", upstash.ACLCat(), "ACL CAT", list("read", "write"), []string{"read", "write"}).any(),
		row("ACLCatCommands", upstash.ACLCatCommands("hyperloglog"), "ACL CAT hyperloglog", list("pfadd"), []string{"pfadd"}).any(),
		row("ACLDelUser", upstash.ACLDelUser("u", "v"), "ACL DELUSER u v", 1, 1).on("ACL SETUSER u on"),
		row("ACLGenPass", upstash.ACLGenPass(0), "ACL GENPASS", "dd72", "dd72").any(),
		row("ACLGenPass", upstash.ACLGenPass(5), "ACL GENPASS 5", "dd", "dd").any(),
		row("ACLGenToken", upstash.ACLGenToken("u", ""), "ACL GENTOKEN u", "AYNg", "AYNg").only(upstashOnly),
		row("ACLGenToken", upstash.ACLGenToken("u", "pw"), "ACL GENTOKEN u pw", "AYNg", "AYNg").only(upstashOnly),
		row("ACLGetUser", upstash.ACLGetUser("u"), "ACL GETUSER u", list("flags", list("on", "sanitize-payload"), "passwords", list(), "commands", "-@all +get", "keys", "~a*", "channels", "", "selectors", list()),
			upstash.ACLUser{Flags: []string{"on", "sanitize-payload"}, Passwords: []string{}, Commands: "-@all +get", Keys: "~a*"}).on("ACL SETUSER u reset on +get ~a*"),
		row("ACLGetUser", upstash.ACLGetUser("u"), "ACL GETUSER u", list("keys", list("a*", "b*")), upstash.ACLUser{Keys: "a* b*"}).only(upstashOnly),
		rowErr("ACLGetUser", upstash.ACLGetUser("x"), "ACL GETUSER x", nil, upstash.ErrNil),
		row("ACLList", upstash.ACLList(), "ACL LIST", list("user default on"), []string{"user default on"}).any(),
		row("ACLLoad", upstash.ACLLoad(), "ACL LOAD", "OK", ok).only(noBackend),
		row("ACLLog", upstash.ACLLog(0), "ACL LOG", list(), []upstash.Reply{}),
		row("ACLLog", upstash.ACLLog(5), "ACL LOG 5", list(), []upstash.Reply{}),
		row("ACLLogReset", upstash.ACLLogReset(), "ACL LOG RESET", "OK", ok),
		row("ACLRestToken", upstash.ACLRestToken("u", "pw"), "ACL RESTTOKEN u pw", "AYNg", "AYNg").only(upstashOnly),
		rowErr("ACLRestToken", upstash.ACLRestToken("u", "pw"), "ACL RESTTOKEN u pw", errWrongPass, errServer).only(upstashOnly),
		row("ACLSave", upstash.ACLSave(), "ACL SAVE", "OK", ok).only(noBackend),
		row("ACLSetUser", upstash.ACLSetUser("u", "on", ">pw", "~*"), "ACL SETUSER u on >pw ~*", "OK", ok),
		row("ACLSetUser", upstash.ACLSetUser("u", "<pw"), "ACL SETUSER u <pw", "OK", ok).on("ACL SETUSER u >pw"),
		row("ACLUsers", upstash.ACLUsers(), "ACL USERS", list("default"), []string{"default"}),
		row("ACLWhoAmI", upstash.ACLWhoAmI(), "ACL WHOAMI", "default", "default"),
	}
}
