package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommandsAreFresh(t *testing.T) {
	t.Parallel()
	want, err := generate("../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("../..", output))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%s is stale: run go generate ./upstash", output)
	}
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, source, want string }{
		{
			name:   "value and variadic",
			source: "// Sum adds. It also rests.\nfunc Sum(a, b string, rest ...any) Cmd[int64] { panic(0) }",
			want: "// Sum adds.\nfunc (c Commands) Sum(ctx context.Context, a, b string, rest ...any) (int64, error) {\n" +
				"\treturn Sum(a, b, rest...).Do(ctx, c.d)\n}\n",
		},
		{
			name:   "no result",
			source: "// Drop drops.\nfunc Drop() Cmd[struct{}] { panic(0) }",
			want:   "// Drop drops.\nfunc (c Commands) Drop(ctx context.Context) error { return done(Drop().Do(ctx, c.d)) }\n",
		},
		{
			name:   "generic, unexported, method and other results are left out",
			source: "func One[T any]() Cmd[T] { panic(0) }\nfunc two() Cmd[int] { panic(0) }\nfunc (X) Three() Cmd[int] { panic(0) }\nfunc Four() int { panic(0) }\n// Five is.\nfunc Five() Cmd[int] { panic(0) }",
			want:   "\n\n// Five is.\nfunc (c Commands) Five(ctx context.Context) (int, error) {\n\treturn Five().Do(ctx, c.d)\n}\n",
		},
		{
			name:   "imports time",
			source: "// Wait waits.\nfunc Wait(d time.Duration) Cmd[int] { panic(0) }",
			want:   "\t\"time\"\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "cmd_x.go")
			if err := os.WriteFile(file, []byte("package upstash\n\n"+tt.source+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := generate(dir)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(got), tt.want) {
				t.Fatalf("got:\n%s\nwant in it:\n%s", got, tt.want)
			}
			if n := strings.Count(string(got), "func (c Commands)"); n != 1 {
				t.Fatalf("%d methods, want 1", n)
			}
		})
	}
	if _, err := generate(t.TempDir()); err == nil {
		t.Fatal("no error for a directory without constructors")
	}
}
