/** The codes that forms offer, in the order in which they are shown; `_words.html` has their words. */

export const METHODS = ["cash", "wechat", "alipay", "transfer", "card", "other"] as const;
export const PURPOSES = ["collection", "post_loan", "first_check", "before_maturity", "collateral", "pre_loan", "other"] as const;
export const MET = ["self", "family", "staff", "nobody", "other"] as const;
export const NEXT_STEPS = ["none", "visit", "call", "collect", "material", "report"] as const;
export const CALL_CHANNELS = ["phone", "sms", "wechat", "visit", "other"] as const;
export const CALL_RESULTS = ["reached", "no_answer", "switched_off", "invalid", "refused", "relayed"] as const;
export const PROMISE_CHANNELS = ["visit", "phone", "wechat", "sms", "other"] as const;
export const FEEDBACK_KINDS = ["complaint", "question", "suggestion", "praise"] as const;
export const FEEDBACK_CATEGORIES = [
  "rate_fee",
  "posting_error",
  "collection",
  "impostor",
  "privacy",
  "service",
  "prepayment",
  "contract",
  "collateral",
  "other",
] as const;
export const FEEDBACK_CHANNELS = ["field", "visit", "call", "letter", "online", "regulator", "hotline"] as const;
export const CONTACT_KINDS = ["mobile", "landline", "email", "wechat"] as const;
export const RELATIONS = ["self", "spouse", "emergency", "work", "other"] as const;
export const ADDRESS_KINDS = ["home", "household", "work", "business", "other"] as const;
export const THEMES = ["auto", "light", "dark", "sunlight"] as const;
export const TEXT_SIZES = ["normal", "large", "larger"] as const;
/** Minutes without a touch after which the device locks. */
export const LOCK_MINUTES = ["5", "2", "15", "30"] as const;
export const LANGUAGES = ["zh", "en"] as const;
