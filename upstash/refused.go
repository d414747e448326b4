package upstash

// refusedCommands are the commands that the REST API does not take, with what
// to use instead. Source: the vendor's REST page and command pages (blocking
// commands and transactions are TCP only), and the texts of live refusals.
var refusedCommands = []struct{ name, why string }{
	{"AUTH", "the REST API authenticates with the token of Config"},
	{"BLMOVE", blocking + "LMOVE"},
	{"BLMPOP", blocking + "LMPOP"},
	{"BLPOP", blocking + "LPOP"},
	{"BRPOP", blocking + "RPOP"},
	{"BRPOPLPUSH", blocking + "RPOPLPUSH"},
	{"BZMPOP", blocking + "ZMPOP"},
	{"BZPOPMAX", blocking + "ZPOPMAX"},
	{"BZPOPMIN", blocking + "ZPOPMIN"},
	{"CLIENT", "a REST request has no connection of its own to describe"},
	{"DISCARD", transaction},
	{"EXEC", transaction},
	{"HELLO", "a REST request has no connection of its own; Config.Encoding chooses the reply format"},
	{"MONITOR", "it streams; use Client.Monitor"},
	{"MULTI", transaction},
	{"PSUBSCRIBE", "it streams; use Client.PSubscribe"},
	{"PUNSUBSCRIBE", "end the context of Client.PSubscribe instead"},
	{"QUIT", "a REST request has no connection of its own to close"},
	{"RESET", "a REST request has no connection of its own to reset"},
	{"SSUBSCRIBE", "sharded channels are not served over REST; use Client.Subscribe"},
	{"SUBSCRIBE", "it streams; use Client.Subscribe"},
	{"SUNSUBSCRIBE", "end the context of Client.Subscribe instead"},
	{"UNSUBSCRIBE", "end the context of Client.Subscribe instead"},
	{"UNWATCH", watch},
	{"WATCH", watch},
}

const (
	blocking    = "blocking commands are not served over REST; poll with "
	transaction = "send the commands as one transaction: a Batch with Atomic set, or pipeline.NewTx"
	watch       = "there is no connection to watch on; use SET with IFEQ, or a script"
)

// refusedOverREST returns the reason why a command cannot work, nil when it can.
func refusedOverREST(args []string) error {
	name := args[0]
	for i := range refusedCommands {
		if refusedCommands[i].name == name {
			return &ArgumentError{Command: name, Reason: "cannot be used: " + refusedCommands[i].why}
		}
	}
	if (name == "XREAD" || name == "XREADGROUP") && hasWord(args[1:], "BLOCK", "STREAMS") {
		return &ArgumentError{Command: name, Reason: "cannot be used with BLOCK: " + blocking + name + " without BLOCK"}
	}
	return nil
}

// hasWord reports whether word is among args before the word stop.
func hasWord(args []string, word, stop string) bool {
	for _, a := range args {
		switch upper(a) {
		case word:
			return true
		case stop:
			return false
		}
	}
	return false
}
