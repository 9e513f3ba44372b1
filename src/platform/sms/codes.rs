//! How a vendor's codes are told apart: each vendor has one table.

use super::super::clock::{DAY_MS, HOUR_MS, Instant, at_minute, next_day};
use super::super::outcome::Outcome;
use super::call::cut;

/// What a code means for a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// It never goes.
    Permanent,
    /// It never goes: the receiver wants nothing more.
    OptedOut,
    /// Not by this gateway: its account may not send it.
    Elsewhere,
    /// Later, by the schedule.
    Passing,
    /// Nothing goes for now, whatever it is.
    Busy,
    /// Not for so many seconds.
    After(i64),
    /// Not before tomorrow, by Beijing's calendar.
    NextDay,
    /// Not before [`MARKETING_FROM`] by Beijing's clock.
    NextWindow,
    /// Nothing goes until somebody changes something.
    Config,
    /// Perhaps sent.
    Unknown,
}

/// From which hour on Chinese vendors send marketing texts.
const MARKETING_FROM: i32 = 8;
const BEIJING: chrono_tz::Tz = chrono_tz::Asia::Shanghai;

/// What a code means by a table of codes, in which `prefix*` stands for all that begin so: the longest that fits. None: the
/// table does not know it.
pub(super) fn class_of(table: &[(&str, Class)], code: &str) -> Option<Class> {
    let fits = |known: &str| match known.strip_suffix('*') {
        Some(prefix) => code.starts_with(prefix),
        None => code == known,
    };
    let found = table.iter().filter(|(known, _)| fits(known));
    found.max_by_key(|(known, _)| known.len()).map(|(_, class)| *class)
}

/// What a class comes to for a text that was handed over at `at`.
pub(super) fn outcome(class: Class, at: Instant, (code, said): (&str, &str)) -> Outcome {
    let text = cut(said);
    let both = cut(format!("{code} {said}").trim());
    let passing = |retry_after| Outcome::Passing {
        retry_after,
        text: both.clone(),
    };
    match class {
        Class::Permanent => Outcome::Permanent {
            code: code.to_owned(),
            text,
        },
        Class::OptedOut => Outcome::OptedOut {
            code: code.to_owned(),
            text,
        },
        Class::Elsewhere => Outcome::Elsewhere {
            code: code.to_owned(),
            text,
        },
        Class::Passing => passing(None),
        Class::Busy => Outcome::Busy {
            retry_after: None,
            text: both,
        },
        Class::After(seconds) => passing(Some(seconds)),
        Class::NextDay => Outcome::Postponed {
            until: at_minute(BEIJING, next_day(at.day(BEIJING)), 0),
            text: both,
        },
        Class::NextWindow => Outcome::Postponed {
            until: next_window(at),
            text: both,
        },
        Class::Config => Outcome::Config(both),
        Class::Unknown => Outcome::Unknown(both),
    }
}

fn next_window(at: Instant) -> Instant {
    let today = at_minute(BEIJING, at.day(BEIJING), MARKETING_FROM * 60);
    if today > at { today } else { today + DAY_MS }
}

/// A day of Beijing's calendar as `20261123`.
pub(super) fn beijing_day(at: Instant) -> String {
    (at + 8 * HOUR_MS).utc().format("%Y%m%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(class: Class, at: &str) -> String {
        let at = Instant::parse_rfc3339(at).expect("time");
        match outcome(class, at, ("c", "s")) {
            Outcome::Postponed { until, .. } => until.rfc3339_in(BEIJING),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_next_day_and_the_next_window_are_beijings() {
        for (class, at, then) in [
            (Class::NextDay, "2026-11-23T10:42:00+08:00", "2026-11-24T00:00:00+08:00"),
            (Class::NextDay, "2026-11-23T16:30:00Z", "2026-11-25T00:00:00+08:00"),
            (
                Class::NextWindow,
                "2026-11-23T22:10:00+08:00",
                "2026-11-24T08:00:00+08:00",
            ),
            (
                Class::NextWindow,
                "2026-11-23T07:10:00+08:00",
                "2026-11-23T08:00:00+08:00",
            ),
        ] {
            assert_eq!(until(class, at), then, "{at}");
        }
        let at = Instant::parse_rfc3339("2026-11-23T16:30:00Z").expect("time");
        assert_eq!(beijing_day(at), "20261124");
    }

    #[test]
    fn the_longest_entry_decides() {
        let table = [
            ("a.*", Class::Config),
            ("a.b*", Class::Passing),
            ("a.bc", Class::Permanent),
        ];
        assert_eq!(class_of(&table, "a.x"), Some(Class::Config));
        assert_eq!(class_of(&table, "a.bx"), Some(Class::Passing));
        assert_eq!(class_of(&table, "a.bc"), Some(Class::Permanent));
        assert_eq!(class_of(&table, "b"), None);
    }
}
