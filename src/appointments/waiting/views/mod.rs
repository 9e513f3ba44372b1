//! What the pages of the waiting list look like.

pub(super) mod entry;
pub(super) mod fill;
pub(super) mod list;
pub(super) mod settings;

use chrono_tz::Tz;

use super::model::{Entry, Slot, days_of};
use crate::platform::i18n::Lang;

/// `11月24日 周二 09:00–09:45`
fn span(lang: Lang, zone: Tz, slot: &Slot) -> String {
    let ends = slot.ends_at.local(zone).format("%H:%M");
    format!("{}–{ends}", lang.day_time(slot.starts_at, zone))
}

/// The weekdays of the language, Monday first.
fn weekdays(lang: Lang) -> [&'static str; 7] {
    use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    [Mon, Tue, Wed, Thu, Fri, Sat, Sun].map(|w| lang.weekday(w))
}

/// When it suits: `周一、周三 09:00–12:00，11月24日 周二起`
fn when(lang: Lang, e: &Entry) -> String {
    let days = days_of(&e.weekdays);
    let named: Vec<&str> = weekdays(lang)
        .into_iter()
        .zip(days)
        .filter(|(_, on)| *on)
        .map(|(name, _)| name)
        .collect();
    let mut text = if named.is_empty() {
        lang.pick("任何一天", "any day").to_owned()
    } else {
        named.join(lang.pick("、", ", "))
    };
    let time = |m: i32| format!("{:02}:{:02}", m / 60, m % 60);
    match (e.from_minute, e.until_minute) {
        (None, None) => {}
        (from, until) => {
            let (from, until) = (from.map(time).unwrap_or_default(), until.map(time).unwrap_or_default());
            text.push_str(&format!(" {from}–{until}"));
        }
    }
    if let Some(last) = e.last_day {
        let by = lang.day(last);
        text.push_str(&lang.pick(format!("，到{by}"), format!(", until {by}")));
    }
    text
}
