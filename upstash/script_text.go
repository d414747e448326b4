package upstash

// A TextScript is a [Script] whose arguments are texts and whose reply is not decoded.
// It can do no more than a Script, but a WebAssembly program that has only such
// scripts has no code to convert arguments or to decode each type of result. It is
// safe for concurrent use.
type TextScript struct{ code *scriptCode }

// NewTextScript returns a TextScript; see [NewScriptWith].
func NewTextScript(src string, o ScriptOptions) *TextScript {
	return &TextScript{newScriptCode(src, o)}
}

// Command returns the script's run with these keys and arguments.
func (s *TextScript) Command(keys []string, args ...string) Command {
	c := s.code.begin(keys, len(args))
	copy(c.args[len(c.args)-len(args):], args)
	return c
}

// SHA returns the SHA-1, in hex, by which the server is asked first.
func (s *TextScript) SHA() string { return s.code.variant(true).sha }

// Source returns the Lua source as it was given.
func (s *TextScript) Source() string { return s.code.src }
