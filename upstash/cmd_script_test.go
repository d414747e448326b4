package upstash_test

import "github.com/yesgoddess/edgeredis/upstash"

const (
	libraryF    = "#!lua name=lib\nredis.register_function{function_name='f',callback=function(k,a)return(a[1])end,flags={'no-writes'}}"
	loadLibrary = "FUNCTION | LOAD | REPLACE | " + libraryF
)

func scriptCases() []cmdCase {
	sha := upstash.SHA1ForTest("return(1)")
	of := upstash.ReplyOf
	return []cmdCase{
		row("Eval", upstash.Eval("return(1)", []string{"k"}, "a", 2), "EVAL return(1) 1 k a 2", 1, of(1)),
		row("Eval", upstash.Eval("return(false)", nil), "EVAL return(false) 0", nil, of(nil)),
		row("EvalRO", upstash.EvalRO("return(KEYS)", []string{"k"}), "EVAL_RO return(KEYS) 1 k", list("k"), of(list("k"))),
		row("EvalSha", upstash.EvalSha(sha, nil), "EVALSHA "+sha+" 0", 1, of(1)).on("SCRIPT LOAD return(1)"),
		rowErr("EvalSha", upstash.EvalSha("x", nil), "EVALSHA x 0", errNoScript, upstash.ErrNoScript),
		row("EvalShaRO", upstash.EvalShaRO(sha, nil, 1.5), "EVALSHA_RO "+sha+" 0 1.5", 1, of(1)).on("SCRIPT LOAD return(1)"),
		row("FCall", upstash.FCall("f", []string{"k"}, "a"), "FCALL f 1 k a", "a", of("a")).on(loadLibrary),
		row("FCallRO", upstash.FCallRO("f", nil, "a"), "FCALL_RO f 0 a", "a", of("a")).on(loadLibrary),
		row("ScriptExists", upstash.ScriptExists(sha, "x"), "SCRIPT EXISTS "+sha+" x", list(1, 0), []bool{true, false}).on("SCRIPT LOAD return(1)"),
		row("ScriptFlush", upstash.ScriptFlush(), "SCRIPT FLUSH", "OK", ok),
		rowErr("ScriptKill", upstash.ScriptKill(), "SCRIPT KILL", errNotBusy, errServer).only(noBackend),
		row("ScriptLoad", upstash.ScriptLoad("return(1)"), "SCRIPT LOAD return(1)", sha, sha),
		row("FunctionDelete", upstash.FunctionDelete("lib"), "FUNCTION DELETE lib", "OK", ok).on(loadLibrary),
		row("FunctionFlush", upstash.FunctionFlush(), "FUNCTION FLUSH", "OK", ok).on(loadLibrary),
		rowErr("FunctionKill", upstash.FunctionKill(), "FUNCTION KILL", errNotBusy, errServer).only(noBackend),
		row("FunctionList", upstash.FunctionList(upstash.FunctionListOptions{Library: "l*", WithCode: true}), "FUNCTION LIST LIBRARYNAME l* WITHCODE",
			list(list("library_name", "lib", "engine", "LUA", "functions", list(list("name", "f", "description", nil, "flags", list("no-writes"))), "library_code", libraryF)),
			[]upstash.Library{{Name: "lib", Engine: "LUA", Functions: []upstash.LibraryFunction{{Name: "f", Flags: []string{"no-writes"}}}, Code: libraryF}}).on(loadLibrary),
		row("FunctionList", upstash.FunctionList(upstash.FunctionListOptions{}), "FUNCTION LIST", list(), []upstash.Library{}),
		row("FunctionLoad", upstash.FunctionLoad(libraryF), "FUNCTION | LOAD | "+libraryF, "lib", "lib"),
		row("FunctionLoadReplace", upstash.FunctionLoadReplace(libraryF), "FUNCTION | LOAD | REPLACE | "+libraryF, "lib", "lib").on(loadLibrary),
		row("FunctionStats", upstash.FunctionStats(), "FUNCTION STATS", list("running_script", nil, "engines", list("LUA", list("libraries_count", 1, "functions_count", 1))),
			[]upstash.FunctionEngine{{Name: "LUA", Libraries: 1, Functions: 1}}).on(loadLibrary),
	}
}
