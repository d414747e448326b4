//go:build !wasm

package main

import (
	"context"
	"io"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

const (
	programName    = "edgeredis"
	defaultTimeout = 10 * time.Second // as upstash.Retry.MaxElapsed
)

// An app is the program with everything that it takes from outside, so that
// tests can run it in-process.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	lookup         func(name string) (string, bool) // the environment
	terminal       bool                             // stdout is shown to a person
	errTerm        bool                             // and so is stderr
	transport      upstash.Transport                // nil means the client's own
}

// A command is one subcommand. It lives in one file and is listed in commands.
type command struct {
	name, usage string
	args        string // what follows the flags, for the usage line
	about       string
	examples    string
	flags       func() []cli.Flag
	// passArgs hands everything after the first argument to run as it is, also
	// what looks like a flag. Without args, arguments are refused.
	passArgs bool
	run      func(ctx context.Context, in *invocation) error
}

// commands lists the subcommands in the order of the help.
func commands() []command {
	return []command{demoCommand, pingCommand, healthCommand, metricsCommand, execCommand, serveCommand}
}

// An invocation is what one subcommand was called with.
type invocation struct {
	*app
	flags   *cli.Command
	name    string
	args    []string
	json    bool
	timeout time.Duration
	out     *printer
}

// run runs the program and returns its exit code.
func (a *app) run(ctx context.Context, args []string) int {
	out := newPrinter(a.stdout, a.colour(a.terminal))
	in := &invocation{app: a, out: out, name: programName}
	root := in.root(args)
	in.fail(root.Run(ctx, append([]string{programName}, args...)))
	if err := out.err(); err != nil && out.code == exitOK {
		in.explain(diagnosis{Kind: "output", Message: "the output could not be written", Detail: err.Error()})
		return exitFailed
	}
	return out.code
}

// root builds the tree of commands. All of them share in; only one runs.
func (in *invocation) root(args []string) *cli.Command {
	root := &cli.Command{
		Name:                          programName,
		Usage:                         "Redis over HTTPS: try it, test it, serve it",
		Writer:                        in.out,
		ErrWriter:                     in.stderr,
		HideHelpCommand:               true,
		CustomRootCommandHelpTemplate: rootHelp,
		Metadata:                      map[string]any{"environment": environmentHelp},
		OnUsageError:                  in.usageErrorFrom,
		ExitErrHandler:                func(context.Context, *cli.Command, error) {},
		CommandNotFound:               in.helpNotFound,
		Flags:                         globalFlags(),
	}
	root.Action = func(_ context.Context, cmd *cli.Command) error { return in.rootAction(cmd) }
	for _, c := range commands() {
		root.Commands = append(root.Commands, in.subcommand(c, args))
	}
	root.Commands = append(root.Commands, helpCommand(in))
	return root
}

func globalFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "json", Usage: "write JSON for machines"},
		&cli.DurationFlag{Name: "timeout", Value: defaultTimeout, Usage: "give up a request after `TIME`, retries included"},
		&cli.BoolFlag{Name: "allow-plain-http", Usage: "accept an http:// URL: the token travels in the clear"},
		&cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Local: true, Usage: "show the version"},
	}
}

// rootAction runs when there is no subcommand, or none of that name.
func (in *invocation) rootAction(cmd *cli.Command) error {
	in.begin(cmd, programName)
	switch {
	case cmd.Bool("version"):
		return in.printVersion()
	case cmd.Args().Present():
		return unknownCommand(cmd.Args().First())
	}
	return cli.ShowRootCommandHelp(cmd)
}

func (in *invocation) subcommand(c command, args []string) *cli.Command {
	cmd := &cli.Command{
		Name:               c.name,
		Usage:              c.usage,
		UsageText:          usageLine(c),
		Description:        c.about,
		CustomHelpTemplate: commandHelp,
		Metadata:           map[string]any{"examples": c.examples},
		OnUsageError:       in.usageErrorFrom,
		CommandNotFound:    in.helpNotFound,
	}
	if c.flags != nil {
		cmd.Flags = c.flags()
	}
	if c.passArgs {
		one := 1
		cmd.StopOnNthArg = &one
	}
	cmd.Action = func(ctx context.Context, cmd *cli.Command) error {
		in.begin(cmd, c.name)
		switch {
		case in.timeout <= 0:
			return badTimeout("must be longer than 0")
		case c.passArgs:
			in.args = passedArgs(args, in.args)
		case len(in.args) > 0:
			return &usageError{message: c.name + " takes no arguments", advice: "See: edgeredis " + c.name + " --help"}
		}
		return c.run(ctx, in)
	}
	return cmd
}

// begin takes over what the command line says.
func (in *invocation) begin(cmd *cli.Command, name string) {
	in.flags, in.name, in.args = cmd, name, cmd.Args().Slice()
	in.json, in.timeout = cmd.Bool("json"), cmd.Duration("timeout")
}

// passedArgs returns the arguments of a command that passes them on. The library
// drops a "--" that follows the first of them; parsed is otherwise the end of
// all, so it can be put back.
func passedArgs(all, parsed []string) []string {
	from := len(all) - len(parsed)
	if len(parsed) > 0 && all[from] != parsed[0] {
		from--
	}
	return all[from:]
}
