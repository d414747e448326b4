package keys

import "time"

// The lifetimes of the platform's keys.
const (
	TTLUser    = time.Hour
	TTLCreator = time.Hour
	TTLBrand   = time.Hour
	TTLProject = 30 * time.Minute
	TTLAsset   = 30 * time.Minute
	TTLLicense = 15 * time.Minute
	TTLList    = 5 * time.Minute
	TTLSearch  = time.Minute

	TTLUploadSession     = 15 * time.Minute
	TTLOnboardingSession = 24 * time.Hour

	// WindowHour and WindowLogin are the windows of the rate limits.
	WindowHour  = time.Hour
	WindowLogin = 15 * time.Minute

	TTLAPILimit     = WindowHour
	TTLUploadLimit  = WindowHour
	TTLMessageLimit = WindowHour
	TTLExportLimit  = WindowHour
	TTLLoginLimit   = WindowLogin

	TTLRoyaltyRunLock = 5 * time.Minute
	TTLPayoutLock     = 5 * time.Minute

	// TTLDailyCounter outlives the day that it counts, in any time zone.
	TTLDailyCounter = 48 * time.Hour
	// TTLMonthlyCounter outlives the month that it counts.
	TTLMonthlyCounter = 32 * 24 * time.Hour

	TTLFeatureFlag = 5 * time.Minute
	TTLRollout     = time.Hour

	TTLRequestRecord = 24 * time.Hour
	TTLPaymentRecord = 7 * 24 * time.Hour
	TTLWebhookRecord = 72 * time.Hour

	// NoTTL is for keys whose lifetime is not the schema's business: queues, and
	// the epochs of tags, which must outlive every entry.
	NoTTL = time.Duration(0)
)

// declared is [Declare] without the checks, for which a test stands in: the compiler
// lays such a kind out, and no program starts with code for twenty-eight of them.
func declared(c Category, entity string, ttl time.Duration) Kind {
	return Kind{category: c, entity: entity, ttl: ttl}
}

// The kinds of the platform.
var (
	KindUser    = declared(Cache, "user", TTLUser)
	KindCreator = declared(Cache, "creator", TTLCreator)
	KindBrand   = declared(Cache, "brand", TTLBrand)
	KindProject = declared(Cache, "project", TTLProject)
	KindAsset   = declared(Cache, "asset", TTLAsset)
	KindLicense = declared(Cache, "license", TTLLicense)
	KindList    = declared(Cache, "list", TTLList)
	KindSearch  = declared(Cache, "search", TTLSearch)

	KindUploadSession     = declared(Session, "upload", TTLUploadSession)
	KindOnboardingSession = declared(Session, "onboarding", TTLOnboardingSession)

	KindEmailQueue   = declared(Jobs, "email", NoTTL)
	KindFileQueue    = declared(Jobs, "file-processing", NoTTL)
	KindRoyaltyQueue = declared(Jobs, "royalty-calculation", NoTTL)

	KindAPILimit     = declared(RateLimit, "api", TTLAPILimit)
	KindUploadLimit  = declared(RateLimit, "upload", TTLUploadLimit)
	KindMessageLimit = declared(RateLimit, "message", TTLMessageLimit)
	KindExportLimit  = declared(RateLimit, "export", TTLExportLimit)
	KindLoginLimit   = declared(RateLimit, "login", TTLLoginLimit)

	KindRoyaltyRunLock = declared(Lock, "royalty-run", TTLRoyaltyRunLock)
	KindPayoutLock     = declared(Lock, "payout", TTLPayoutLock)

	KindDailyCounter   = declared(Counter, "daily", TTLDailyCounter)
	KindMonthlyCounter = declared(Counter, "monthly", TTLMonthlyCounter)
	// KindEpoch numbers the invalidations of a tag; see package cache.
	KindEpoch = declared(Counter, "cache-epoch", NoTTL)

	KindFeatureFlag = declared(Flag, "feature", TTLFeatureFlag)
	KindRollout     = declared(Flag, "rollout", TTLRollout)

	KindRequestRecord = declared(Idempotency, "request", TTLRequestRecord)
	KindPaymentRecord = declared(Idempotency, "payment", TTLPaymentRecord)
	KindWebhookRecord = declared(Idempotency, "webhook", TTLWebhookRecord)
)

// Platform returns the catalog of the kinds that this package declares. Add your
// own with [Catalog.With].
func Platform() Catalog {
	return Catalog{[]Kind{
		KindUser, KindCreator, KindBrand, KindProject, KindAsset, KindLicense, KindList, KindSearch,
		KindUploadSession, KindOnboardingSession,
		KindEmailQueue, KindFileQueue, KindRoyaltyQueue,
		KindAPILimit, KindUploadLimit, KindMessageLimit, KindExportLimit, KindLoginLimit,
		KindRoyaltyRunLock, KindPayoutLock,
		KindDailyCounter, KindMonthlyCounter, KindEpoch,
		KindFeatureFlag, KindRollout,
		KindRequestRecord, KindPaymentRecord, KindWebhookRecord,
	}}
}
