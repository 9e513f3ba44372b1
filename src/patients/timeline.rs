//! The one timeline of a patient (clinic.md R3): every feature above adds its entries.

use std::sync::Arc;

use chrono::NaiveDate;

use super::model::{Patient, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::staff::Role;

/// One thing that happened or is planned.
#[derive(Debug, Clone)]
pub struct TimelineEntry {
    /// It is about a day, and the time of day in `at` means nothing.
    pub whole_day: bool,
    /// When.
    pub at: Instant,
    /// Icon of the sprite.
    pub icon: &'static str,
    /// One line.
    pub title: String,
    /// What more there is to say; may be empty.
    pub detail: String,
    /// Where it can be read in full.
    pub href: Option<String>,
}

/// What is still to come of a patient, for the head of the record. Not every entry in the future is: a visit that was cancelled
/// stands in the timeline, too.
#[derive(Debug, Clone)]
pub enum Ahead {
    /// A planned visit: booked or confirmed.
    Visit {
        /// When it begins.
        at: Instant,
        /// For what, with whom.
        title: String,
    },
    /// A recall: a day, no time; it may have passed.
    Recall {
        /// The day it is due.
        due_on: NaiveDate,
        /// For what.
        title: String,
        /// Where it can be changed.
        href: String,
    },
    /// The open part of a treatment plan, which may have no date yet.
    Plan {
        /// What is to be done, in order.
        title: String,
        /// Where the plan can be read in full.
        href: String,
    },
}

/// Mail to a patient's address came back.
#[derive(Debug, Clone)]
pub struct Undelivered {
    /// When it last did.
    pub at: Instant,
    /// What was said.
    pub said: String,
    /// Whether nothing more is sent to it.
    pub stopped: bool,
    /// Where it is posted that it is to be tried again.
    pub again: String,
}

/// A feature that knows something of a patient. Implemented by the features above, registered in `app`.
pub trait TimelineSource: Send + Sync {
    /// The latest entries of a patient that `role` may see, newest first, at most `limit`.
    fn entries(
        &self,
        c: &mut Conn,
        patient: PatientId,
        lang: Lang,
        role: Role,
        limit: i64,
    ) -> Result<Vec<TimelineEntry>>;

    /// The next thing of its kind that is planned for a patient.
    fn ahead(&self, _: &mut Conn, _patient: PatientId, _: Lang, _now: Instant) -> Result<Option<Ahead>> {
        Ok(None)
    }

    /// What a patient has opted out of, for the head of the record; empty: nothing.
    fn opt_outs(&self, _: &mut Conn, _patient: &Patient, _: Lang) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Whether mail to a patient's address comes back.
    fn undelivered(&self, _: &mut Conn, _patient: &Patient) -> Result<Option<Undelivered>> {
        Ok(None)
    }
}

/// All sources, as app data.
pub type Timelines = Vec<Arc<dyn TimelineSource>>;
