package upstashtest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// keptHeaders are the response headers that mean something to a client.
var keptHeaders = []string{"Content-Type", "Location", "Retry-After", "Upstash-Encoding", syncHeader}

// file turns what was kept into a recording without secrets.
func (rec *recorder) file() (*file, error) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if len(rec.kept) == 0 {
		return nil, errors.New("the test sent no request")
	}
	f := &file{}
	for i, k := range rec.kept {
		if k.failed || k.status == 0 {
			return nil, errors.New("request " + strconv.Itoa(i+1) + " got no response")
		}
		f.Exchanges = append(f.Exchanges, rec.exchange(k))
	}
	for i := range f.Exchanges {
		rec.scrub.exchange(&f.Exchanges[i])
	}
	return f, nil
}

func (rec *recorder) exchange(k *kept) exchange {
	e := exchange{
		Method:        k.req.method,
		Path:          k.req.path,
		RequestHeader: pick(k.req.header, comparedHeaders),
		Status:        k.status,
		Header:        pick(k.header, keptHeaders),
	}
	e.setRequestBody(k.req.body)
	e.setResponseBody(k.body.Bytes())
	rec.markRandom(e.Request)
	return e
}

// pick returns some headers, those that are there.
func pick(h http.Header, names []string) map[string]string {
	out := map[string]string{}
	for _, name := range names {
		if v := h.Get(name); v != "" {
			out[name] = v
		}
	}
	return out
}

// markRandom gives the arguments named by Options.Any a wildcard, which the
// scrubber then writes wherever the value occurs.
func (rec *recorder) markRandom(js json.RawMessage) {
	v, err := decodeExact(js)
	if err != nil {
		return
	}
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return
	}
	if _, batch := list[0].([]any); batch {
		for _, cmd := range list {
			if args, ok := cmd.([]any); ok {
				rec.markCommand(args)
			}
		}
		return
	}
	rec.markCommand(list)
}

func (rec *recorder) markCommand(args []any) {
	for _, a := range rec.r.opts.Any {
		if a.Position < 1 || a.Position >= len(args) {
			continue
		}
		if name, ok := args[0].(string); !ok || !strings.EqualFold(name, a.Command) {
			continue
		}
		v, ok := argumentText(args[a.Position])
		if !ok || v == "" || rec.randoms[v] != "" {
			continue
		}
		rec.randoms[v] = anyNamed(strconv.Itoa(len(rec.randoms) + 1))
		rec.scrub.replace(v, rec.randoms[v])
	}
}

// describeServer says where a recording was made: what kind of server, which
// version, and when. Only a host of the vendor counts as Upstash.
func describeServer(ctx context.Context, base *url.URL, software string, admin *upstash.Client, now time.Time) string {
	info := serverInfo(ctx, admin)
	parts := []string{"another server of the REST API (not Upstash)"}
	switch {
	case software == devServer && info["edgeredis_devserver"] != "":
		parts[0] = "edgeredis dev server with its " + info["edgeredis_devserver"] + " Redis (not Upstash)"
	case software == devServer:
		parts[0] = "edgeredis dev server over a real Redis (not Upstash)"
	case strings.HasSuffix(strings.ToLower(base.Hostname()), ".upstash.io"):
		parts[0] = "Upstash"
		parts = append(parts, version(info, "upstash_version")...)
	}
	parts = append(parts, version(info, "redis_version")...)
	return strings.Join(parts, ", ") + dateMark + now.UTC().Format(time.DateOnly)
}

// devServer is the Server header of the dev server.
const devServer = "edgeredis-devserver"

func version(info map[string]string, field string) []string {
	if info[field] == "" {
		return nil
	}
	return []string{field + " " + info[field]}
}

const dateMark = ", recorded "

// sameServer compares two sources without their dates.
func sameServer(a, b string) bool {
	a, _, _ = strings.Cut(a, dateMark)
	b, _, _ = strings.Cut(b, dateMark)
	return a == b
}

// serverInfo reads the section "server" of INFO; it is empty when the server
// does not tell.
func serverInfo(ctx context.Context, admin *upstash.Client) map[string]string {
	info := map[string]string{}
	reply, err := admin.Do(ctx, upstash.NewCommand("INFO", "server"))
	if err != nil {
		return info
	}
	text, _ := reply.Text()
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if ok && slices.Contains([]string{"edgeredis_devserver", "upstash_version", "redis_version"}, name) {
			info[name] = value
		}
	}
	return info
}
