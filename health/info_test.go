package health_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/health"
)

// upstashInfo has the fields of a mock that claims a real answer of 2025 as its
// base, headings included.
const upstashInfo = "# Server\r\nupstash_version:1.13.3\r\nredis_version:6.2.6\r\nredis_git_sha1:b8ef06c\r\nredis_build_id:20250422\r\nredis_mode:standalone\r\n\r\n" +
	"# Clients\r\nconnected_clients:3\r\nmaxclients:10000\r\n\r\n" +
	"# Memory\r\nused_memory:1024\r\nused_memory_human:1.000KB\r\nmaxmemory:67108864\r\nmaxmemory_human:64.000MB\r\nmaxmemory_policy:noeviction\r\n\r\n" +
	"# Persistence\r\ntotal_keys:15\r\ntotal_data_size:241591910\r\ntotal_data_size_human:230.400MB\r\nmax_data_size:268435456\r\nmax_data_size_human:256.000MB\r\n\r\n" +
	"# Stats\r\ntotal_connections_received:7\r\ntotal_commands_processed:100\r\ninstantaneous_ops_per_sec:12\r\nmax_ops_per_sec:10000\r\nevicted_clients:0\r\nexpired_keys:4\r\nevicted_keys:0\r\nkeyspace_hits:60\r\nkeyspace_misses:40\r\ntotal_reads_processed:70\r\ntotal_writes_processed:30\r\n\r\n" +
	"# Keyspace\r\ndb0:keys=14,expires=5,avg_ttl=3600\r\n\r\n" +
	"# Cluster\r\ncluster_enabled:0\r\nlocal_member:10.1.2.3:7000\r\nprimary_member:10.1.2.4:7000\r\n"

const upstashWant = `{"upstash_version":"1.13.3","redis_version":"6.2.6","memory_policy":"noeviction","connected_clients":3,"max_clients":10000,` +
	`"used_memory_bytes":1024,"max_memory_bytes":67108864,"total_data_bytes":241591910,"max_data_bytes":268435456,"keys":15,"expiring_keys":5,` +
	`"keyspace_hits":60,"keyspace_misses":40,"operations_per_second":12,"max_operations_per_second":10000,"expired_keys":4,"evicted_keys":0,` +
	`"evicted_clients":0,"connections_received":7,"commands_processed":100,"reads_processed":70,"writes_processed":30}`

func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestParseInfo(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, want string }{
		"Upstash":                     {upstashInfo, upstashWant},
		"separators escaped once":     {strings.ReplaceAll(upstashInfo, "\r\n", `\r\n`), upstashWant},
		"separators escaped twice":    {strings.ReplaceAll(upstashInfo, "\r\n", `\\r\\n`), upstashWant},
		"only a version":              {"# Server\r\nupstash_version:1.10.5\r\n", `{"upstash_version":"1.10.5"}`},
		"nothing":                     {"", `{}`},
		"a heading only":              {"# Nonsense\r\n", `{}`},
		"no numbers":                  {"used_memory:1.5GB\nmaxmemory:-1\nkeyspace_hits:\nmaxclients:99999999999999999999\n", `{}`},
		"text that could do harm":     {"redis_version:<script>\nupstash_version:\x1b[2J\n", `{}`},
		"the first of two counts":     {"used_memory:1\nused_memory:2\n", `{"used_memory_bytes":1}`},
		"databases are added up":      {"db0:keys=3,expires=1\ndb7:keys=4,expires=0\ndb7:keys=9\n", `{"keys":7,"expiring_keys":1}`},
		"zero is zero, not absent":    {"maxmemory:0\nevicted_keys:0\n", `{"max_memory_bytes":0,"evicted_keys":0}`},
		"sums do not overflow":        {"db0:keys=9223372036854775807\ndb1:keys=1\n", `{"keys":9223372036854775807}`},
		"a database without a number": {"dbx:keys=3\ndb:keys=1\n", `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := asJSON(t, health.ParseInfo(tc.text)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// The file is the answer of a Redis 7.0.15, without lines about its machine.
func TestParseInfoOfRedis7(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/info_redis7.txt")
	if err != nil {
		t.Fatal(err)
	}
	i := health.ParseInfo(string(text))
	if i.RedisVersion != "7.0.15" || *i.Clients != 1 || *i.UsedMemory != 1015896 || *i.MaxMemory != 104857600 ||
		*i.KeyspaceHits != 1 || *i.KeyspaceMisses != 1 || *i.Keys != 2 || *i.ExpiringKeys != 1 || i.TotalData != nil || i.UpstashVersion != "" {
		t.Errorf("got %s", asJSON(t, i))
	}
	if v, ok := i.HitRatio(); !ok || v != 0.5 {
		t.Errorf("hit ratio %v %v", v, ok)
	}
}

func TestMemoryRatio(t *testing.T) {
	t.Parallel()
	if v, ok := health.ParseInfo(upstashInfo).MemoryRatio(); !ok || v < 0.8999 || v > 0.9001 {
		t.Errorf("the fuller of the two is 90 %%: got %v %v", v, ok)
	}
	if _, ok := health.ParseInfo("used_memory:5\nmaxmemory:0\n").MemoryRatio(); ok {
		t.Error("a ratio without a limit")
	}
}

func FuzzParseInfo(f *testing.F) {
	redis, _ := os.ReadFile("testdata/info_redis7.txt")
	f.Add(string(redis))
	f.Add(upstashInfo)
	f.Add("db0:keys=1,expires=\n:::\n#\nused_memory:1\r\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		i := health.ParseInfo(text)
		var fields map[string]any
		if err := json.Unmarshal([]byte(asJSON(t, i)), &fields); err != nil {
			t.Fatal(err)
		}
		for name, v := range fields {
			if n, ok := v.(float64); ok && n < 0 {
				t.Errorf("%s is negative: %v", name, n)
			}
		}
		if v, ok := i.HitRatio(); ok && !(v >= 0 && v <= 1) {
			t.Errorf("hit ratio %v", v)
		}
		if v, ok := i.MemoryRatio(); ok && !(v >= 0) {
			t.Errorf("memory ratio %v", v)
		}
	})
}
