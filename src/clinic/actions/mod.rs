//! What an administrator does to the clinic's set-up. Each action is one transaction, leaves an audit row of what changed,
//! and asks first when it touches visits that are booked.

mod blockouts;
mod calendar;
mod hours;
mod online;
mod people;
mod places;
mod services;

pub(super) use blockouts::{add_blockouts, remove_blockout, save_blockout};
pub(super) use calendar::{Days, add_holidays, add_makeup_days, remove_holiday, remove_makeup_day};
pub(super) use hours::{add_leave, add_pattern, remove_days, remove_leave, remove_pattern, save_days, save_pattern};
pub(super) use online::{remove_complaint, save_complaint, save_online_rules};
pub(super) use people::save_provider;
pub(super) use places::{move_chair, place_chair, save_chair, save_site};
pub(super) use services::save_service;

use super::model::Agreed;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::staff::{Actor, Changes, Subject, audit, check_seen};

/// Longest name.
pub(super) const NAME_MAX: usize = 60;

/// Who changes something, when, and how many touched bookings they agreed to.
pub(in crate::clinic) struct By {
    pub now: Instant,
    pub actor: Actor,
    pub agreed: Agreed,
    /// The last change that the form was drawn with; none: not made by a form that says so.
    pub seen: Option<i64>,
}

impl By {
    /// Refuses an addition to a list, or a removal from it, that was made of an older one than there is. After the rows
    /// were written: whoever writes at the same time has waited by then.
    fn on_newest(&self, c: &mut Conn, kind: &'static str, id: i64) -> Result<()> {
        check_seen(c, self.seen, Subject::of(kind, id))
    }
    fn created(&self, c: &mut Conn, kind: &'static str, id: i64, what: &str) -> Result<()> {
        audit(c, self.now, &self.actor, "create", Subject::of(kind, id), what)
    }
    fn updated(&self, c: &mut Conn, kind: &'static str, id: i64, changes: &Changes) -> Result<()> {
        let (subject, what) = (Subject::of(kind, id), changes.to_string());
        check_seen(c, self.seen, subject)?;
        audit(c, self.now, &self.actor, "update", subject, &what)
    }
    fn deleted(&self, c: &mut Conn, kind: &'static str, id: i64, what: &str) -> Result<()> {
        audit(c, self.now, &self.actor, "delete", Subject::of(kind, id), what)
    }
}
