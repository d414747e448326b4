package keys_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/keys"
)

func TestKey(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, got, want string }{
		{"number", keys.User("123"), "cache:user:123"},
		{"uuid", keys.Creator("8f14e45f-ceea-467f-a0e6-5ad1c9b0e1d2"), "cache:creator:8f14e45f-ceea-467f-a0e6-5ad1c9b0e1d2"},
		{"e-mail", keys.LoginLimit("a.b+c@example.com"), "ratelimit:login:a.b+c@example.com"},
		{"punctuation", keys.Asset("a/b_c~d!e$f&g'(h),;=i{j}|k<l>\"#^`"), "cache:asset:a/b_c~d!e$f&g'(h),;=i{j}|k<l>\"#^`"},
		{"letters beyond ASCII", keys.Brand("Zoë-日本-😀"), "cache:brand:Zoë-日本-😀"},
		{"colon", keys.User("a:b"), "cache:user:a%3Ab"},
		{"glob", keys.User("*?[a]\\"), "cache:user:%2A%3F%5Ba%5D%5C"},
		{"percent", keys.User("%3A"), "cache:user:%253A"},
		{"blanks", keys.User("a b\tc\nd\u00a0e\u3000"), "cache:user:a%20b%09c%0Ad%C2%A0e%E3%80%80"},
		{"control", keys.User("\x00\x1f\x7f\u0085"), "cache:user:%00%1F%7F%C2%85"},
		{"invisible", keys.User("a\u200bb\u202ec\ufeff"), "cache:user:a%E2%80%8Bb%E2%80%AEc%EF%BB%BF"},
		{"not UTF-8", keys.User("\xff\xc3"), "cache:user:%FF%C3"},
		{"replacement character", keys.User("\ufffd"), "cache:user:\ufffd"},
		{"two parts", keys.DailyCounter("views", "2026-11-23"), "counter:daily:views:2026-11-23"},
		{"queue", keys.EmailQueue(), "jobs:email"},
		{"tag", keys.KindUser.Tag("1:2"), "user:1%3A2"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

func TestGenerators(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"cache:project:7": keys.Project("7"), "cache:license:7": keys.License("7"), "cache:brand:7": keys.Brand("7"),
		"session:upload:7": keys.UploadSession("7"), "session:onboarding:7": keys.OnboardingSession("7"),
		"jobs:file-processing": keys.FileQueue(), "jobs:royalty-calculation": keys.RoyaltyQueue(),
		"ratelimit:api:7": keys.APILimit("7"), "ratelimit:upload:7": keys.UploadLimit("7"),
		"ratelimit:message:7": keys.MessageLimit("7"), "ratelimit:export:7": keys.ExportLimit("7"),
		"lock:royalty-run:7": keys.RoyaltyRunLock("7"), "lock:payout:7": keys.PayoutLock("7"),
		"counter:monthly:views:2026-11": keys.MonthlyCounter("views", "2026-11"),
		"flag:feature:7":                keys.FeatureFlag("7"), "idempotency:request:7": keys.RequestRecord("7"),
		"idempotency:payment:7": keys.PaymentRecord("7"), "idempotency:webhook:7": keys.WebhookRecord("7"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestSchema checks the table of the design, which other services rely on.
func TestSchema(t *testing.T) {
	t.Parallel()
	cat := keys.Platform()
	for key, ttl := range map[string]time.Duration{
		"cache:user:1": time.Hour, "cache:creator:1": time.Hour, "cache:brand:1": time.Hour,
		"cache:project:1": 30 * time.Minute, "cache:asset:1": 30 * time.Minute, "cache:license:1": 15 * time.Minute,
		"session:upload:1": 15 * time.Minute, "session:onboarding:1": 24 * time.Hour,
		"ratelimit:api:1": time.Hour, "ratelimit:upload:1": time.Hour, "ratelimit:message:1": time.Hour,
		"ratelimit:export:1": time.Hour, "ratelimit:login:a@b.c": 15 * time.Minute,
		"lock:royalty-run:1": 5 * time.Minute, "lock:payout:1": 5 * time.Minute,
		"jobs:email": 0, "jobs:file-processing": 0, "jobs:royalty-calculation": 0,
	} {
		k, _, err := cat.Parse(key)
		if err != nil || k.TTL() != ttl {
			t.Errorf("%s: TTL %v, error %v; want %v", key, k.TTL(), err, ttl)
		}
	}
	seen, withTTL := map[keys.Category]bool{}, 0
	for k := range cat.All() {
		seen[k.Category()] = true
		if k.TTL() > 0 {
			withTTL++
		}
	}
	if withTTL < 20 {
		t.Errorf("%d kinds name a TTL, want at least 20", withTTL)
	}
	if len(seen) != 8 || len(keys.Categories()) != 8 {
		t.Errorf("%d of 8 categories are used", len(seen))
	}
	if _, err := keys.NewCatalog(slices.Collect(cat.All())...); err != nil {
		t.Errorf("the platform's kinds overlap: %v", err)
	}
}

func TestDeclare(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		cat    keys.Category
		entity string
		ttl    time.Duration
		ok     bool
	}{
		{"good", keys.Cache, "invoice-2", time.Minute, true},
		{"no TTL", keys.Jobs, "mail", 0, true},
		{"a millisecond", keys.Cache, "x", time.Millisecond, true},
		{"no category", 0, "x", time.Minute, false},
		{"unknown category", 9, "x", time.Minute, false},
		{"empty", keys.Cache, "", time.Minute, false},
		{"colon", keys.Cache, "a:b", time.Minute, false},
		{"upper case", keys.Cache, "User", time.Minute, false},
		{"leading hyphen", keys.Cache, "-a", time.Minute, false},
		{"trailing hyphen", keys.Cache, "a-", time.Minute, false},
		{"glob", keys.Cache, "a*", time.Minute, false},
		{"too long", keys.Cache, strings.Repeat("a", 65), time.Minute, false},
		{"negative TTL", keys.Cache, "x", -1, false},
		{"TTL below a millisecond", keys.Cache, "x", time.Microsecond, false},
	} {
		k, err := keys.NewKind(tc.cat, tc.entity, tc.ttl)
		if (err == nil) != tc.ok || k.IsZero() == tc.ok {
			t.Errorf("%s: %v, %v", tc.name, k, err)
		}
		if err != nil && !errors.Is(err, keys.ErrBadKind) {
			t.Errorf("%s: %v is not ErrBadKind", tc.name, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Declare of a bad kind does not panic")
		}
	}()
	keys.Declare(keys.Cache, "a:b", 0)
}

// TestPlatformKinds makes up for the checks that the catalog leaves out.
func TestPlatformKinds(t *testing.T) {
	t.Parallel()
	for k := range keys.Platform().All() {
		if again, err := keys.NewKind(k.Category(), k.Entity(), k.TTL()); err != nil || again != k {
			t.Errorf("%s: %v", k, err)
		}
	}
}

func TestMake(t *testing.T) {
	t.Parallel()
	room := keys.MaxLength - len("cache:user:")
	for _, tc := range []struct {
		name string
		kind keys.Kind
		id   []string
		want error
	}{
		{"good", keys.KindUser, []string{"1"}, nil},
		{"longest", keys.KindUser, []string{strings.Repeat("a", room)}, nil},
		{"too long", keys.KindUser, []string{strings.Repeat("a", room+1)}, keys.ErrTooLong},
		{"too long once escaped", keys.KindUser, []string{strings.Repeat(":", room/3+1)}, keys.ErrTooLong},
		{"empty id", keys.KindUser, []string{""}, keys.ErrBadKind},
		{"empty part", keys.KindUser, []string{"a", ""}, keys.ErrBadKind},
		{"undeclared", keys.Kind{}, []string{"a"}, keys.ErrBadKind},
	} {
		key, err := tc.kind.Make(tc.id...)
		if !errors.Is(err, tc.want) || err == nil && key != tc.kind.Key(tc.id...) {
			t.Errorf("%s: error %v, want %v", tc.name, err, tc.want)
		}
		if e, ok := errors.AsType[*keys.LengthError](err); ok && e.Length <= keys.MaxLength {
			t.Errorf("%s: length %d is within the limit", tc.name, e.Length)
		}
		if err != nil && strings.Contains(err.Error(), "aaa") {
			t.Errorf("%s: the error quotes the id", tc.name)
		}
	}
	if err := keys.Check(""); !errors.Is(err, keys.ErrBadKind) {
		t.Errorf("empty key: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"", "cache", "cache:", "cache::1", "nothing:user:1", "Cache:user:1", "cache:User:1",
		"cache:user:a b", "cache:user:a*", "cache:user:%", "cache:user:%4", "cache:user:%zz",
		"cache:user:%3a", "cache:user:%41", "cache:user:\xff", "cache:us%20er:1",
	} {
		if n, err := keys.Parse(key); !errors.Is(err, keys.ErrForeign) {
			t.Errorf("Parse(%q) = %+v, %v", key, n, err)
		}
	}
	if _, _, err := keys.Platform().Parse("cache:unheard-of:1"); !errors.Is(err, keys.ErrForeign) {
		t.Errorf("a kind that is not in the catalog: %v", err)
	}
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	invoice := keys.Declare(keys.Cache, "invoice", time.Minute)
	cat, err := keys.Platform().With(invoice)
	if err != nil {
		t.Fatal(err)
	}
	if k, id, err := cat.Parse(invoice.Key("a:b", "c")); err != nil || k != invoice || !slices.Equal(id, []string{"a:b", "c"}) {
		t.Errorf("got %v, %q, %v", k, id, err)
	}
	if keys.Platform().Len() != cat.Len()-1 {
		t.Error("With changed the catalog it was called on")
	}
	if _, err := cat.With(invoice.WithTTL(time.Hour)); !errors.Is(err, keys.ErrBadKind) {
		t.Errorf("a kind declared twice: %v", err)
	}
	if _, err := cat.With(keys.Kind{}); !errors.Is(err, keys.ErrBadKind) {
		t.Errorf("an undeclared kind: %v", err)
	}
}

func TestZeroPatternMatchesNothing(t *testing.T) {
	t.Parallel()
	for _, p := range []keys.Pattern{{}, keys.Kind{}.Pattern(), keys.Kind{}.PatternOf("1"), keys.Category(0).Pattern()} {
		if !p.IsZero() || p.String() != "" || p.Match("cache:user:1") || p.Match("") {
			t.Errorf("pattern %q is not empty", p)
		}
	}
}
