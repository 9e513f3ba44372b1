//! What a visit leaves free, where another fits into it, and who comes first.

use std::cmp::Reverse;

use super::{Source, Urgency};
use crate::appointments::Appointment;
use crate::appointments::model::free::{Span, Wish};
use crate::appointments::model::suggest::USEFUL_MINUTES;
pub use crate::appointments::model::suggest::useless_rest;
use crate::clinic::{ChairId, ProviderId};
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS};

/// How long those asked have, when nobody says otherwise, and what may be said.
pub const DEADLINE_MINUTES: i32 = 30;
/// See [`DEADLINE_MINUTES`].
pub const DEADLINES: std::ops::RangeInclusive<i32> = 5..=1440;

/// What a cancelled or moved visit leaves free: its old time, less what it takes now; none when that is past or too little.
pub fn left_free(now: Instant, old: Span, new: Option<Span>) -> Option<Span> {
    let rest = match new.filter(|n| n.overlaps(old)) {
        None => old,
        Some(n) => {
            let before = Span {
                from: old.from,
                until: n.from.max(old.from),
            };
            let after = Span {
                from: n.until.min(old.until),
                until: old.until,
            };
            if before.until - before.from >= after.until - after.from {
                before
            } else {
                after
            }
        }
    };
    (rest.from > now && rest.until.minutes_since(rest.from) >= USEFUL_MINUTES).then_some(rest)
}

/// Whether an appointment takes what a freed time would give.
pub fn takes(a: &Appointment, provider: ProviderId, chair: ChairId) -> Option<Span> {
    (a.status.occupies() && (a.provider_id == provider || a.chair_id == chair)).then_some(Span {
        from: a.busy_from,
        until: a.busy_until,
    })
}

/// The starts at which a visit would lie in a gap: at its edges, and on the service's grid between.
pub fn starts_in(gap: Span, wish: &Wish) -> Vec<Instant> {
    let first = gap.from.plus_minutes(i64::from(wish.before));
    let last = gap.until.plus_minutes(-i64::from(wish.minutes + wish.after));
    if last < first {
        return Vec::new();
    }
    let step = i64::from(wish.grid.max(1)) * MINUTE_MS;
    let mut starts: Vec<Instant> = (0..).map(|n| first + n * step).take_while(|s| *s < last).collect();
    starts.push(last);
    starts.sort_by_key(|s| (useless_rest(gap, wish, *s), *s));
    starts
}

/// Until when somebody asked at `asked` may answer: never later than they need to get here. None: it is too late to ask.
pub fn deadline(asked: Instant, minutes: i32, start: Instant, notice: i32) -> Option<Instant> {
    let until = asked
        .plus_minutes(i64::from(minutes))
        .min(start.plus_minutes(-i64::from(notice)));
    (until > asked).then_some(until)
}

/// By what candidates are ranked: the source, the more urgent, who has waited more weeks, who leaves no useless rest, who
/// has waited longest.
pub fn rank(now: Instant, source: Source, urgency: Urgency, since: Instant, rest: i64) -> impl Ord + use<> {
    let weeks = (now - since).max(0) / (7 * DAY_MS);
    (source, Reverse(urgency), Reverse(weeks), rest, since)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Instant {
        Instant(minute * MINUTE_MS)
    }
    fn span(from: i64, until: i64) -> Span {
        Span {
            from: at(from),
            until: at(until),
        }
    }

    #[test]
    fn what_a_moved_visit_leaves() {
        assert_eq!(left_free(at(0), span(60, 120), None), Some(span(60, 120)));
        assert_eq!(left_free(at(60), span(60, 120), None), None, "it has begun");
        assert_eq!(left_free(at(0), span(60, 120), Some(span(75, 135))), Some(span(60, 75)));
        assert_eq!(left_free(at(0), span(60, 120), Some(span(65, 125))), None, "too little");
        assert_eq!(left_free(at(0), span(60, 120), Some(span(30, 75))), Some(span(75, 120)));
        assert_eq!(
            left_free(at(0), span(60, 120), Some(span(300, 360))),
            Some(span(60, 120))
        );
    }

    #[test]
    fn a_visit_sits_where_it_leaves_no_useless_gap() {
        let wish = Wish::plain(30, 15);
        assert_eq!(starts_in(span(60, 90), &wish), [at(60)]);
        assert!(starts_in(span(60, 85), &wish).is_empty());
        let gap = span(60, 100);
        assert_eq!(useless_rest(gap, &wish, at(60)), 10);
        let starts = starts_in(span(60, 120), &wish);
        assert_eq!(starts, [at(60), at(75), at(90)]);
        // 20 minutes into 45: 25 are left at one side, of use; in the middle they would not be.
        let short = Wish::plain(20, 5);
        assert!(
            starts_in(span(0, 45), &short)
                .iter()
                .take(2)
                .all(|s| useless_rest(span(0, 45), &short, *s) == 0)
        );
    }

    #[test]
    fn nobody_is_asked_who_could_not_come() {
        assert_eq!(deadline(at(0), 30, at(300), 60), Some(at(30)));
        assert_eq!(deadline(at(0), 30, at(80), 60), Some(at(20)));
        assert_eq!(deadline(at(0), 30, at(60), 60), None);
    }

    #[test]
    fn the_urgent_come_first_then_who_waits_longest_then_who_fits() {
        let now = at(60 * 24 * 60);
        let of = |urgency, weeks: i64, rest| rank(now, Source::Waiting, urgency, now + -weeks * 7 * DAY_MS, rest);
        assert!(of(Urgency::Urgent, 0, 10) < of(Urgency::Normal, 5, 0));
        assert!(of(Urgency::Normal, 5, 10) < of(Urgency::Normal, 1, 0));
        assert!(of(Urgency::Normal, 1, 0) < of(Urgency::Normal, 1, 10));
        let recall = rank(now, Source::Recall, Urgency::Urgent, at(0), 0);
        assert!(of(Urgency::Normal, 0, 10) < recall);
    }
}
