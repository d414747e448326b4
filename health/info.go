package health

import (
	"strconv"
	"strings"
)

// ServerInfo is what the server reports about itself. A nil field, or an empty
// text, is a figure that it does not report: Upstash, stock Redis and the dev
// server report different ones, and none is made up.
type ServerInfo struct {
	UpstashVersion string `json:"upstash_version,omitempty"`
	RedisVersion   string `json:"redis_version,omitempty"`
	// MemoryPolicy is maxmemory-policy: "noeviction" means that a full database
	// refuses writes.
	MemoryPolicy string `json:"memory_policy,omitempty"`

	UptimeSeconds *int64 `json:"uptime_seconds,omitempty"`
	Clients       *int64 `json:"connected_clients,omitempty"`
	MaxClients    *int64 `json:"max_clients,omitempty"`

	// MaxMemory is 0 when the server says that there is no limit.
	UsedMemory *int64 `json:"used_memory_bytes,omitempty"`
	MaxMemory  *int64 `json:"max_memory_bytes,omitempty"`
	// TotalData and MaxData are Upstash's figures for what is stored.
	TotalData *int64 `json:"total_data_bytes,omitempty"`
	MaxData   *int64 `json:"max_data_bytes,omitempty"`

	// Keys is the number of keys: Upstash's total_keys, else the sum over the
	// databases.
	Keys         *int64 `json:"keys,omitempty"`
	ExpiringKeys *int64 `json:"expiring_keys,omitempty"`

	KeyspaceHits   *int64   `json:"keyspace_hits,omitempty"`
	KeyspaceMisses *int64   `json:"keyspace_misses,omitempty"`
	OpsPerSecond   *float64 `json:"operations_per_second,omitempty"`
	MaxOps         *int64   `json:"max_operations_per_second,omitempty"`
	ExpiredKeys    *int64   `json:"expired_keys,omitempty"`
	EvictedKeys    *int64   `json:"evicted_keys,omitempty"`
	EvictedClients *int64   `json:"evicted_clients,omitempty"`
	Connections    *int64   `json:"connections_received,omitempty"`
	Commands       *int64   `json:"commands_processed,omitempty"`
	Reads          *int64   `json:"reads_processed,omitempty"`
	Writes         *int64   `json:"writes_processed,omitempty"`
}

// MemoryRatio is the fuller of memory and data, 0 to 1; ok is false when the
// server tells no use or no limit.
func (s ServerInfo) MemoryRatio() (ratio float64, ok bool) {
	for _, p := range [][2]*int64{{s.UsedMemory, s.MaxMemory}, {s.TotalData, s.MaxData}} {
		if p[0] != nil && p[1] != nil && *p[1] > 0 {
			ratio, ok = max(ratio, float64(*p[0])/float64(*p[1])), true
		}
	}
	return ratio, ok
}

// HitRatio is hits per keyspace lookup since the server counts, 0 to 1; ok is
// false when the server does not tell, or there was none.
func (s ServerInfo) HitRatio() (ratio float64, ok bool) {
	if s.KeyspaceHits == nil || s.KeyspaceMisses == nil {
		return 0, false
	}
	n := float64(*s.KeyspaceHits) + float64(*s.KeyspaceMisses)
	if n == 0 {
		return 0, false
	}
	return float64(*s.KeyspaceHits) / n, true
}

// maxInfo bounds what is read of an INFO reply; real ones have a few kilobytes.
const maxInfo = 1 << 20

// ParseInfo reads the reply of INFO. Nothing in it is required: lines that are
// not "name:value", unknown names, numbers that are none or negative are passed
// over; of a name that comes twice the first counts. Headings are not looked at,
// because servers put the same fields under different ones. Addresses of
// machines are never kept.
func ParseInfo(text string) ServerInfo {
	text = text[:min(len(text), maxInfo)]
	if !strings.Contains(text, "\n") { // seen in the wild: separators that are escaped
		text = strings.NewReplacer(`\\r\\n`, "\n", `\r\n`, "\n", `\\n`, "\n", `\n`, "\n").Replace(text)
	}
	var p infoParser
	p.fields()
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		p.line(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	if p.info.Keys == nil {
		p.info.Keys = p.keys
	}
	return p.info
}

type infoParser struct {
	info    ServerInfo
	keys    *int64 // summed over databases
	seenDBs map[[2]string]bool
	numbers map[string]**int64
	texts   map[string]*string
}

// fields says which line goes where.
func (p *infoParser) fields() {
	i := &p.info
	p.texts = map[string]*string{
		"upstash_version": &i.UpstashVersion, "redis_version": &i.RedisVersion, "maxmemory_policy": &i.MemoryPolicy,
	}
	p.numbers = map[string]**int64{
		"uptime_in_seconds": &i.UptimeSeconds, "connected_clients": &i.Clients, "maxclients": &i.MaxClients,
		"used_memory": &i.UsedMemory, "maxmemory": &i.MaxMemory,
		"total_data_size": &i.TotalData, "max_data_size": &i.MaxData, "total_keys": &i.Keys,
		"keyspace_hits": &i.KeyspaceHits, "keyspace_misses": &i.KeyspaceMisses, "max_ops_per_sec": &i.MaxOps,
		"expired_keys": &i.ExpiredKeys, "evicted_keys": &i.EvictedKeys, "evicted_clients": &i.EvictedClients,
		"total_connections_received": &i.Connections, "total_commands_processed": &i.Commands,
		"total_reads_processed": &i.Reads, "total_writes_processed": &i.Writes,
	}
}

func (p *infoParser) line(name, value string) {
	if to := p.texts[name]; to != nil && *to == "" && plainText(value) {
		*to = value
	}
	if to := p.numbers[name]; to != nil && *to == nil {
		*to = count(value)
	}
	if name == "instantaneous_ops_per_sec" && p.info.OpsPerSecond == nil {
		if f, err := strconv.ParseFloat(value, 64); err == nil && f >= 0 && f < 1e15 {
			p.info.OpsPerSecond = &f
		}
	}
	if strings.HasPrefix(name, "db") && count(name[2:]) != nil {
		p.database(name, value)
	}
}

// database reads "keys=15,expires=5,avg_ttl=3600".
func (p *infoParser) database(name, value string) {
	for field := range strings.SplitSeq(value, ",") {
		k, v, _ := strings.Cut(field, "=")
		n := count(v)
		if n == nil || p.seen(name, k) {
			continue
		}
		switch k {
		case "keys":
			p.keys = plus(p.keys, *n)
		case "expires":
			p.info.ExpiringKeys = plus(p.info.ExpiringKeys, *n)
		}
	}
}

// seen remembers a field of a database. Stock Redis has 16; more than 1,000 are
// not believed.
func (p *infoParser) seen(db, field string) bool {
	if field != "keys" && field != "expires" || len(p.seenDBs) >= 2000 {
		return true
	}
	if p.seenDBs == nil {
		p.seenDBs = map[[2]string]bool{}
	}
	key := [2]string{db, field}
	known := p.seenDBs[key]
	p.seenDBs[key] = true
	return known
}

// count reads a number that cannot be negative.
func count(s string) *int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return nil
	}
	return &n
}

// plus adds without overflow.
func plus(to *int64, n int64) *int64 {
	if to != nil {
		n += *to
		if n < 0 {
			return to
		}
	}
	return &n
}

// plainText keeps versions and names of policies, nothing that could disturb a
// terminal, a page or a log.
func plainText(s string) bool {
	if len(s) > 64 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-+", r) {
			return false
		}
	}
	return true
}
