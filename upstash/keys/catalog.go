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
	KindUser    = Declare(Cache, "user", TTLUser)
	KindCreator = Declare(Cache, "creator", TTLCreator)
	KindBrand   = Declare(Cache, "brand", TTLBrand)
	KindProject = Declare(Cache, "project", TTLProject)
	KindAsset   = Declare(Cache, "asset", TTLAsset)
	KindLicense = Declare(Cache, "license", TTLLicense)
	KindList    = Declare(Cache, "list", TTLList)
	KindSearch  = Declare(Cache, "search", TTLSearch)

	KindUploadSession     = Declare(Session, "upload", TTLUploadSession)
	KindOnboardingSession = Declare(Session, "onboarding", TTLOnboardingSession)

	KindEmailQueue   = Declare(Jobs, "email", NoTTL)
	KindFileQueue    = Declare(Jobs, "file-processing", NoTTL)
	KindRoyaltyQueue = Declare(Jobs, "royalty-calculation", NoTTL)

	KindAPILimit     = Declare(RateLimit, "api", TTLAPILimit)
	KindUploadLimit  = Declare(RateLimit, "upload", TTLUploadLimit)
	KindMessageLimit = Declare(RateLimit, "message", TTLMessageLimit)
	KindExportLimit  = Declare(RateLimit, "export", TTLExportLimit)
	KindLoginLimit   = Declare(RateLimit, "login", TTLLoginLimit)

	KindRoyaltyRunLock = Declare(Lock, "royalty-run", TTLRoyaltyRunLock)
	KindPayoutLock     = Declare(Lock, "payout", TTLPayoutLock)

	KindDailyCounter   = Declare(Counter, "daily", TTLDailyCounter)
	KindMonthlyCounter = Declare(Counter, "monthly", TTLMonthlyCounter)
	// KindEpoch numbers the invalidations of a tag; see package cache.
	KindEpoch = Declare(Counter, "cache-epoch", NoTTL)

	KindFeatureFlag = Declare(Flag, "feature", TTLFeatureFlag)
	KindRollout     = Declare(Flag, "rollout", TTLRollout)

	KindRequestRecord = Declare(Idempotency, "request", TTLRequestRecord)
	KindPaymentRecord = Declare(Idempotency, "payment", TTLPaymentRecord)
	KindWebhookRecord = Declare(Idempotency, "webhook", TTLWebhookRecord)
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
