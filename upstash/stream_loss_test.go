//go:build !wasm

package upstash_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/nethttp"
)

const lossSeed = 20261123

// lossText is what the payloads are cut from: everything that could confuse a
// parser, but no carriage return, which events cannot carry.
var lossText = func() string {
	rng := rand.New(rand.NewPCG(lossSeed, 0))
	odd := []string{",", "\n", "\n\n", "data: ", ": ", "message,news,", "\ndata: subscribe,news,1\n\n", "\x00\xff", "é", " "}
	var b strings.Builder
	for b.Len() < 2<<20 {
		if b.WriteString(odd[rng.IntN(len(odd))]); rng.IntN(4) == 0 {
			b.WriteString(strings.Repeat("abcdefghijklmnopqrstuvwxyz", rng.IntN(40)))
		}
	}
	return b.String()
}()

// lossPayload is the payload of message id: its number and 1 B to 1 MiB of text,
// small ones far more often.
func lossPayload(id int) string {
	rng := rand.New(rand.NewPCG(lossSeed, uint64(id)+1))
	size := int(math.Exp2(20 * math.Pow(rng.Float64(), 3)))
	switch id {
	case 1:
		size = 1
	case 2:
		size = 1 << 20
	}
	at := rng.IntN(len(lossText) - size)
	return strconv.Itoa(id) + "," + lossText[at:at+size]
}

// A lossServer publishes numbered messages to one subscriber at a time and cuts
// its connection at planned messages.
type lossServer struct {
	turn  sync.Mutex // held by the one connection
	rng   *rand.Rand
	next  int          // the next message
	total int          // messages in all
	cutAt map[int]bool // messages in which the connection breaks
	sent  int          // messages that went out as a whole
	lost  int          // messages that did not
	done  chan struct{}
}

// serve is one connection.
func (s *lossServer) serve(c net.Conn, r *bufio.Reader) {
	s.turn.Lock() // for the race detector: the one before has been closed
	defer s.turn.Unlock()
	if _, ok := fhRequest(r); !ok {
		return
	}
	w := bufio.NewWriterSize(c, 32<<10)
	_, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
	s.chunks(w, "data: subscribe,news,1\n\n")
	for s.next < s.total {
		frame := s.frame("message,news," + lossPayload(s.next))
		if s.cutAt[s.next] {
			s.cut(w, frame)
			return
		}
		s.chunks(w, frame)
		s.sent++
		s.next++
	}
	_ = w.Flush()
	close(s.done)
	_, _ = io.Copy(io.Discard, r) // until the client leaves
}

// cut sends part of a frame, or all of it, and ends the connection in one of the
// ways that connections end. A few more messages have no subscriber.
func (s *lossServer) cut(w *bufio.Writer, frame string) {
	n := s.rng.IntN(len(frame) + 1)
	s.chunks(w, frame[:n])
	// The last line end may be CR LF, of which the LF is not needed.
	if n == len(frame) || n == len(frame)-1 && strings.HasSuffix(frame, "\r\n") {
		s.sent++
	} else {
		s.lost++
	}
	s.next++
	for missed := s.rng.IntN(4); missed > 0 && s.next < s.total && !s.cutAt[s.next]; missed-- {
		s.lost++
		s.next++
	}
	switch s.rng.IntN(3) {
	case 0:
		_, _ = io.WriteString(w, "0\r\n\r\n")
	case 1:
		_, _ = io.WriteString(w, "ffff\r\ndata: mess")
	}
	_ = w.Flush()
}

// frame is an event in one of the forms that the format allows.
func (s *lossServer) frame(data string) string {
	end := []string{"\n", "\r\n", "\r"}[s.rng.IntN(3)]
	text := "data: " + strings.ReplaceAll(data, "\n", end+"data: ") + end + end
	switch s.rng.IntN(4) {
	case 0:
		text = ": comment" + end + "id: 7" + end + text
	case 1:
		text = ":" + end + end + "event: x" + end + "retry: 10" + end + text
	}
	return text
}

// chunks sends text in HTTP chunks of random sizes, and flushes at random.
func (s *lossServer) chunks(w *bufio.Writer, text string) {
	for text != "" {
		n := min(len(text), 1+s.rng.IntN(1+s.rng.IntN(64<<10)))
		_, _ = w.WriteString(strconv.FormatInt(int64(n), 16) + "\r\n" + text[:n] + "\r\n")
		text = text[n:]
		if s.rng.IntN(4) == 0 {
			_ = w.Flush()
		}
	}
	if s.rng.IntN(8) == 0 {
		_ = w.Flush()
	}
}

// newLossServer plans cuts disconnects among total messages.
func newLossServer(total, cuts int, seed uint64) *lossServer {
	s := &lossServer{rng: rand.New(rand.NewPCG(lossSeed, seed)), total: total, cutAt: map[int]bool{}, done: make(chan struct{})}
	for len(s.cutAt) < cuts {
		s.cutAt[3+s.rng.IntN(total-8)] = true
	}
	return s
}

// TestStreamLosses is the promise: messages of 1 B to 1 MiB in random pieces over
// connections that break: what is delivered is intact and in order, and nothing
// is missing unless a gap was announced.
func TestStreamLosses(t *testing.T) {
	t.Parallel()
	total, cuts := 10_000, 20
	if raceEnabled || testing.Short() {
		total = 1500
	}
	for name, tr := range map[string]upstash.Transport{
		"fasthttp": newFastHTTP(t, upstash.FastHTTPOptions{}),
		"nethttp":  nethttp.New(nil),
	} {
		t.Run(name, func(t *testing.T) {
			server := newLossServer(total, cuts, uint64(len(name)))
			url := fhServe(t, server.serve).url
			began := time.Now()
			got := followLosses(t, tr, url, server)
			if got.gaps != cuts || got.readies != cuts+1 {
				t.Errorf("%d gaps and %d connections for %d disconnects", got.gaps, got.readies, cuts)
			}
			if got.messages != server.sent || got.messages+server.lost != total {
				t.Errorf("%d delivered of %d sent whole, %d lost, %d in all", got.messages, server.sent, server.lost, total)
			}
			t.Logf("%d messages, %d MB, %d gaps with %d losses in %v (seed %d)", got.messages, got.bytes>>20, got.gaps, server.lost, time.Since(began), lossSeed)
		})
	}
}

type lossCount struct{ messages, bytes, gaps, readies int }

// followLosses reads until the last message and checks each.
func followLosses(t *testing.T, tr upstash.Transport, url string, server *lossServer) (n lossCount) {
	t.Helper()
	c, err := upstash.New(upstash.Config{URL: url, Token: canary, Transport: tr})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	want, excused := 0, true
	for e, err := range c.Subscribe(ctx, "news", upstash.StreamOptions{MaxBackoff: time.Millisecond}) {
		if err != nil {
			t.Fatal(err)
		}
		switch e.Kind {
		case upstash.EventGap:
			n.gaps++
			excused = true
		case upstash.EventReady:
			n.readies++
		case upstash.EventMessage:
			id, err := checkLoss(e, want, excused)
			if err != nil {
				t.Fatal(err)
			}
			want, excused = id+1, false
			n.messages++
			n.bytes += len(e.Payload)
			if want == server.total {
				<-server.done
				return n
			}
		}
	}
	t.Fatalf("ended after %+v", n)
	return n
}

// checkLoss checks a message against what was published under its number. Some
// may be missing before it only if a gap excuses that.
func checkLoss(e upstash.Event, want int, excused bool) (id int, err error) {
	number, _, _ := strings.Cut(e.Payload, ",")
	id, err = strconv.Atoi(number)
	switch {
	case err != nil:
		return 0, fmt.Errorf("after message %d came something else: %.40q", want-1, e.Payload)
	case id < want, id > want && !excused:
		return 0, fmt.Errorf("message %d came instead of %d (gap announced: %v)", id, want, excused)
	case e.Channel != "news" || e.Payload != lossPayload(id):
		return 0, fmt.Errorf("message %d is not what was published", id)
	}
	return id, nil
}

// TestLossPayload makes sure that the sizes are what the test above promises.
func TestLossPayload(t *testing.T) {
	t.Parallel()
	if n := len(lossPayload(1)) - 2; n != 1 {
		t.Errorf("the smallest has %d bytes", n)
	}
	if n := len(lossPayload(2)) - 2; n != 1<<20 {
		t.Errorf("the largest has %d bytes", n)
	}
	if bytes.ContainsRune([]byte(lossText), '\r') {
		t.Error("a carriage return, which cannot arrive")
	}
}
