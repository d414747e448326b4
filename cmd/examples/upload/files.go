//go:build !wasm

package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
)

// Files keeps bytes below a folder: parts in parts/{session}, whole files in done.
// A service has an object store here. Nothing can get out of the folder, whatever
// the names are.
type Files struct{ root *os.Root }

// OpenFiles makes the folders.
func OpenFiles(dir string) (*Files, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	for _, d := range []string{"parts", "done"} {
		if err := root.MkdirAll(d, 0o700); err != nil {
			return nil, errors.Join(err, root.Close())
		}
	}
	return &Files{root}, nil
}

// Close ends the use of the folder.
func (f *Files) Close() error { return f.root.Close() }

// partPath names a part by its digest too: what is recorded in the session is what
// is read in the end, also when two uploads of a part were under way at once.
func partPath(session string, p Part) string {
	return path.Join("parts", session, strconv.Itoa(p.Number)+"-"+p.SHA256)
}

// PutPart stores a part that is read to its end.
func (f *Files) PutPart(session string, number int, r io.Reader) (Part, error) {
	dir := path.Join("parts", session)
	if err := f.root.MkdirAll(dir, 0o700); err != nil {
		return Part{}, err
	}
	temp := path.Join(dir, "."+rand.Text())
	n, digest, err := f.write(temp, r)
	if err == nil {
		p := Part{Number: number, Bytes: n, SHA256: digest}
		if err = f.root.Rename(temp, partPath(session, p)); err == nil {
			return p, nil
		}
	}
	_ = f.root.Remove(temp)
	return Part{}, err
}

// write stores r and returns its size and digest.
func (f *Files) write(name string, r io.Reader) (int64, string, error) {
	file, err := f.root.Create(name)
	if err != nil {
		return 0, "", err
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, hash), r)
	return n, hex.EncodeToString(hash.Sum(nil)), errors.Join(err, file.Close())
}

// Join puts the parts of a session together. The same parts make the same file, so
// it may be done twice.
func (f *Files) Join(ctx context.Context, session string, parts []Part) (Part, error) {
	temp := path.Join("done", "."+rand.Text())
	pr, pw := io.Pipe()
	go func() { pw.CloseWithError(f.copyParts(ctx, pw, session, parts)) }()
	n, digest, err := f.write(temp, pr)
	_ = pr.CloseWithError(err) // so that the goroutine ends, whatever happened
	if err == nil {
		err = f.root.Rename(temp, path.Join("done", session))
	}
	if err != nil {
		_ = f.root.Remove(temp)
		return Part{}, err
	}
	return Part{Bytes: n, SHA256: digest}, nil
}

func (f *Files) copyParts(ctx context.Context, w io.Writer, session string, parts []Part) error {
	for _, p := range parts {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		file, err := f.root.Open(partPath(session, p))
		if err != nil {
			return err
		}
		_, err = io.Copy(w, file)
		if err = errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Drop removes the parts of a session.
func (f *Files) Drop(session string) error {
	return f.root.RemoveAll(path.Join("parts", session))
}

// Sessions lists the sessions that have parts.
func (f *Files) Sessions() ([]string, error) {
	entries, err := fs.ReadDir(f.root.FS(), "parts")
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.Name()
	}
	return ids, err
}
