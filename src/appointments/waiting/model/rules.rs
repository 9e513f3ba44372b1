//! How freed times are offered by themselves. Pure.

use std::ops::RangeInclusive;

use super::{DEADLINE_MINUTES, DEADLINES, Source};
use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;
use crate::platform::web::form::Faults;

/// So many are asked at a time, in batches.
const BATCH: RangeInclusive<i32> = 2..=100;

text_enum! {
    /// Whether and how people are asked without the desk.
    #[derive(Default)]
    Ask {
        /// The desk asks.
        #[default]
        Off = "off",
        /// One after the other.
        One = "one",
        /// Several at a time.
        Batch = "batch",
    }
}

impl Ask {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Ask::Off => Text::new("不自动询问，由前台决定", "Not by itself: the desk decides"),
            Ask::One => Text::new("一个一个问", "One by one"),
            Ask::Batch => Text::new("分批问", "In batches"),
        }
    }
}

/// How freed times are offered by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRules {
    /// Whether, and how.
    pub ask: Ask,
    /// So many at a time, in batches.
    pub batch: i32,
    /// So many minutes they have to answer.
    pub deadline_minutes: i32,
    /// Whom.
    pub sources: Vec<Source>,
    /// Times that got free before are left to the desk.
    pub since: Instant,
}

impl Default for WaitingRules {
    fn default() -> Self {
        WaitingRules {
            ask: Ask::Off,
            batch: 3,
            deadline_minutes: DEADLINE_MINUTES,
            sources: vec![Source::Waiting],
            since: Instant(0),
        }
    }
}

impl WaitingRules {
    /// Everything wrong with them, at `batch`, `minutes`, `sources`.
    pub fn check(&self) -> Faults {
        let mut faults = Faults::default();
        for (name, n, range) in [
            ("batch", self.batch, BATCH),
            ("minutes", self.deadline_minutes, DEADLINES),
        ] {
            if !range.contains(&n) {
                let (low, high) = (range.start(), range.end());
                let (zh, en) = (format!("应为 {low} 到 {high}"), format!("From {low} to {high}"));
                faults.add(name, "out_of_range", zh, en);
            }
        }
        if self.ask != Ask::Off && self.sources.is_empty() {
            faults.add("sources", "required", "请至少勾选一种", "Tick at least one");
        }
        faults
    }
    /// How many are asked at a time.
    pub fn at_a_time(&self) -> i32 {
        match self.ask {
            Ask::Batch => self.batch,
            Ask::Off | Ask::One => 1,
        }
    }
}
