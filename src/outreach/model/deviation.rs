//! Whether what was sent is what was foretold. Pure.

use crate::messaging::{MessageState, Purpose};
use crate::platform::clock::Instant;

/// By what factor fact and forecast must differ to be told, in either direction.
const FACTOR: i64 = 2;
/// And by how much: more than twice the square root of the greater of the two, which is what chance brings. Of five that should
/// have gone none has to be told; of three, or of four, none may be chance.
const CHANCE: i64 = 2;

/// What became of the messages of a kind that were due in some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Became {
    /// Gone, or perhaps gone.
    pub went: i64,
    /// Not gone, or not yet, for a reason that is as it should be: not wanted any more, a limit, the hour.
    pub excused: i64,
}

impl Became {
    /// Counts so many that stand like this.
    pub fn add(&mut self, state: MessageState, reason: Option<&str>, n: i64) {
        use MessageState as S;
        let code = reason.map(|r| r.split('|').next().unwrap_or(r));
        match (state, code) {
            (S::Accepted | S::Delivered | S::Uncertain | S::Sending, _) => self.went += n,
            // What nobody was there to do in time, or no gateway took, is what is looked for.
            (S::Skipped, Some("missed" | "closed-late" | "too-late" | "channel-off")) => {}
            (S::Queued | S::Claimed, None | Some("retry" | "settings" | "maybe-sent" | "gateway-hours")) => {}
            (S::Failed | S::Dead, _) => {}
            (S::Skipped | S::Queued | S::Claimed, _) => self.excused += n,
        }
    }
}

/// A time in which much less, or much more, went out than was foretold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deviation {
    /// Of which kind.
    pub purpose: Purpose,
    /// When the time began.
    pub from: Instant,
    /// How many hours it has: 1, or all of the last day that were foretold.
    pub hours: i64,
    /// How many were expected.
    pub expected: i64,
    /// What became of them.
    pub became: Became,
}

impl Deviation {
    /// Far too many, or far too few.
    pub fn is_too_many(&self) -> bool {
        self.became.went > self.expected
    }

    /// Whether it is more than chance.
    pub fn matters(&self) -> bool {
        let done = if self.is_too_many() {
            self.became.went
        } else {
            // Of what nobody expected, none had to go.
            self.expected.min(self.became.went + self.became.excused)
        };
        let (more, less) = (done.max(self.expected), done.min(self.expected));
        let apart = more - less;
        less * FACTOR < more && apart * apart > CHANCE * CHANCE * more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(expected: i64, went: i64, excused: i64) -> bool {
        let d = Deviation {
            purpose: Purpose::Reminder,
            from: Instant(0),
            hours: 1,
            expected,
            became: Became { went, excused },
        };
        d.matters()
    }

    #[test]
    fn chance_is_not_told_and_more_than_chance_is_in_both_directions() {
        for (expected, went, excused) in [
            (3, 0, 0),
            (4, 0, 0),
            (0, 4, 0),
            (3, 6, 0),
            (10, 5, 0),
            (10, 1, 9),
            (10, 20, 0),
            (0, 0, 50),
        ] {
            assert!(!told(expected, went, excused), "{expected} {went} {excused}");
        }
        for (expected, went, excused) in [
            (5, 0, 0),
            (0, 5, 0),
            (10, 2, 0),
            (10, 21, 0),
            (100, 40, 5),
            (100, 201, 0),
        ] {
            assert!(told(expected, went, excused), "{expected} {went} {excused}");
        }
    }

    #[test]
    fn what_no_gateway_took_is_no_excuse() {
        let mut b = Became::default();
        for (state, reason, n) in [
            (MessageState::Delivered, None, 1),
            (MessageState::Skipped, Some("opted-out"), 10),
            (MessageState::Skipped, Some("missed"), 100),
            (MessageState::Queued, Some("quiet-hours"), 1000),
            (MessageState::Queued, None, 10_000),
            (MessageState::Dead, Some("gave-up|x|y"), 100_000),
        ] {
            b.add(state, reason, n);
        }
        assert_eq!(b, Became { went: 1, excused: 1010 });
    }
}
