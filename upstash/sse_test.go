package upstash_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// readSSE reads all events of r.
func readSSE(r io.Reader, limit int) (events []string, err error) {
	next := upstash.NewSSEReaderForTest(r, limit)
	for {
		data, err := next()
		if err != nil {
			return events, err
		}
		events = append(events, string(data))
	}
}

func TestSSE(t *testing.T) {
	t.Parallel()
	const bom = "\xef\xbb\xbf"
	for _, tc := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"one", "data: a\n\n", []string{"a"}},
		{"two", "data: a\n\ndata: b\n\n", []string{"a", "b"}},
		{"CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", []string{"a", "b"}},
		{"CR", "data: a\r\rdata: b\r\r", []string{"a", "b"}},
		{"mixed line ends", "data: a\r\n\ndata: b\n\r\ndata: c\r\n\r", []string{"a", "b", "c"}},
		{"LF after CR LF is a line", "data: a\r\n\n\n", []string{"a"}},
		{"CRLF between the lines of one event", "data: a\r\ndata: b\r\nid: 1\r\ndata: c\r\n\r\n", []string{"a\nb\nc"}},
		{"CR between the lines of one event", "data: a\rdata: b\r\r", []string{"a\nb"}},
		{"no space", "data:a\n\n", []string{"a"}},
		{"two spaces", "data:  a\n\n", []string{" a"}},
		{"tab is kept", "data:\ta\n\n", []string{"\ta"}},
		{"commas and colons", "data: message,c,a,b:c\n\n", []string{"message,c,a,b:c"}},
		{"lines are joined", "data: a\ndata: b\ndata:\ndata: c\n\n", []string{"a\nb\n\nc"}},
		{"empty data", "data:\n\n", []string{""}},
		{"data without colon", "data\n\n", []string{""}},
		{"two empty lines of data", "data\ndata\n\n", []string{"\n"}},
		{"no data is no event", "event: x\nid: 1\nretry: 10\n\n\n", nil},
		{"other fields are ignored", "event: x\ndata: a\nid: 1\nretry: 5\n\n", []string{"a"}},
		{"names are exact", "Data: x\ndatax: y\n data: z\ndata : w\n\n", nil},
		{"comments", ": hello\n:\ndata: a\n: between\ndata: b\n\n:\n\n", []string{"a\nb"}},
		{"mark", bom + "data: a\n\n", []string{"a"}},
		{"mark before an empty line", bom + "\ndata: a\n\n", []string{"a"}},
		{"mark twice", bom + bom + "data: a\n\n", nil},
		{"mark later", "data: a\n\n" + bom + "data: b\n\n", []string{"a"}},
		{"cut off before the empty line", "data: a\n\ndata: b\n", []string{"a"}},
		{"cut off in the line", "data: a\n\ndata: b", []string{"a"}},
		{"bytes that are not UTF-8", "data: \xff\x00\xfe\n\n", []string{"\xff\x00\xfe"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for name, r := range map[string]io.Reader{
				"whole":          strings.NewReader(tc.in),
				"byte by byte":   iotest.OneByteReader(strings.NewReader(tc.in)),
				"halves":         iotest.HalfReader(strings.NewReader(tc.in)),
				"error with EOF": iotest.DataErrReader(strings.NewReader(tc.in)),
			} {
				got, err := readSSE(r, 0)
				if !errors.Is(err, io.EOF) || !slices.Equal(got, tc.want) {
					t.Errorf("%s: got %q, %v, want %q", name, got, err, tc.want)
				}
			}
		})
	}
}

// TestSSEAtOnce: an event is there when its last byte is, before anything else
// comes. A CR is such a byte, whether or not an LF follows.
func TestSSEAtOnce(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"data: a\n\n", "data: a\r\n\r\n", "data: a\r\r", "data: a\r\n\r"} {
		r, w := io.Pipe()
		next := upstash.NewSSEReaderForTest(r, 0)
		go func() { _, _ = w.Write([]byte(in)) }()
		if got, err := next(); err != nil || string(got) != "a" {
			t.Errorf("%q: got %q, %v", in, got, err)
		}
		_ = w.Close()
	}
}

func TestSSELimit(t *testing.T) {
	t.Parallel()
	const limit = 10_000
	a := strings.Repeat("a", limit)
	for _, tc := range []struct {
		name, in string
		events   int
		want     error
	}{
		{"just right", "data: " + a + "\n\n", 1, io.EOF},
		{"just right after a mark", "\xef\xbb\xbfdata: " + a + "\n\n", 1, io.EOF},
		{"just right in two lines", "data: " + a[:4000] + "\ndata: " + a[4001:] + "\n\n", 1, io.EOF},
		{"one more", "data: " + a + "a\n\n", 0, upstash.ErrEventTooLarge},
		{"one more in two lines", "data: " + a[:4000] + "\ndata: " + a[4000:] + "\n\n", 0, upstash.ErrEventTooLarge},
		{"nothing but line ends", strings.Repeat("data\n", limit+2) + "\n", 0, upstash.ErrEventTooLarge},
		{"a line without end", strings.Repeat("a", 10*limit), 0, upstash.ErrEventTooLarge},
		{"a comment without end", ":" + strings.Repeat("a", 10*limit), 0, upstash.ErrEventTooLarge},
		{"many events", strings.Repeat("data: "+a+"\n\n", 5), 5, io.EOF},
		{"the ones before arrive", "data: b\n\ndata: " + a + "a\n\n", 1, upstash.ErrEventTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(tc.in), iotest.OneByteReader(strings.NewReader(tc.in))} {
				events, err := readSSE(r, limit)
				if !errors.Is(err, tc.want) || len(events) != tc.events {
					t.Errorf("%d events, error %v; want %d, %v", len(events), err, tc.events, tc.want)
				}
			}
		})
	}
}

// TestSSEError passes the reader's error on, after what came before it.
func TestSSEError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	r := io.MultiReader(strings.NewReader("data: a\n\ndata: b\n"), iotest.ErrReader(broken))
	if got, err := readSSE(r, 0); !errors.Is(err, broken) || !slices.Equal(got, []string{"a"}) {
		t.Errorf("got %q, %v", got, err)
	}
}

// smallReads hands out what it has in pieces of n bytes.
type smallReads struct {
	left []byte
	n    int
}

func (r *smallReads) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), r.n)], r.left)
	r.left = r.left[n:]
	return n, nil
}

// TestSSELinear: eight times the bytes must not take 64 times as long, neither
// in one line nor in many.
func TestSSELinear(t *testing.T) {
	size := 64 << 20
	if raceEnabled {
		size = 16 << 20
	}
	for _, tc := range []struct {
		name  string
		piece int
		input func(n int) []byte
	}{
		{"one line", 1 << 10, func(n int) []byte {
			return append(bytes.Repeat([]byte("a"), n), "\n\n"...)
		}},
		{"lines of one event", 64 << 10, func(n int) []byte {
			return append(bytes.Repeat([]byte("data: 0123456789\r"), n/17), '\r')
		}},
		{"events in large reads", 1 << 30, func(n int) []byte {
			return bytes.Repeat([]byte("data: 0123456789\n\n"), n/18)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			large := tc.input(size)
			small := tc.input(size / 8)
			took := func(in []byte) time.Duration {
				began := time.Now()
				next := upstash.NewSSEReaderForTest(&smallReads{in, tc.piece}, 0)
				for {
					if _, err := next(); err != nil {
						return time.Since(began)
					}
				}
			}
			ratio := 100.0 // the best of three, for the machine's sake
			for range 3 {
				if ratio = min(ratio, float64(took(large))/float64(took(small))); ratio < 20 {
					break
				}
			}
			t.Logf("%d MiB take %.1f times as long as %d MiB", size>>20, ratio, size>>23)
			if ratio > 32 {
				t.Error("the work is not linear in the bytes read")
			}
		})
	}
}

// TestSSEMemory: the memory of a large event is let go with the next small one.
func TestSSEMemory(t *testing.T) {
	in := "data: " + strings.Repeat("a", 32<<20) + "\n\n" + strings.Repeat("data: b\n\n", 10_000)
	next := upstash.NewSSEReaderForTest(&smallReads{[]byte(in), 4 << 10}, 0)
	for range 1000 {
		if _, err := next(); err != nil {
			t.Fatal(err)
		}
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	runtime.KeepAlive(next)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int64(before.HeapAlloc) - int64(after.HeapAlloc) - int64(len(in)); held > 1<<20 {
		t.Errorf("%d bytes held for a small event", held)
	}
}

// referenceSSE is a simple parser that sees the whole input at once.
func referenceSSE(in string) (events []string) {
	in = strings.TrimPrefix(in, "\xef\xbb\xbf")
	in = strings.ReplaceAll(in, "\r\n", "\n")
	in = strings.ReplaceAll(in, "\r", "\n")
	lines := strings.Split(in, "\n")
	var data []string
	for _, line := range lines[:len(lines)-1] { // what follows the last line end is no line
		name, value, _ := strings.Cut(line, ":")
		switch {
		case line == "" && data != nil:
			events = append(events, strings.Join(data, "\n"))
			data = nil
		case name == "data":
			data = append(data, strings.TrimPrefix(value, " "))
		}
	}
	return events
}

// FuzzSSE compares with referenceSSE, however the input is cut, and holds the
// bound.
func FuzzSSE(f *testing.F) {
	for _, in := range []string{
		"data: message,c,a,b\n\n", "\xef\xbb\xbfdata:a\r\n\r\ndata:b\r\rdata:c\n\n", ": c\r\nevent: e\nid\nretry: 1\ndata\ndata:  x\n\n",
		"data: a\r\n\n\r\r\ndata: cut", "data", "\r\n\r\n", "data: a\r\ndata: b\r\n\r\n", "data: " + strings.Repeat("long ", 2000) + "\n\n",
	} {
		f.Add([]byte(in), []byte{1, 3, 2}, uint8(4))
	}
	f.Fuzz(func(t *testing.T, in, cuts []byte, limit uint8) {
		want := referenceSSE(string(in))
		got, err := readSSE(&cutReads{left: in, cuts: cuts}, 0)
		if err != io.EOF || !slices.Equal(got, want) {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
		bounded, err := readSSE(&cutReads{left: in, cuts: cuts}, int(limit)+1)
		switch {
		case errors.Is(err, upstash.ErrEventTooLarge) && len(bounded) <= len(want):
			want = want[:len(bounded)]
		case err != io.EOF:
			t.Fatalf("error %v", err)
		}
		if !slices.Equal(bounded, want) {
			t.Fatalf("with a bound: got %q, want %q", bounded, want)
		}
		for _, e := range bounded {
			if len(e) > int(limit)+1 {
				t.Fatalf("an event of %d bytes with a bound of %d", len(e), limit+1)
			}
		}
	})
}

// cutReads hands out pieces of the lengths in cuts, over and over; 0 is a read
// that brings nothing.
type cutReads struct {
	left, cuts []byte
	i          int
}

func (r *cutReads) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		return 0, io.EOF
	}
	n := 1
	if len(r.cuts) > 0 && r.i%(len(r.cuts)+1) < len(r.cuts) {
		n = int(r.cuts[r.i%(len(r.cuts)+1)])
	}
	r.i++
	n = copy(p[:min(len(p), n)], r.left)
	r.left = r.left[n:]
	return n, nil
}
