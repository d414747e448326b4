//go:build !wasm

package main

import (
	"context"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v3"
)

const environmentHelp = `  REDIS_REST_URL, REDIS_REST_TOKEN
                         the database; copy both from the REST API section of
                         its console. When neither is set:
  UPSTASH_REDIS_REST_URL, UPSTASH_REDIS_REST_TOKEN
                         and when neither of these is:
  KV_REST_API_URL, KV_REST_API_TOKEN
  HTTPS_PROXY, NO_PROXY  as usual
  NO_COLOR               no colours; there are none outside a terminal anyway`

const rootHelp = `edgeredis - {{.Usage}}

Usage:
  edgeredis COMMAND [flags]

Commands:
{{range .VisibleCommands}}  {{.Name}}{{"\t"}}{{.Usage}}
{{end}}
Flags:
{{range .VisibleFlags}}  {{.}}
{{end}}
Environment:
{{.Metadata.environment}}

Exit codes: 0 all is well, 1 something failed, 2 the command line is wrong.

First steps:
  edgeredis demo          needs nothing: brings a Redis of its own
  edgeredis ping          is the database reachable, is the token right?
  edgeredis help COMMAND  flags and examples of one command
`

const commandHelp = `edgeredis {{.Name}} - {{.Usage}}

Usage:
  {{.UsageText}}

{{.Description}}

Flags:
{{range .VisibleFlags}}  {{.}}
{{end}}{{range .VisiblePersistentFlags}}  {{.}}
{{end}}
Examples:
{{.Metadata.examples}}
`

func usageLine(c command) string {
	line := "edgeredis " + c.name + " [flags]"
	if c.args != "" {
		line += " " + c.args
	}
	return line
}

// helpCommand is "edgeredis help [COMMAND]".
func helpCommand(in *invocation) *cli.Command {
	return &cli.Command{
		Name:               "help",
		Usage:              "show the help of a command",
		UsageText:          "edgeredis help [COMMAND]",
		Description:        "Shows what COMMAND does, its flags and examples.",
		CustomHelpTemplate: commandHelp,
		Metadata:           map[string]any{"examples": "  edgeredis help demo"},
		OnUsageError:       in.usageErrorFrom,
		CommandNotFound:    in.helpNotFound,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			in.begin(cmd, programName)
			if len(in.args) == 0 {
				return cli.ShowRootCommandHelp(cmd.Root())
			}
			if cmd.Root().Command(in.args[0]) == nil {
				return unknownCommand(in.args[0])
			}
			return cli.ShowCommandHelp(ctx, cmd.Root(), in.args[0])
		},
	}
}

// helpNotFound is called for --help followed by something that is no command:
// an argument of the command (then its help is meant), or a typing error.
func (in *invocation) helpNotFound(ctx context.Context, cmd *cli.Command, name string) {
	if cmd.Root() == cmd {
		in.fail(unknownCommand(name))
		return
	}
	in.fail(cli.ShowCommandHelp(ctx, cmd.Root(), cmd.Name))
}

// printVersion shows the version that the Go toolchain has recorded.
func (in *invocation) printVersion() error {
	version := "(unknown)"
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		version = b.Main.Version
	}
	if in.json {
		in.out.json(map[string]any{
			"ok": true, "version": version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
		})
		return nil
	}
	in.out.line("edgeredis ", version, " (", runtime.Version(), ", ", runtime.GOOS, "/", runtime.GOARCH, ")")
	return nil
}
