//! What is counted per address: wrong links, and what costs much to answer and asks for no sign-in. A link carries a 128-bit
//! signature or secret, so guessing is hopeless anyway: the limits only keep one address from making work and noise. They
//! therefore live in this process's memory and start empty with it; what several instances allow adds up, which changes nothing.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::platform::clock::{Instant, MINUTE_MS, SECOND_MS};

/// At most so many addresses are remembered; then the count starts anew.
const ADDRESSES_MAX: usize = 10_000;

/// So many from one address within some time.
pub struct PerAddress {
    most: u32,
    window_ms: i64,
    /// When the window of an address began, and how many it brought.
    counts: LazyLock<Mutex<HashMap<String, (Instant, u32)>>>,
}

/// Wrong links.
static WRONG: PerAddress = PerAddress::new(30, 10 * MINUTE_MS);

impl PerAddress {
    /// `most` within `window_ms`.
    pub const fn new(most: u32, window_ms: i64) -> PerAddress {
        PerAddress {
            most,
            window_ms,
            counts: LazyLock::new(Mutex::default),
        }
    }

    /// Seconds to wait, when `ip` has brought as many as it may.
    pub fn blocked(&self, ip: &str, now: Instant) -> Option<i64> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, n) = counts.get(ip)?;
        let left = self.window_ms - (now - *since);
        (*n >= self.most && left > 0).then_some(left / SECOND_MS + 1)
    }

    /// Counts one from `ip`.
    pub fn count(&self, ip: &str, now: Instant) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= ADDRESSES_MAX {
            counts.clear();
        }
        let entry = counts.entry(ip.to_owned()).or_insert((now, 0));
        if now - entry.0 >= self.window_ms {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

/// Seconds to wait, when `ip` has brought too many wrong links.
pub fn blocked(ip: &str, now: Instant) -> Option<i64> {
    WRONG.blocked(ip, now)
}

/// Counts a wrong link from `ip`.
pub fn count(ip: &str, now: Instant) {
    WRONG.count(ip, now);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_wrong_links_wait_ten_minutes() {
        let now = Instant(1_795_000_000_000);
        for _ in 0..30 {
            assert_eq!(blocked("192.0.2.1", now), None);
            count("192.0.2.1", now);
        }
        assert!(blocked("192.0.2.1", now).is_some());
        assert_eq!(blocked("192.0.2.2", now), None);
        assert_eq!(blocked("192.0.2.1", now + 10 * MINUTE_MS), None);
    }
}
