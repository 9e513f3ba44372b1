//! Free time: the one engine that finding, booking, moving, the API and the patient's page all ask. Pure: everything it
//! needs comes in as values, and it can say why a time is not free.
//!
//! Hours are wall-clock rules in the site's zone and become instants day by day, so that a session "9:00 to 12:00" lasts
//! two hours on the day the clocks skip one of them. A start that a clock never shows is never offered; one that it shows
//! twice is offered once, at its first showing.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use crate::clinic::Hours;
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS, at_minute, day_bounds, resolve};
use crate::platform::i18n::Text;

/// Starts lie on this grid of the wall clock, in minutes. Apart from it, a visit may have any length.
pub const GRID_MINUTES: i32 = 15;
const MINUTES_A_DAY: i32 = 24 * 60;

/// A stretch of time, `[from, until)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Begins.
    pub from: Instant,
    /// Ends, exclusive.
    pub until: Instant,
}

impl Span {
    /// Whether the two have any time in common.
    pub fn overlaps(self, other: Span) -> bool {
        self.from < other.until && other.from < self.until
    }
    /// Whether `other` lies wholly inside.
    pub fn holds(self, other: Span) -> bool {
        self.from <= other.from && other.until <= self.until
    }
}

/// What is known of one provider (with their chair) over the days asked about.
#[derive(Debug, Clone, Default)]
pub struct Timetable {
    /// Weekly sessions of this provider.
    pub hours: Vec<Hours>,
    /// Days on which the site is closed.
    pub closed: BTreeSet<NaiveDate>,
    /// Leave of this provider.
    pub leave: Vec<Span>,
    /// Times in which the provider or the chair is taken, buffers included.
    pub busy: Vec<Span>,
    /// Times in which the patient is elsewhere in the clinic.
    pub patient_busy: Vec<Span>,
}

/// What is to be placed.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Minutes the patient is there.
    pub minutes: i32,
    /// Minutes provider and chair are taken before.
    pub before: i32,
    /// Minutes provider and chair are taken after.
    pub after: i32,
    /// Nothing starts before this.
    pub earliest: Instant,
}

impl Wish {
    /// The patient's time when starting at `start`.
    pub fn visit(&self, start: Instant) -> Span {
        Span {
            from: start,
            until: start.plus_minutes(i64::from(self.minutes)),
        }
    }
    /// The provider's and chair's time when starting at `start`.
    pub fn taken(&self, start: Instant) -> Span {
        let visit = self.visit(start);
        Span {
            from: visit.from.plus_minutes(-i64::from(self.before)),
            until: visit.until.plus_minutes(i64::from(self.after)),
        }
    }
}

/// Why a start is not free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocked {
    /// Before the earliest allowed start.
    TooEarly,
    /// The site is closed that day.
    Closed,
    /// Outside the provider's hours.
    OutsideHours,
    /// The provider is on leave.
    OnLeave,
    /// Provider or chair is taken, from and until.
    Taken(Span),
    /// The patient has another visit then.
    PatientElsewhere(Span),
}

impl Blocked {
    /// For people.
    pub fn text(self, zone: Tz) -> Text {
        let times = |s: Span| {
            let (a, b) = (s.from.local(zone), s.until.local(zone));
            format!("{}–{}", a.format("%H:%M"), b.format("%H:%M"))
        };
        match self {
            Blocked::TooEarly => Text::new("这个时间已经过去", "This time has passed"),
            Blocked::Closed => Text::new("当天休诊", "The clinic is closed that day"),
            Blocked::OutsideHours => Text::new("不在该医生的出诊时间内", "This is outside the provider's hours"),
            Blocked::OnLeave => Text::new("该医生当时请假", "The provider is on leave then"),
            Blocked::Taken(s) => Text::new(
                format!("该时段已被占用（{}）", times(s)),
                format!("This time is taken ({})", times(s)),
            ),
            Blocked::PatientElsewhere(s) => Text::new(
                format!("患者当时已有预约（{}）", times(s)),
                format!("The patient has another appointment then ({})", times(s)),
            ),
        }
    }
}

/// The provider's sessions on a day, before leave and appointments; empty when the site is closed.
pub fn sessions(t: &Timetable, zone: Tz, day: NaiveDate) -> Vec<Span> {
    use chrono::Datelike;
    if t.closed.contains(&day) {
        return Vec::new();
    }
    let weekday = i32::try_from(day.weekday().number_from_monday()).unwrap_or(0);
    let mut spans: Vec<Span> = t
        .hours
        .iter()
        .filter(|h| h.weekday == weekday)
        .map(|h| Span {
            from: at_minute(zone, day, h.start_minute),
            until: at_minute(zone, day, h.end_minute),
        })
        .filter(|s| s.from < s.until)
        .collect();
    spans.sort();
    merge(spans)
}

/// Joins spans that touch or overlap. Expects them sorted.
fn merge(spans: Vec<Span>) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    for s in spans {
        match out.last_mut() {
            Some(last) if s.from <= last.until => last.until = last.until.max(s.until),
            _ => out.push(s),
        }
    }
    out
}

/// What is left of `spans` without `taken`. Both sorted by start.
fn without(spans: &[Span], taken: &[Span]) -> Vec<Span> {
    let mut out = Vec::new();
    for s in spans {
        let mut from = s.from;
        for t in taken.iter().filter(|t| t.overlaps(*s)) {
            if from < t.from {
                out.push(Span { from, until: t.from });
            }
            from = from.max(t.until);
        }
        if from < s.until {
            out.push(Span { from, until: s.until });
        }
    }
    out
}

/// The gaps of a day in which something could be placed.
pub fn gaps(t: &Timetable, zone: Tz, day: NaiveDate) -> Vec<Span> {
    let mut taken: Vec<Span> = t.leave.iter().chain(&t.busy).copied().collect();
    taken.sort();
    without(&sessions(t, zone, day), &taken)
}

/// Every free start of a day, in order.
pub fn free_starts(t: &Timetable, wish: &Wish, zone: Tz, day: NaiveDate) -> Vec<Instant> {
    let gaps = gaps(t, zone, day);
    if gaps.is_empty() {
        return Vec::new();
    }
    let fits = |start: Instant| {
        let taken = wish.taken(start);
        start >= wish.earliest
            && gaps.iter().any(|g| g.holds(taken))
            && !t.patient_busy.iter().any(|p| p.overlaps(wish.visit(start)))
    };
    grid(zone, day).filter(|start| fits(*start)).collect()
}

/// The starts that a clock on the wall shows on a day, on the grid.
fn grid(zone: Tz, day: NaiveDate) -> impl Iterator<Item = Instant> {
    let (midnight, next) = day_bounds(zone, day);
    let plain = next - midnight == DAY_MS;
    (0..MINUTES_A_DAY)
        .step_by(usize::try_from(GRID_MINUTES).unwrap_or(15))
        .filter_map(move |minute| {
            if plain {
                return Some(midnight + i64::from(minute) * MINUTE_MS);
            }
            let wanted = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute));
            let start = resolve(zone, wanted);
            (start.local(zone) == wanted).then_some(start)
        })
}

/// Why `start` is not free; `None` if it is. Starts off the grid are judged like all others: the grid is for offering.
pub fn why_not(t: &Timetable, wish: &Wish, zone: Tz, start: Instant) -> Option<Blocked> {
    let taken = wish.taken(start);
    let day = start.day(zone);
    if start < wish.earliest {
        return Some(Blocked::TooEarly);
    }
    if t.closed.contains(&day) {
        return Some(Blocked::Closed);
    }
    if !sessions(t, zone, day).iter().any(|s| s.holds(taken)) {
        return Some(Blocked::OutsideHours);
    }
    if t.leave.iter().any(|l| l.overlaps(taken)) {
        return Some(Blocked::OnLeave);
    }
    if let Some(b) = t.busy.iter().find(|b| b.overlaps(taken)) {
        return Some(Blocked::Taken(*b));
    }
    t.patient_busy
        .iter()
        .find(|p| p.overlaps(wish.visit(start)))
        .map(|p| Blocked::PatientElsewhere(*p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinic::{HoursId, ProviderId};
    use crate::platform::clock::plus_days;
    use proptest::prelude::*;

    fn hours(sessions: &[(i32, i32, i32)]) -> Vec<Hours> {
        sessions
            .iter()
            .map(|(weekday, start_minute, end_minute)| Hours {
                id: HoursId(0),
                provider_id: ProviderId(1),
                weekday: *weekday,
                start_minute: *start_minute,
                end_minute: *end_minute,
            })
            .collect()
    }
    fn wish(minutes: i32, before: i32, after: i32) -> Wish {
        Wish {
            minutes,
            before,
            after,
            earliest: Instant(i64::MIN / 2),
        }
    }
    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).expect("date")
    }
    fn clock(zone: Tz, starts: &[Instant]) -> Vec<String> {
        starts
            .iter()
            .map(|s| s.local(zone).format("%H:%M").to_string())
            .collect()
    }

    #[test]
    fn a_45_minute_visit_on_a_15_minute_grid_takes_three_cells() {
        let z: Tz = "Asia/Shanghai".parse().expect("zone");
        let d = day(2026, 11, 23);
        let t = Timetable {
            hours: hours(&[(1, 540, 660)]),
            busy: vec![Span {
                from: at_minute(z, d, 585),
                until: at_minute(z, d, 600),
            }],
            ..Timetable::default()
        };
        assert_eq!(
            clock(z, &free_starts(&t, &wish(45, 0, 0), z, d)),
            ["09:00", "10:00", "10:15"]
        );
        assert_eq!(clock(z, &free_starts(&t, &wish(45, 0, 10), z, d)), ["10:00"]);
    }

    #[test]
    fn summer_time_days() {
        let z: Tz = "Europe/Berlin".parse().expect("zone");
        let t = Timetable {
            hours: hours(&[(7, 60, 240)]),
            ..Timetable::default()
        };
        // 29 March 2026: 02:00 to 03:00 does not exist.
        let spring = clock(z, &free_starts(&t, &wish(30, 0, 0), z, day(2026, 3, 29)));
        assert_eq!(spring, ["01:00", "01:15", "01:30", "01:45", "03:00", "03:15", "03:30"]);
        // 25 October 2026: 02:00 to 03:00 comes twice; each time is offered once.
        let autumn = clock(z, &free_starts(&t, &wish(30, 0, 0), z, day(2026, 10, 25)));
        assert_eq!(autumn.len(), 11);
    }

    #[test]
    fn it_says_why_not() {
        let z: Tz = "Asia/Shanghai".parse().expect("zone");
        let d = day(2026, 11, 23);
        let at = |m| at_minute(z, d, m);
        let t = Timetable {
            hours: hours(&[(1, 540, 720)]),
            closed: BTreeSet::from([plus_days(d, 7)]),
            leave: vec![Span {
                from: at(690),
                until: at(720),
            }],
            busy: vec![Span {
                from: at(600),
                until: at(630),
            }],
            patient_busy: vec![Span {
                from: at(640),
                until: at(650),
            }],
        };
        let w = Wish {
            earliest: at(550),
            ..wish(30, 0, 0)
        };
        assert_eq!(why_not(&t, &w, z, at(540)), Some(Blocked::TooEarly));
        assert_eq!(why_not(&t, &w, z, at(800)), Some(Blocked::OutsideHours));
        assert_eq!(why_not(&t, &w, z, at(690)), Some(Blocked::OnLeave));
        assert!(matches!(why_not(&t, &w, z, at(585)), Some(Blocked::Taken(_))));
        assert!(matches!(
            why_not(&t, &w, z, at(630)),
            Some(Blocked::PatientElsewhere(_))
        ));
        assert_eq!(
            why_not(&t, &w, z, at_minute(z, plus_days(d, 7), 600)),
            Some(Blocked::Closed)
        );
        assert_eq!(why_not(&t, &w, z, at(555)), None);
    }

    /// Minute by minute, with no cleverness: what the engine must agree with.
    fn slow(t: &Timetable, w: &Wish, z: Tz, d: NaiveDate) -> Vec<Instant> {
        (0..96)
            .filter_map(|i| {
                let wanted = d.and_time(NaiveTime::MIN) + TimeDelta::minutes(15 * i);
                let start = resolve(z, wanted);
                (start.local(z) == wanted && why_not(t, w, z, start).is_none()).then_some(start)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn offered_is_exactly_what_is_not_blocked(
            zone in 0_usize..600, offset in 0_i64..24_800, start in 0_i32..90, length in 1_i32..40, minutes in 1_i32..36,
            before in 0_i32..3, after in 0_i32..3, busy in prop::collection::vec((0_i64..1440, 1_i64..180), 0..6),
        ) {
            let z = chrono_tz::TZ_VARIANTS[zone % chrono_tz::TZ_VARIANTS.len()];
            let d = plus_days(day(1970, 1, 2), offset);
            let midnight = day_bounds(z, d).0;
            let sessions: Vec<_> = (1..=7).map(|w| (w, start * 15, (start * 15 + length * 15).min(1440))).collect();
            let t = Timetable {
                hours: hours(&sessions),
                busy: busy.iter().map(|(a, n)| Span { from: midnight.plus_minutes(*a), until: midnight.plus_minutes(a + n) }).collect(),
                ..Timetable::default()
            };
            let w = wish(minutes * 5, before * 5, after * 5);
            prop_assert_eq!(free_starts(&t, &w, z, d), slow(&t, &w, z, d));
        }
    }
}
