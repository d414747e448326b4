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

// The kinds of the platform.
var (
	KindUser    = Of(Cache, "user", TTLUser)
	KindCreator = Of(Cache, "creator", TTLCreator)
	KindBrand   = Of(Cache, "brand", TTLBrand)
	KindProject = Of(Cache, "project", TTLProject)
	KindAsset   = Of(Cache, "asset", TTLAsset)
	KindLicense = Of(Cache, "license", TTLLicense)
	KindList    = Of(Cache, "list", TTLList)
	KindSearch  = Of(Cache, "search", TTLSearch)

	KindUploadSession     = Of(Session, "upload", TTLUploadSession)
	KindOnboardingSession = Of(Session, "onboarding", TTLOnboardingSession)

	KindEmailQueue   = Of(Jobs, "email", NoTTL)
	KindFileQueue    = Of(Jobs, "file-processing", NoTTL)
	KindRoyaltyQueue = Of(Jobs, "royalty-calculation", NoTTL)

	KindAPILimit     = Of(RateLimit, "api", TTLAPILimit)
	KindUploadLimit  = Of(RateLimit, "upload", TTLUploadLimit)
	KindMessageLimit = Of(RateLimit, "message", TTLMessageLimit)
	KindExportLimit  = Of(RateLimit, "export", TTLExportLimit)
	KindLoginLimit   = Of(RateLimit, "login", TTLLoginLimit)

	KindRoyaltyRunLock = Of(Lock, "royalty-run", TTLRoyaltyRunLock)
	KindPayoutLock     = Of(Lock, "payout", TTLPayoutLock)

	KindDailyCounter   = Of(Counter, "daily", TTLDailyCounter)
	KindMonthlyCounter = Of(Counter, "monthly", TTLMonthlyCounter)
	// KindEpoch numbers the invalidations of a tag; see package cache.
	KindEpoch = Of(Counter, "cache-epoch", NoTTL)

	KindFeatureFlag = Of(Flag, "feature", TTLFeatureFlag)
	KindRollout     = Of(Flag, "rollout", TTLRollout)

	KindRequestRecord = Of(Idempotency, "request", TTLRequestRecord)
	KindPaymentRecord = Of(Idempotency, "payment", TTLPaymentRecord)
	KindWebhookRecord = Of(Idempotency, "webhook", TTLWebhookRecord)
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
