//! Which board is looked at, and how: everything that its address says, so that every link, every answer to a form and every
//! saved view leads to the same board again. Pure.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::Status;
use super::board::{Card, Timing};
use crate::clinic::ProviderId;
use crate::platform::clock::{Instant, is_in_calendar};
use crate::platform::db::text_enum;
use crate::platform::ids::id_type;
use crate::platform::web::form::Input;
use crate::staff::UserId;

/// Days of a week's board.
pub const WEEK: i64 = 7;
/// In an address: the columns are the chairs.
const BY_CHAIR: &str = "chair";
/// Between the values of one parameter.
const AND: char = '.';

text_enum! {
    /// Cards that can be picked out.
    Pick {
        /// 未确认
        Booked = "un",
        /// 已确认
        Confirmed = "cf",
        /// 候诊
        Arrived = "ar",
        /// 就诊中
        InChair = "in",
        /// 已完成
        Done = "dn",
        /// 爽约
        NoShow = "ns",
        /// 迟到
        Late = "hot",
    }
}

impl Pick {
    /// The state meant; none: late, in whatever state.
    pub fn status(self) -> Option<Status> {
        match self {
            Pick::Booked => Some(Status::Booked),
            Pick::Confirmed => Some(Status::Confirmed),
            Pick::Arrived => Some(Status::Arrived),
            Pick::InChair => Some(Status::InChair),
            Pick::Done => Some(Status::Done),
            Pick::NoShow => Some(Status::NoShow),
            Pick::Late => None,
        }
    }
    fn fits(self, card: &Card) -> bool {
        match self.status() {
            Some(status) => card.status == status,
            None => matches!(card.timing, Timing::Late(_)),
        }
    }
}

id_type! {
    /// Row id of a saved view.
    ViewId
}

/// A board kept by name.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct SavedView {
    /// Row id.
    pub id: ViewId,
    /// Who made it, and alone changes it.
    pub owner: UserId,
    /// Whether everybody sees it.
    pub shared: bool,
    /// What it is called.
    pub name: String,
    /// The board's address.
    pub board: String,
    /// Order among its owner's, from 1.
    pub position: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Rises with every change.
    pub version: i64,
}

impl SavedView {
    /// The board it names, on a day.
    pub fn on(&self, day: NaiveDate) -> Shown {
        let shown = Shown::parse(&self.board, day).unwrap_or_else(|| Shown::day(day));
        Shown {
            view: Some(self.id),
            ..shown
        }
    }
}

/// A board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The day; of a week, any of its days.
    pub day: NaiveDate,
    /// Whose week; none: everybody's day.
    pub week_of: Option<ProviderId>,
    /// Whether a day's columns are its chairs instead of the providers.
    pub by_chair: bool,
    /// The columns of a day; empty: all.
    pub only: Vec<ProviderId>,
    /// What is picked out; empty: everything.
    pub show: Vec<Pick>,
    /// The saved view that it came from.
    pub view: Option<ViewId>,
}

impl Shown {
    /// Everybody's day.
    pub fn day(day: NaiveDate) -> Shown {
        Shown {
            day,
            week_of: None,
            by_chair: false,
            only: Vec::new(),
            show: Vec::new(),
            view: None,
        }
    }

    /// Reads the parameters of a board's address. What cannot be read is left out; `None` when the day is no day.
    pub fn read(path: &str, input: &Input, today: NaiveDate) -> Option<Shown> {
        let day = match input.get("day") {
            "" => today,
            text => text.parse().ok().filter(|day| is_in_calendar(*day))?,
        };
        let is_week = path.starts_with("/week");
        let by_chair = !is_week && input.get("by") == BY_CHAIR;
        Some(Shown {
            day,
            // Nobody has the id 0: the page chooses whose week it is.
            week_of: is_week.then(|| input.get("provider").parse().unwrap_or(ProviderId(0))),
            by_chair,
            only: if is_week || by_chair {
                Vec::new()
            } else {
                list(&input.all("only"))
            },
            show: list(&input.all("show")),
            view: input.get("view").parse().ok(),
        })
    }

    /// Reads a whole address, if it is a board's.
    pub fn parse(address: &str, today: NaiveDate) -> Option<Shown> {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        if path != "/day" && path != "/week" {
            return None;
        }
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        Shown::read(path, &Input::from_pairs(pairs), today)
    }

    /// The address.
    pub fn href(&self) -> String {
        let mut to = match self.week_of {
            Some(provider) => format!("/week?provider={provider}&day={}", self.day),
            None => format!("/day?day={}", self.day),
        };
        if self.by_chair {
            to.push_str(&format!("&by={BY_CHAIR}"));
        }
        let only: Vec<String> = self.only.iter().map(ToString::to_string).collect();
        let show: Vec<String> = self.show.iter().map(ToString::to_string).collect();
        for (name, values) in [("only", only), ("show", show)] {
            if !values.is_empty() {
                to.push_str(&format!("&{name}={}", values.join(&AND.to_string())));
            }
        }
        if let Some(view) = self.view {
            to.push_str(&format!("&view={view}"));
        }
        to
    }

    /// What a saved view keeps: everything but the day and the view it came from.
    pub fn kept(&self) -> String {
        let address = Shown {
            view: None,
            ..self.clone()
        }
        .href();
        let day = format!("day={}", self.day);
        address
            .replace(&format!("?{day}&"), "?")
            .replace(&format!("&{day}"), "")
            .replace(&format!("?{day}"), "")
    }

    /// Whether it is a day with nothing left out: what an address without more says.
    pub fn is_plain(&self) -> bool {
        *self == Shown::day(self.day)
    }

    /// The same board of another day.
    pub fn on(&self, day: NaiveDate) -> Shown {
        Shown { day, ..self.clone() }
    }

    /// The same board so many steps on: days, or weeks.
    pub fn step(&self, n: i64) -> Shown {
        let days = if self.week_of.is_some() { WEEK * n } else { n };
        self.on(crate::platform::clock::plus_days(self.day, days))
    }

    /// The same board with `pick` picked out, or no longer.
    pub fn toggled(&self, pick: Pick) -> Shown {
        let mut show: Vec<Pick> = self.show.iter().copied().filter(|p| *p != pick).collect();
        if show.len() == self.show.len() {
            show.push(pick);
            show.sort();
        }
        Shown { show, ..self.clone() }
    }

    /// The days on it.
    pub fn days(&self) -> Vec<NaiveDate> {
        if self.week_of.is_none() {
            return vec![self.day];
        }
        let back = i64::from(self.day.weekday().num_days_from_monday());
        (0..WEEK)
            .filter_map(|n| self.day.checked_add_signed(TimeDelta::days(n - back)))
            .collect()
    }

    /// Whether a column is on it.
    pub fn has(&self, provider: ProviderId) -> bool {
        match self.week_of {
            Some(of) => of == provider,
            None => self.only.is_empty() || self.only.contains(&provider),
        }
    }

    /// Whether a card is picked out; all are when nothing is chosen.
    pub fn picks(&self, card: &Card) -> bool {
        self.show.is_empty() || self.show.iter().any(|p| p.fits(card))
    }
}

/// `1.2` and repeated parameters, each value once.
pub fn list<T: std::str::FromStr + PartialEq>(texts: &[&str]) -> Vec<T> {
    let mut found = Vec::new();
    for value in texts.iter().flat_map(|t| t.split(AND)).filter_map(|v| v.parse().ok()) {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn an_address_says_everything_and_is_read_again() {
        let today = date("2026-11-23");
        for address in [
            "/day?day=2026-11-23",
            "/day?day=2026-11-23&only=1.3&show=un.hot&view=7",
            "/day?day=2026-11-23&by=chair&show=cf",
            "/week?provider=2&day=2026-11-25&show=cf",
        ] {
            let shown = Shown::parse(address, today);
            assert_eq!(shown.map(|s| s.href()).as_deref(), Some(address));
        }
        assert_eq!(
            Shown::parse("/day?only=1&only=1.x&show=nothing", today)
                .map(|s| s.href())
                .as_deref(),
            Some("/day?day=2026-11-23&only=1")
        );
        for other in ["/patients", "//day", "/day/../x", "/day?day=no"] {
            assert_eq!(Shown::parse(other, today), None, "{other}");
        }
    }

    #[test]
    fn a_saved_view_is_of_any_day() {
        let today = date("2026-11-23");
        for (address, kept) in [
            ("/day?day=2026-12-01", "/day"),
            ("/day?day=2026-12-01&only=1.3&show=un&view=7", "/day?only=1.3&show=un"),
            ("/day?day=2026-12-01&by=chair&view=7", "/day?by=chair"),
            ("/week?provider=2&day=2026-11-25&show=cf", "/week?provider=2&show=cf"),
        ] {
            let Some(shown) = Shown::parse(address, today) else {
                panic!("{address}")
            };
            assert_eq!(shown.kept(), kept);
            assert_eq!(Shown::parse(kept, shown.day), Some(Shown { view: None, ..shown }));
        }
    }

    #[test]
    fn a_week_begins_on_monday() {
        let today = date("2026-11-29");
        let week = Shown {
            week_of: Some(ProviderId(1)),
            ..Shown::day(today)
        };
        assert_eq!(week.days().first().copied(), Some(date("2026-11-23")));
        assert_eq!(week.days().last().copied(), Some(today));
        assert_eq!(week.step(-1).days().first().copied(), Some(date("2026-11-16")));
    }

    #[test]
    fn a_state_is_picked_and_put_back() {
        let all = Shown::day(date("2026-11-23"));
        let one = all.toggled(Pick::Confirmed).toggled(Pick::Booked);
        assert_eq!(one.show, [Pick::Booked, Pick::Confirmed]);
        assert_eq!(one.toggled(Pick::Booked).toggled(Pick::Confirmed), all);
    }
}
