//! How a service is booked, and what time is kept for what.

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::{Booking, ChairId, ProviderId, ProviderKind, ServiceId, SiteId};
use crate::platform::clock::{Instant, at_minute};
use crate::platform::i18n::{Lang, Text};

/// Minutes from the start of a visit, `[from, until)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// First minute.
    pub from: i32,
    /// Minute after the last.
    pub until: i32,
}

/// Parts of a visit, in order and apart; none: all of it. Open Dental's time pattern `/XX/` is one part, `10-20`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts(pub Vec<Part>);

impl Parts {
    /// Reads `0-10, 30-40`; empty is all of the visit.
    ///
    /// # Errors
    /// What is wrong with it, for the field.
    pub fn parse(text: &str) -> Result<Parts, Text> {
        let mut parts: Vec<Part> = Vec::new();
        for piece in text.split([',', '，', '、']).map(str::trim).filter(|p| !p.is_empty()) {
            let ends = piece.split_once(['-', '–', '－']);
            let part = ends.and_then(|(a, b)| {
                Some(Part {
                    from: a.trim().parse().ok()?,
                    until: b.trim().parse().ok()?,
                })
            });
            let after = parts.last().map_or(0, |p| p.until);
            match part.filter(|p| p.from >= after && p.from < p.until && p.until <= LONGEST) {
                Some(part) => parts.push(part),
                None => {
                    return Err(Text::new(
                        format!("看不懂“{piece}”：请按先后写成 0-10, 30-40（从开始起的分钟）"),
                        format!("Cannot read \"{piece}\": write minutes from the start in order, such as 0-10, 30-40"),
                    ));
                }
            }
        }
        Ok(Parts(parts))
    }
    /// `0-10,30-40`
    pub fn show(&self) -> String {
        let shown: Vec<String> = self.0.iter().map(|p| format!("{}-{}", p.from, p.until)).collect();
        shown.join(",")
    }
    /// The minute in which the last one ends.
    pub fn end(&self) -> i32 {
        self.0.last().map_or(0, |p| p.until)
    }
    /// The same for a visit of `minutes` instead of the usual length: what lasts to the end still does, what lies beyond it
    /// falls away.
    pub fn fitted(&self, usual: i32, minutes: i32) -> Parts {
        let stretch = |until: i32| if until >= usual { minutes } else { until.min(minutes) };
        let fitted = self.0.iter().map(|p| Part {
            from: p.from,
            until: stretch(p.until),
        });
        Parts(fitted.filter(|p| p.from < p.until).collect())
    }
}

/// The longest visit, in minutes.
const LONGEST: i32 = 480;

/// How a service is booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingRules {
    /// Starts are offered on this grid of the wall clock, in minutes.
    pub grid_minutes: i32,
    /// It needs a chair of this kind; empty: the provider's own.
    pub chair_kind: String,
    /// When the provider is needed.
    pub provider_parts: Parts,
    /// A second person of this kind is needed …
    pub second_kind: Option<ProviderKind>,
    /// … then.
    pub second_parts: Parts,
    /// At most so many a day for one provider.
    pub per_day_max: Option<i32>,
    /// Whether patients book it themselves.
    pub online: bool,
    /// Patients book at least so many minutes ahead …
    pub notice_minutes: i32,
    /// … and at most so many days.
    pub horizon_days: i32,
}

/// The grid of services without rules of their own, in minutes.
pub const GRID_MINUTES: i32 = 15;
/// The grids there are.
pub const GRIDS: [i32; 6] = [5, 10, 15, 20, 30, 60];

impl Default for BookingRules {
    fn default() -> Self {
        BookingRules {
            grid_minutes: GRID_MINUTES,
            chair_kind: String::new(),
            provider_parts: Parts::default(),
            second_kind: None,
            second_parts: Parts::default(),
            per_day_max: None,
            online: false,
            notice_minutes: 120,
            horizon_days: 60,
        }
    }
}

/// Time kept for some services.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct Blockout {
    /// Row id.
    pub id: i64,
    /// Where.
    pub site_id: SiteId,
    /// Whose time; none: everybody's.
    pub provider_id: Option<ProviderId>,
    /// On this weekday (1 = Monday) …
    pub weekday: Option<i32>,
    /// … or on this one day.
    pub day: Option<NaiveDate>,
    /// Minute of the day it begins.
    pub start_minute: i32,
    /// Minute of the day it ends.
    pub end_minute: i32,
    /// First day of a weekly one.
    pub valid_from: Option<NaiveDate>,
    /// Last day of a weekly one.
    pub valid_until: Option<NaiveDate>,
    /// Open to everything from so many days before.
    pub release_days: Option<i32>,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// So many minutes before and after are taken, too: the way to another site and back.
    pub travel_minutes: i32,
    /// In which chair; none: in any.
    pub chair_id: Option<ChairId>,
}

impl Blockout {
    /// Whether it keeps time of this provider, in this chair if one is meant, on a day, as seen today.
    pub fn keeps(&self, whose: (ProviderId, Option<ChairId>), day: NaiveDate, today: NaiveDate) -> bool {
        let whose = self.provider_id.is_none_or(|p| p == whose.0) && self.chair_id.is_none_or(|c| Some(c) == whose.1);
        whose && self.holds_on(day, today)
    }
    /// Whether it keeps anybody's time on a day, as seen today.
    pub fn holds_on(&self, day: NaiveDate, today: NaiveDate) -> bool {
        let weekday = i32::try_from(day.weekday().number_from_monday()).ok();
        let when = match self.day {
            Some(on) => on == day,
            None => {
                self.weekday == weekday
                    && self.valid_from.is_none_or(|from| from <= day)
                    && self.valid_until.is_none_or(|until| day <= until)
            }
        };
        let released = self
            .release_days
            .is_some_and(|days| (day - today).num_days() <= i64::from(days));
        when && !released
    }
    /// Whether a visit lies within it, as seen today.
    pub fn takes(&self, zone: Tz, today: NaiveDate, visit: &Booking) -> bool {
        let day = visit.starts_at.day(zone);
        let (from, until) = self.span(zone, day);
        self.keeps((visit.provider_id, Some(visit.chair_id)), day, today)
            && from < visit.ends_at
            && visit.starts_at < until
    }
    /// From when until when it takes a day's time, the way included.
    pub fn span(&self, zone: Tz, day: NaiveDate) -> (Instant, Instant) {
        let way = i64::from(self.travel_minutes);
        let at = |minute| at_minute(zone, day, minute);
        (
            at(self.start_minute).plus_minutes(-way),
            at(self.end_minute).plus_minutes(way),
        )
    }
    /// Name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        lang.pick(&self.name, &self.name_en)
    }
}

/// Which services may use a blockout's time.
pub type BlockoutServices = Vec<(i64, ServiceId)>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_shown_and_fitted() {
        let parts = Parts::parse(" 0-10，30 - 45").expect("parts");
        assert_eq!(parts.show(), "0-10,30-45");
        assert_eq!(parts.fitted(45, 60).show(), "0-10,30-60");
        assert_eq!(parts.fitted(45, 40).show(), "0-10,30-40");
        assert_eq!(parts.fitted(45, 20).show(), "0-10");
        assert_eq!(Parts::parse("").expect("none"), Parts::default());
        for wrong in ["10", "10-5", "20-30,10-15", "0-10,5-20", "a-b", "-5-10", "0-500"] {
            assert!(Parts::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_blockout_is_kept_until_its_release() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).expect("date");
        let b = Blockout {
            id: 1,
            site_id: SiteId(1),
            provider_id: Some(ProviderId(1)),
            weekday: Some(1),
            day: None,
            start_minute: 540,
            end_minute: 600,
            valid_from: Some(day(9)),
            valid_until: Some(day(23)),
            release_days: Some(2),
            name: String::new(),
            name_en: String::new(),
            travel_minutes: 0,
            chair_id: None,
        };
        let keeps = |d, today| b.keeps((ProviderId(1), None), day(d), day(today));
        assert!(keeps(16, 13) && !keeps(16, 14), "two days before it is anybody's");
        assert!(!keeps(2, 1) && !keeps(30, 1), "outside its days");
        assert!(!keeps(17, 1), "another weekday");
        assert!(!b.keeps((ProviderId(2), None), day(16), day(1)), "somebody else");
        let in_chair = Blockout {
            chair_id: Some(ChairId(3)),
            ..b
        };
        let keeps = |chair| in_chair.keeps((ProviderId(1), chair), day(16), day(1));
        assert!(keeps(Some(ChairId(3))) && !keeps(Some(ChairId(4))) && !keeps(None));
    }
}
