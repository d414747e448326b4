package ratelimit

import "github.com/yesgoddess/edgeredis/upstash/keys"

// A Policy is an algorithm with a name: whose keys it counts in, and what
// headers, events and statistics call it.
type Policy struct {
	// Kind names the keys, "ratelimit:{entity}:{id}"; its entity is the policy's
	// name. Its TTL is not used: every key lives as long as its state matters.
	Kind keys.Kind
	// Algorithm counts.
	Algorithm Algorithm
}

// NewPolicy returns a policy with keys of its own, "ratelimit:{name}:{id}". The
// name is 1 to 64 lower-case letters, digits and inner hyphens; a bad one is
// reported by [New].
func NewPolicy(name string, a Algorithm) Policy {
	ttl := a.window
	if a.bad != "" { // New blames the algorithm, not the name
		ttl = 0
	}
	kind, err := keys.NewKind(keys.RateLimit, name, ttl)
	if err != nil {
		return Policy{Algorithm: a}
	}
	return Policy{Kind: kind, Algorithm: a}
}

// Name returns the policy's name, the entity of its keys.
func (p Policy) Name() string { return p.Kind.Entity() }

// With returns p with another algorithm.
func (p Policy) With(a Algorithm) Policy {
	p.Algorithm = a
	return p
}

// The policies that users of the platform expect. They are ordinary values: use
// With to change the numbers or the algorithm.

// API allows 1,000 requests per hour and user.
func API() Policy { return preset(keys.KindAPILimit, 1000) }

// Upload allows 50 uploads per hour and user.
func Upload() Policy { return preset(keys.KindUploadLimit, 50) }

// Message allows 100 messages per hour and user.
func Message() Policy { return preset(keys.KindMessageLimit, 100) }

// Export allows 10 exports per hour and user.
func Export() Policy { return preset(keys.KindExportLimit, 10) }

// Login allows 5 attempts per 15 minutes and e-mail address. Normalise the
// address before it is used as the id. Consider [FailDeny] or [FailLocal] for it.
func Login() Policy { return preset(keys.KindLoginLimit, 5) }

// Presets returns all of them.
func Presets() []Policy { return []Policy{API(), Upload(), Message(), Export(), Login()} }

// preset takes the window from the key schema.
func preset(kind keys.Kind, limit int64) Policy {
	return Policy{Kind: kind, Algorithm: SlidingWindow(limit, kind.TTL())}
}

// check says what is wrong with p.
func (p *Policy) check() error {
	switch {
	case p.Kind.IsZero():
		return &OptionError{Option: "Policy.Kind", Reason: "is not declared, or its name is not 1 to 64 lower-case letters, digits and inner hyphens"}
	case p.Kind.Category() != keys.RateLimit:
		return &OptionError{Option: "Policy.Kind", Reason: "is not of the category ratelimit"}
	}
	return p.Algorithm.check("Policy.Algorithm")
}

// check says what is wrong with a; it is not inlined because it is much code.
//
//go:noinline
func (a *Algorithm) check(option string) error {
	switch {
	case a.kind == 0:
		return &OptionError{Option: option, Reason: "is not set"}
	case a.bad != "":
		return &OptionError{Option: option, Reason: "cannot work: " + a.bad}
	}
	return nil
}
