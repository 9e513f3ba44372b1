//! What a patient prefers. Pure.

use crate::appointments::model::suggest::Habit;
use crate::appointments::model::together::Filter;
use crate::clinic::{ProviderId, Snapshot, show_minute};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::i18n::Lang;
use crate::platform::web::form::Faults;

/// Minutes of a day.
const DAY_MINUTES: i32 = 24 * 60;

/// What may be said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// With whom; none: anyone.
    pub provider: Option<ProviderId>,
    /// On which days, and when in the day.
    pub when: Filter,
}

impl Wanted {
    /// Everything wrong with it, at `provider_id`, `from_time`, `until_time`; all seven days are any.
    pub fn check(&mut self, clinic: &Snapshot) -> Faults {
        let mut faults = Faults::default();
        let known = |id| clinic.find_provider(id).is_some_and(|p| p.active);
        if self.provider.is_some_and(|id| !known(id)) {
            faults.add("provider_id", "unknown", "没有这位医生", "There is no such provider");
        }
        for (name, minute) in [("from_time", self.when.from), ("until_time", self.when.until)] {
            if minute.is_some_and(|m| !(0..=DAY_MINUTES).contains(&m)) {
                faults.add(name, "out_of_range", "应在 00:00 到 24:00 之间", "From 00:00 to 24:00");
            }
        }
        if let (Some(from), Some(until)) = (self.when.from, self.when.until)
            && from >= until
        {
            let (zh, en) = ("结束应晚于开始", "It ends later than it begins");
            faults.add("until_time", "invalid", zh, en);
        }
        if self.when.weekdays == [true; 7] {
            self.when.weekdays = [false; 7];
        }
        faults
    }

    /// For people: `王医生 · 周一、周三 · 14:00–18:00`; empty: nothing was said.
    pub fn text(&self, lang: Lang, clinic: &Snapshot) -> String {
        use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        let named = [Mon, Tue, Wed, Thu, Fri, Sat, Sun].into_iter().zip(self.when.weekdays);
        let days: Vec<&str> = named.filter(|(_, on)| *on).map(|(day, _)| lang.weekday(day)).collect();
        let time = |m: Option<i32>| m.map(show_minute);
        let times = match (time(self.when.from), time(self.when.until)) {
            (Some(from), Some(until)) => format!("{from}–{until}"),
            (Some(from), None) => lang.pick(format!("{from} 起"), format!("from {from}")),
            (None, Some(until)) => lang.pick(format!("{until} 前结束"), format!("over by {until}")),
            (None, None) => String::new(),
        };
        let provider = self.provider.and_then(|id| clinic.find_provider(id));
        let parts = [
            provider.map_or_else(String::new, |p| p.name_in(lang).to_owned()),
            days.join(lang.pick("、", ", ")),
            times,
        ];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(" · ")
    }
}

/// What a patient has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// Who.
    pub patient: PatientId,
    /// What.
    pub wanted: Wanted,
    /// Who wrote it down.
    pub set_by: String,
    /// When.
    pub set_at: Instant,
    /// Rises with every change.
    pub version: i64,
}

impl Preferences {
    /// What the patient is used to, with what they have said before it.
    pub fn over(&self, habit: Habit, minutes: i32) -> Habit {
        habit.preferring(self.wanted.provider, self.wanted.when, minutes)
    }
}
