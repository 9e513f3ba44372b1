//! What campaigns look like.

mod draft;
mod list;
mod result;

pub use draft::form_page;
pub use list::list;
pub use result::{Person, Show, result_page};

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::segments::Segment;
use super::model::{Campaign, State, Turn};
use super::planning::Preview;
use super::store::Results;
use crate::documents::Document;
use crate::messaging::Templates;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::i18n::Lang;
use crate::platform::web::icon;
use crate::staff::AuditEntry;

/// All that is shown of a campaign, or of one to be made.
pub struct Sheet {
    /// The present instant.
    pub now: Instant,
    /// The clinic's zone.
    pub zone: Tz,
    /// None: one to be made.
    pub campaign: Option<Campaign>,
    /// To whom it may go.
    pub segments: Vec<Segment>,
    /// The templates there are.
    pub templates: Option<Templates>,
    /// The documents that may go with it.
    pub documents: Vec<Document>,
    /// The one that goes with it.
    pub document: Option<Document>,
    /// What a part of a text costs, in which currency; none: not known.
    pub price: Option<(f64, String)>,
    /// The picked list of one to be made.
    pub picked: Vec<PatientId>,
    /// What it would do; only of a draft.
    pub preview: Option<Preview>,
    /// The day that it reaches with its pace.
    pub last_day: Option<NaiveDate>,
    /// How many by turn.
    pub turns: BTreeMap<Turn, i64>,
    /// How many were left out, by reason.
    pub reasons: Vec<(String, i64)>,
    /// What became of it.
    pub results: Results,
    /// People of the list.
    pub people: Vec<Person>,
    /// Which of them.
    pub show: Show,
    /// After whom the next page begins.
    pub next: Option<i64>,
    /// Its last change.
    pub last: Option<AuditEntry>,
}

impl Sheet {
    /// Of nothing.
    pub fn empty(now: Instant, zone: Tz) -> Sheet {
        Sheet {
            now,
            zone,
            campaign: None,
            segments: Vec::new(),
            templates: None,
            documents: Vec::new(),
            document: None,
            price: None,
            picked: Vec::new(),
            preview: None,
            last_day: None,
            turns: BTreeMap::new(),
            reasons: Vec::new(),
            results: Results::default(),
            people: Vec::new(),
            show: Show::All,
            next: None,
            last: None,
        }
    }
    /// What the template of a campaign is called.
    fn template_name(&self, x: &Campaign, lang: Lang) -> String {
        let all = self.templates.as_ref();
        all.map_or_else(|| x.template.clone(), |t| t.name(lang, &x.template))
    }
    /// The name of the segment of a campaign.
    fn segment_name(&self, x: &Campaign, lang: Lang) -> String {
        let found = self.segments.iter().find(|s| Some(s.id) == x.segment);
        found.map_or_else(
            || lang.pick("选定的患者", "picked patients").to_owned(),
            |s| s.name_in(lang).to_owned(),
        )
    }
}

/// A campaign's state.
pub fn state_chip(lang: Lang, state: State) -> Markup {
    html! { span class={ "chip " (state.chip()) } { (icon(state.icon())) (state.name().get(lang)) } }
}

/// When a campaign goes out, in words.
fn pace_text(lang: Lang, x: &Campaign) -> String {
    use super::super::model::minute_text;
    let days: Vec<&str> = (1..=7_u8)
        .filter(|d| x.pace.weekdays.contains(&u32::from(*d)))
        .filter_map(|d| chrono::Weekday::try_from(d - 1).ok())
        .map(|d| lang.weekday(d))
        .collect();
    let (days, n) = (days.join(lang.pick("、", ", ")), x.pace.per_day);
    let (from, until) = (minute_text(x.pace.from), minute_text(x.pace.until));
    let first = lang.date(x.pace.first_day);
    lang.pick(
        format!("{first}起，{days} {from}–{until}，每天 {n} 条"),
        format!("from {first}: {days}, {from}–{until}, {n} a day"),
    )
}
