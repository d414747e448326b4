package health

import "time"

// reasonOf says what a failure of kind k means for the database as a whole. ok is
// false for kinds that say nothing about it.
func reasonOf(k Kind) (r Reason, ok bool) {
	for _, row := range kindReasons {
		if row.kind == k {
			return row.Reason, true
		}
	}
	return Reason{}, false
}

var kindReasons = []struct {
	kind Kind
	Reason
}{
	{NotSent, Reason{
		"unreachable", Unhealthy, "no connection can be made; nothing was sent",
		"check the URL, DNS and the network's way out, and whether the database still exists",
	}},
	{TimedOut, Reason{
		"timeout", Unhealthy, "the database does not answer in time",
		"look at the provider's status page and at the network; if single commands are slow, run those in smaller pieces",
	}},
	{Lost, Reason{
		"connection_lost", Unhealthy, "connections break before the answer is complete",
		"look at proxies and firewalls on the way; writes may have been applied, see the count of maybe applied attempts",
	}},
	{Protocol, Reason{
		"not_redis", Unhealthy, "something else than the Redis REST API answers",
		"check the URL: it has no path, and no web page, login or redirect may answer in its place",
	}},
	{Gateway, Reason{
		"server_failing", Unhealthy, "the server, or something in front of it, answers with errors (HTTP 5xx)",
		"look at the provider's status page; with a server of your own, at the Redis behind it",
	}},
	{Unauthorized, Reason{
		"wrong_token", Unhealthy, "the server does not accept the token",
		"copy the REST token of this database anew; it may have been revoked or reset",
	}},
	{Quota, Reason{
		"quota_exhausted", Unhealthy, "the plan's number of commands is used up",
		"raise the plan or its budget, or wait for the next day or month, as the plan counts",
	}},
	{NoPermission, Reason{
		"read_only_token", Degraded, "the token may not write: it is read-only or restricted",
		"use the standard token of the database, or say that a read-only one is meant (Options.ReadOnly, --read-only)",
	}},
	{ReadOnly, Reason{
		"writes_rejected", Degraded, "the server takes no writes at the moment",
		"wait: during an upgrade of the server this ends by itself",
	}},
	{Capacity, Reason{
		"database_full", Degraded, "the database is full; reading and deleting still work",
		"delete data, turn eviction on or raise the plan",
	}},
	{Throttled, Reason{
		"throttled", Degraded, "the server turns requests away",
		"send fewer requests at a time, batch them, or raise the plan",
	}},
}

func reasonRefused() Reason {
	return Reason{
		"check_refused", Degraded, "the server refused a command of the check",
		"the token may be restricted to other commands; give it PING, TIME, SET, GET and DEL",
	}
}

func reasonSlow(took, limit time.Duration) Reason {
	return Reason{
		"slow_link", Degraded,
		"answers take " + took.Round(time.Millisecond).String() + ", more than " + limit.String(),
		"choose a region near the database, keep connections alive and batch commands; if it began suddenly, look at the network",
	}
}

func reasonSkew(skew time.Duration) Reason {
	return Reason{
		"clock_skew", Degraded,
		"this machine's clock and the server's differ by " + skew.Abs().Round(time.Millisecond).String(),
		"synchronise this machine's clock (NTP): times of expiry and signatures depend on it",
	}
}

func reasonStale() Reason {
	return Reason{
		"stale_read", Degraded, "a value that was just written was not read back",
		"a replica may lag: leave read-your-writes on (Config.Eventual false)",
	}
}

func reasonAllowance() Reason {
	return Reason{
		"probe_allowance_used", Degraded, "no probe was sent: the checker's own allowance of commands is used up",
		"raise Options.ProbesPerDay, or check less often; the last known state is shown",
	}
}
