package keys

// User is the key of a cached user, "cache:user:{id}".
func User(id string) string { return KindUser.Key(id) }

// Creator is the key of a cached creator, "cache:creator:{id}".
func Creator(id string) string { return KindCreator.Key(id) }

// Brand is the key of a cached brand, "cache:brand:{id}".
func Brand(id string) string { return KindBrand.Key(id) }

// Project is the key of a cached project, "cache:project:{id}".
func Project(id string) string { return KindProject.Key(id) }

// Asset is the key of a cached asset, "cache:asset:{id}".
func Asset(id string) string { return KindAsset.Key(id) }

// License is the key of a cached license, "cache:license:{id}".
func License(id string) string { return KindLicense.Key(id) }

// UploadSession is the key of an upload in progress, "session:upload:{id}".
func UploadSession(id string) string { return KindUploadSession.Key(id) }

// OnboardingSession is the key of a user's onboarding,
// "session:onboarding:{userID}".
func OnboardingSession(userID string) string { return KindOnboardingSession.Key(userID) }

// EmailQueue is the queue of e-mails, "jobs:email".
func EmailQueue() string { return KindEmailQueue.Key() }

// FileQueue is the queue of files to process, "jobs:file-processing".
func FileQueue() string { return KindFileQueue.Key() }

// RoyaltyQueue is the queue of royalty calculations, "jobs:royalty-calculation".
func RoyaltyQueue() string { return KindRoyaltyQueue.Key() }

// APILimit is the key of a user's API rate limit, "ratelimit:api:{userID}".
func APILimit(userID string) string { return KindAPILimit.Key(userID) }

// UploadLimit is the key of a user's upload limit, "ratelimit:upload:{userID}".
func UploadLimit(userID string) string { return KindUploadLimit.Key(userID) }

// MessageLimit is the key of a user's message limit,
// "ratelimit:message:{userID}".
func MessageLimit(userID string) string { return KindMessageLimit.Key(userID) }

// ExportLimit is the key of a user's export limit, "ratelimit:export:{userID}".
func ExportLimit(userID string) string { return KindExportLimit.Key(userID) }

// LoginLimit is the key of the login limit of an e-mail address,
// "ratelimit:login:{email}". Normalise the address before.
func LoginLimit(email string) string { return KindLoginLimit.Key(email) }

// RoyaltyRunLock is the lock of a royalty run, "lock:royalty-run:{runID}".
func RoyaltyRunLock(runID string) string { return KindRoyaltyRunLock.Key(runID) }

// PayoutLock is the lock of a creator's payout, "lock:payout:{creatorID}".
func PayoutLock(creatorID string) string { return KindPayoutLock.Key(creatorID) }

// DailyCounter is the key of a count per day, "counter:daily:{name}:{day}"; write
// the day as 2026-11-23.
func DailyCounter(name, day string) string { return KindDailyCounter.Key(name, day) }

// MonthlyCounter is the key of a count per month,
// "counter:monthly:{name}:{month}"; write the month as 2026-11.
func MonthlyCounter(name, month string) string { return KindMonthlyCounter.Key(name, month) }

// FeatureFlag is the key of a feature flag, "flag:feature:{name}".
func FeatureFlag(name string) string { return KindFeatureFlag.Key(name) }

// RequestRecord is the key of the answer to a request that carried an
// idempotency key, "idempotency:request:{key}".
func RequestRecord(key string) string { return KindRequestRecord.Key(key) }

// PaymentRecord is the key of the outcome of a payment,
// "idempotency:payment:{id}".
func PaymentRecord(id string) string { return KindPaymentRecord.Key(id) }

// WebhookRecord is the key that marks a webhook delivery as handled,
// "idempotency:webhook:{id}".
func WebhookRecord(id string) string { return KindWebhookRecord.Key(id) }
