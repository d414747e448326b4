//go:build !wasm

package main

import (
	"strconv"
	"strings"

	"github.com/yesgoddess/edgeredis/health"
)

// showMetrics writes a table of what is known.
func (in *invocation) showMetrics(s health.Snapshot, ok bool) {
	style := styleGreen
	if !ok {
		style = styleRed
	}
	in.row("status", in.out.styled(style, s.Health.Status.String()))
	for _, r := range s.Health.Reasons {
		in.row("", fold(r.Code+": "+r.Message+"; "+r.Advice, rowIndent))
	}
	if t := s.Traffic; t != nil {
		in.row("latency P50", inMS(t.LatencyP50MS))
		in.row("latency P95", inMS(t.LatencyP95MS))
		in.row("latency P99", inMS(t.LatencyP99MS))
		in.row("errors", inPercent(t.ErrorRate))
	}
	if s.ServerError != "" {
		in.row("server", "INFO could not be had: "+s.ServerError)
	}
	if s.Server != nil {
		in.showServer(s.Server)
	}
	for _, a := range s.Alerts {
		if a.Name == "status" { // it stands at the top
			continue
		}
		name := strings.ReplaceAll(a.Name, "_", " ")
		if a.Of != "" {
			name += " of " + a.Of
		}
		in.row("ALERT", in.out.styled(styleRed, name)+": "+fold(a.Message, rowIndent+len(name)+2))
	}
}

func (in *invocation) showServer(s *health.ServerJSON) {
	version := s.UpstashVersion
	if version != "" {
		version = "Upstash " + version + "  "
	}
	if s.RedisVersion != "" {
		version += "Redis " + s.RedisVersion
	}
	in.row("server", version)
	in.row("memory", of(inBytes(s.UsedMemory), inBytes(unlessZero(s.MaxMemory))))
	in.row("data", of(inBytes(s.TotalData), inBytes(unlessZero(s.MaxData))))
	in.row("in use", inPercent(s.MemoryRatio))
	in.row("hit rate", inPercent(s.HitRatio))
	in.row("keys", inCount(s.Keys))
	in.row("clients", of(inCount(s.Clients), inCount(s.MaxClients)))
	if s.OpsPerSecond != nil {
		in.row("commands/s", strconv.FormatFloat(*s.OpsPerSecond, 'f', -1, 64))
	}
	in.row("expired", inCount(s.ExpiredKeys))
	in.row("evicted", inCount(s.EvictedKeys))
}

// rowIndent is where the values of a table begin.
const rowIndent = 13

// row writes a line of the table, none when the value is absent.
func (in *invocation) row(name, value string) {
	if value != "" {
		in.out.line(in.out.styled(styleDim, pad(name, rowIndent)), value)
	}
}

func of(part, whole string) string {
	if part == "" || whole == "" {
		return part
	}
	return part + " of " + whole
}

func unlessZero(n *int64) *int64 {
	if n != nil && *n == 0 {
		return nil
	}
	return n
}

func inMS(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', 2, 64) + " ms"
}

func inPercent(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(100**v, 'f', 1, 64) + " %"
}

func inBytes(n *int64) string {
	if n == nil {
		return ""
	}
	return byteCount(int(*n))
}

func inCount(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// signed shows the sign also of what is positive.
func signed(v float64) string {
	s := strconv.FormatFloat(v, 'f', 1, 64)
	if v > 0 {
		return "+" + s
	}
	return s
}
