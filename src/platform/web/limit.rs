//! Wrong links, counted per address. A link carries a 128-bit signature or secret, so guessing is hopeless anyway: the limit only
//! keeps a guesser from making work and noise. It therefore lives in this process's memory and starts empty with it; what
//! several instances allow adds up, which changes nothing.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::platform::clock::{Instant, MINUTE_MS, SECOND_MS};

/// So many wrong links from one address …
const WRONG_MAX: u32 = 30;
/// … within this time …
const WINDOW_MS: i64 = 10 * MINUTE_MS;
/// … and at most so many addresses are remembered; then the count starts anew.
const ADDRESSES_MAX: usize = 10_000;

/// When the window of an address began, and how many wrong links it brought.
static WRONG: LazyLock<Mutex<HashMap<String, (Instant, u32)>>> = LazyLock::new(Mutex::default);

/// Seconds to wait, when `ip` has brought too many wrong links.
pub fn blocked(ip: &str, now: Instant) -> Option<i64> {
    let counts = WRONG.lock().unwrap_or_else(PoisonError::into_inner);
    let (since, n) = counts.get(ip)?;
    let left = WINDOW_MS - (now - *since);
    (*n >= WRONG_MAX && left > 0).then_some(left / SECOND_MS + 1)
}

/// Counts a wrong link from `ip`.
pub fn count(ip: &str, now: Instant) {
    let mut counts = WRONG.lock().unwrap_or_else(PoisonError::into_inner);
    if counts.len() >= ADDRESSES_MAX {
        counts.clear();
    }
    let entry = counts.entry(ip.to_owned()).or_insert((now, 0));
    if now - entry.0 >= WINDOW_MS {
        *entry = (now, 0);
    }
    entry.1 += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_wrong_links_wait_ten_minutes() {
        let now = Instant(1_795_000_000_000);
        for _ in 0..WRONG_MAX {
            assert_eq!(blocked("192.0.2.1", now), None);
            count("192.0.2.1", now);
        }
        assert!(blocked("192.0.2.1", now).is_some());
        assert_eq!(blocked("192.0.2.2", now), None);
        assert_eq!(blocked("192.0.2.1", now + WINDOW_MS), None);
    }
}
