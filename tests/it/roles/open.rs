//! Routes that nobody signs in for. A new one gets a row here.

/// Reachable without an account.
pub(super) const OPEN: &[&str] = &[
    "/sign-in",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/api/v1/openapi.json",
    "/book",
];
/// Reachable without an account by a secret or a signature in the address; tested with their features.
pub(super) const BY_TOKEN: &[&str] = &[
    "/welcome/{token}",
    "/v/{token}",
    "/v/{token}/confirm",
    "/v/{token}/call",
    "/v/{token}/cancel",
    "/v/{token}/move",
    "/v/{token}/here",
    "/v/{token}/visit.ics",
    "/calendar/{secret}.ics",
    "/waiting/screen/{token}",
    "/check-in/{token}",
    "/book/sent/{token}",
    "/b/{token}",
    "/r/{token}",
    "/r/{token}/family",
    "/o/{token}",
    "/o/{token}/accept",
    "/o/{token}/decline",
    "/o/{token}/other",
    "/gateway/{name}/report/{tail}",
    "/gateway/{name}/inbound",
    "/gateway/{name}/inbound/{tail}",
    "/inbound/email",
    "/q/{token}",
    "/f/{token}",
    "/f/{token}/{document:\\\\d+}/{language:zh|en}",
    "/u/{token}",
    "/u/{token}/again",
    "/s/{version}/{name:.*}",
];
