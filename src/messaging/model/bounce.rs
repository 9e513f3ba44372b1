//! Mail that came back: what it says of the address, and when an address is left alone. Pure.

use crate::platform::clock::{DAY_MS, Instant};

/// So many passing failures …
const SOFT_MAX: usize = 3;
/// … within this time, and nothing more is sent to the address (messaging.md 3.6).
const SOFT_WITHIN_MS: i64 = 30 * DAY_MS;

/// How bad a bounce is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// There is no such address: nothing more is sent to it.
    Hard,
    /// It may work another time: the mailbox is full, its server was away for days.
    Soft,
    /// The mail was not wanted, or its sender was not; that says nothing of the address.
    Policy,
    /// Not final: the server is still trying, or has passed it on.
    Open,
}

impl Severity {
    /// By a report's action (RFC 3464, 2.3.3), its status (RFC 3463) and, where that is missing, what the server said.
    pub fn of(action: &str, status: &str, said: &str) -> Severity {
        if action != "failed" {
            return Severity::Open;
        }
        match status_in(status).or_else(|| status_in(said)) {
            // Our own address was refused (5.1.7, 5.1.8), or anything for the sake of policy or security.
            Some((_, 7, _) | (_, 1, 7 | 8)) => Severity::Policy,
            Some((5, 1, _) | (5, 2, 1)) => Severity::Hard,
            _ => Severity::Soft,
        }
    }
    /// The status of its report.
    pub fn code(self) -> &'static str {
        match self {
            Severity::Hard => "bounced",
            Severity::Soft => "bounced-soft",
            Severity::Policy => "bounced-policy",
            Severity::Open => "delayed",
        }
    }
}

/// The first status code (`5.1.1`) in a text.
fn status_in(text: &str) -> Option<(u16, u16, u16)> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .find_map(|word| {
            let mut numbers = word.trim_end_matches('.').split('.').map(str::parse::<u16>);
            let (class, subject, detail) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
            ([2, 4, 5].contains(&class) && numbers.next().is_none()).then_some((class, subject, detail))
        })
}

/// What is known of an address from which messages came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// How many came back.
    pub bounces: i32,
    /// When the last one did.
    pub last_at: Instant,
    /// When the one before it did.
    pub previous_at: Option<Instant>,
    /// Since when nothing is sent to it.
    pub suppressed_at: Option<Instant>,
    /// What was said the last time.
    pub status: String,
}

impl Health {
    /// After one more bounce, if that says something of the address.
    pub fn after(before: Option<&Health>, severity: Severity, now: Instant, said: &str) -> Option<Health> {
        // This one is the third when the one before the last lies within the time.
        let often = before
            .and_then(|h| h.previous_at)
            .is_some_and(|first| now - first <= SOFT_WITHIN_MS);
        let suppress = match severity {
            Severity::Hard => true,
            Severity::Soft => often,
            Severity::Policy | Severity::Open => return None,
        };
        let since = before.and_then(|h| h.suppressed_at);
        Some(Health {
            bounces: before.map_or(0, |h| h.bounces) + 1,
            last_at: now,
            previous_at: before.map(|h| h.last_at),
            suppressed_at: since.or(suppress.then_some(now)),
            status: said.to_owned(),
        })
    }
}

// `previous_at` remembers two: with the one that comes, three.
const _: () = assert!(SOFT_MAX == 3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_what_they_say_of_an_address() {
        for (action, status, said, severity) in [
            ("failed", "5.1.1", "", Severity::Hard),
            ("failed", "5.1.10", "", Severity::Hard),
            ("failed", "5.1.2", "", Severity::Hard),
            ("failed", "5.2.1", "", Severity::Hard),
            ("failed", "5.2.2", "", Severity::Soft),
            ("failed", "4.4.1", "", Severity::Soft),
            ("failed", "5.0.0", "550 no", Severity::Soft),
            (
                "failed",
                "",
                "550 5.1.1 <a@b.example>: unknown, see 127.0.0.1",
                Severity::Hard,
            ),
            ("failed", "", "no", Severity::Soft),
            ("failed", "5.7.1", "", Severity::Policy),
            ("failed", "5.1.8", "", Severity::Policy),
            ("delayed", "4.4.1", "", Severity::Open),
            ("relayed", "2.1.5", "", Severity::Open),
        ] {
            assert_eq!(Severity::of(action, status, said), severity, "{action} {status} {said}");
        }
    }

    fn soft_at(days: &[i64]) -> Option<Health> {
        days.iter().fold(None, |before, day| {
            let at = Instant(1_795_000_000_000 + day * DAY_MS);
            Health::after(before.as_ref(), Severity::Soft, at, "full")
        })
    }

    #[test]
    fn three_within_thirty_days_are_too_many() {
        let stopped = |days: &[i64]| soft_at(days).is_some_and(|h| h.suppressed_at.is_some());
        assert!(!stopped(&[0, 30]) && stopped(&[0, 10, 30]));
        assert!(!stopped(&[0, 10, 31]) && stopped(&[0, 10, 31, 40]));
    }
}
