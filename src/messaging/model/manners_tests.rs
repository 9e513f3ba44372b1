//! When messages may go: what was sent, holidays, the night.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::Purpose;
use super::manners::*;
use crate::platform::clock::Instant;

fn at(text: &str) -> Instant {
    Instant::parse_rfc3339(text).expect("time")
}

fn sent(purpose: Purpose, text: &str) -> Sent {
    Sent {
        at: at(text),
        purpose,
        for_all: is_for_all(purpose, OCCASION),
    }
}

fn ask(purpose: Purpose, person: &[Sent], family: &[Sent], now: &str) -> (Instant, Option<Wait>) {
    let holidays = BTreeSet::from([NaiveDate::from_ymd_opt(2026, 12, 1).expect("day")]);
    let who = Receiver {
        zone: chrono_tz::Asia::Shanghai,
        holidays: &holidays,
        person,
        family,
        for_all: is_for_all(purpose, OCCASION),
    };
    Manners::default().when(purpose, &who, at(now))
}

#[test]
fn what_was_sent_today_of_whatever_kind_moves_what_is_commercial_and_never_the_care() {
    let today = [sent(Purpose::Reminder, "2026-11-24T08:30:00+08:00")];
    let now = "2026-11-24T10:00:00+08:00";
    assert_eq!(
        ask(Purpose::Recall, &today, &[], now),
        (at("2026-11-25T09:00:00+08:00"), Some(Wait::PersonDay))
    );
    assert_eq!(ask(Purpose::Reminder, &today, &today, now), (at(now), None));
    let family = [today[0], sent(Purpose::Change, "2026-11-24T09:30:00+08:00")];
    assert_eq!(
        ask(Purpose::Recall, &[], &family, now),
        (at("2026-11-25T09:00:00+08:00"), Some(Wait::Family))
    );
    assert_eq!(ask(Purpose::Recall, &[], &today, now), (at(now), None));
}

#[test]
fn the_week_and_the_month_have_limits_of_their_own() {
    let week = [
        sent(Purpose::Recall, "2026-11-19T10:00:00+08:00"),
        sent(Purpose::Birthday, "2026-11-22T10:00:00+08:00"),
    ];
    let now = "2026-11-24T10:00:00+08:00";
    assert_eq!(
        ask(Purpose::Recall, &week, &[], now),
        (at("2026-11-26T09:00:00+08:00"), Some(Wait::PersonWeek))
    );
    // Four in a month: the next when the first of them is a month ago. That day's night and holiday count, too.
    let month = ["01", "02", "12", "13"].map(|d| sent(Purpose::Recall, &format!("2026-11-{d}T10:00:00+08:00")));
    assert_eq!(
        ask(Purpose::Recall, &month, &[], now),
        (at("2026-12-02T09:00:00+08:00"), Some(Wait::Holiday)),
        "1 December is free again, but a holiday"
    );
}

#[test]
fn a_holiday_moves_a_recall_and_no_greeting() {
    let now = "2026-12-01T10:00:00+08:00";
    assert_eq!(
        ask(Purpose::Recall, &[], &[], now),
        (at("2026-12-02T09:00:00+08:00"), Some(Wait::Holiday))
    );
    for purpose in [Purpose::Birthday, Purpose::Reminder, Purpose::FollowUp] {
        assert_eq!(ask(purpose, &[], &[], now), (at(now), None), "{purpose}");
    }
}

#[test]
fn two_greetings_keep_a_day_between_them() {
    let before = [sent(Purpose::Birthday, "2026-11-23T19:00:00+08:00")];
    assert_eq!(
        ask(Purpose::Birthday, &before, &[], "2026-11-24T10:00:00+08:00"),
        (at("2026-11-24T19:00:00+08:00"), Some(Wait::Greeting))
    );
}

#[test]
fn a_festival_is_greeted_once_a_day_at_a_number_and_a_birthday_is_not_of_it() {
    let family = [
        sent(Purpose::Greeting, "2026-11-24T09:05:00+08:00"),
        sent(Purpose::Survey, "2026-11-24T09:30:00+08:00"),
    ];
    let now = "2026-11-24T10:00:00+08:00";
    for (purpose, hour) in [(Purpose::Greeting, "09"), (Purpose::Survey, "08")] {
        let morning = at(&format!("2026-11-25T{hour}:00:00+08:00"));
        assert_eq!(ask(purpose, &[], &family, now), (morning, Some(Wait::Household)));
    }
    assert_eq!(ask(Purpose::Birthday, &[], &family[..1], now), (at(now), None));
    assert!(
        !is_for_all(Purpose::Greeting, "patient-date"),
        "one's own day is one's own"
    );
    assert_eq!(ask(Purpose::FollowUp, &[], &family, now), (at(now), None));
}

#[test]
fn the_night_is_where_the_patient_is() {
    let holidays = BTreeSet::new();
    let who = Receiver {
        zone: chrono_tz::America::New_York,
        holidays: &holidays,
        person: &[],
        family: &[],
        for_all: false,
    };
    let (then, why) = Manners::default().when(Purpose::Reminder, &who, at("2026-11-24T10:00:00+08:00"));
    assert_eq!((then, why), (at("2026-11-24T08:00:00-05:00"), Some(Wait::Hours)));
}

proptest::proptest! {
    #[test]
    fn the_time_given_is_allowed_and_no_earlier_one_was(
        minutes in 0_i64..60_000,
        sent in proptest::collection::vec((0_i64..60_000, 0_usize..4), 0..12),
        free in proptest::collection::btree_set(0_u32..28, 0..10),
        zone in 0_usize..600,
    ) {
        let begin = at("2026-01-01T00:00:00Z");
        let purposes = [Purpose::Recall, Purpose::Birthday, Purpose::Reminder, Purpose::FollowUp];
        let sent: Vec<Sent> = sent.iter().map(|(m, p)| Sent { at: begin.plus_minutes(*m), purpose: purposes[*p], for_all: false }).collect();
        let holidays: BTreeSet<NaiveDate> = free.iter().filter_map(|d| NaiveDate::from_ymd_opt(2026, 1, d + 1)).collect();
        let zone = chrono_tz::TZ_VARIANTS[zone % chrono_tz::TZ_VARIANTS.len()];
        let who = Receiver { zone, holidays: &holidays, person: &sent, family: &sent, for_all: false };
        let manners = Manners::default();
        let now = begin.plus_minutes(minutes);
        for purpose in purposes {
            let (then, why) = manners.when(purpose, &who, now);
            proptest::prop_assert!(then >= now);
            proptest::prop_assert_eq!(why.is_none(), then == now);
            proptest::prop_assert_eq!(manners.when(purpose, &who, then), (then, None), "{} {}", purpose, then);
            if purpose == Purpose::Recall && then > now {
                let before = then.plus_minutes(-1).max(now);
                proptest::prop_assert!(manners.when(purpose, &who, before).0 > before || before == then);
            }
        }
    }
}
