package nethttp

import (
	"errors"
	"io"
	"testing"
)

func TestBodyDetached(t *testing.T) {
	for _, c := range []struct {
		name string
		read int // bytes read before
		want error
	}{
		{"unread", 0, errGone},
		{"half read", 1, errGone},
		{"all read, the end not seen", 2, io.EOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &body{data: []byte("[]")}
			if _, err := io.ReadFull(b, make([]byte, c.read)); err != nil {
				t.Fatal(err)
			}
			if read := b.detach(); read != (c.read > 0) {
				t.Errorf("detach says read: %t", read)
			}
			if n, err := b.Read(make([]byte, 1)); n != 0 || !errors.Is(err, c.want) {
				t.Errorf("%d bytes, error %v, want %v", n, err, c.want)
			}
		})
	}
}
