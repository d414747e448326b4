package upstash

// Commands has one method for each constructor of this package, which runs the
// command at once: db := client.Commands(); db.Get(ctx, "k") is short for
// Get("k").Do(ctx, client). Constructors with a type parameter have none, and
// commands that answer nothing but OK return only the error.
//
// Make it with [Client.Commands] or [On]. It is a small value: copy it freely. Do
// not embed it and do not put it into an interface: either makes the linker keep
// all of its methods, 70 kB compressed on WebAssembly.
type Commands struct{ d Doer }

// On returns the Commands of any Doer: On(auto).Get(ctx, "k").
func On(d Doer) Commands { return Commands{d: d} }

// Commands returns every command as a method.
func (c *Client) Commands() Commands { return On(c) }

// done drops the empty result of a command that answers OK.
func done(_ struct{}, err error) error { return err }
