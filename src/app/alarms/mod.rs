//! What should happen and does not: told on every page of who works the desk, in `/metrics`, and by email.

mod watch;

use std::sync::{Arc, Mutex, PoisonError};

pub use watch::{look, watch};

use crate::clinic;
use crate::messaging;
use crate::outreach;
use crate::platform::clock::{Instant, MINUTE_MS};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::jobs;

/// The jobs whose heart is listened to, and how long it may be silent.
const HEARTS: [(&str, i64); 2] = [("plan-messages", 15 * MINUTE_MS), ("dispatch", 10 * MINUTE_MS)];
/// How long a message may wait that could be sent.
const LATE_MS: i64 = 20 * MINUTE_MS;

/// Something that does not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// For machines: `scheduler`, `late`, `forecast`.
    pub code: &'static str,
    /// For people.
    pub text: Text,
}

/// What the last look of this process saw: pages ask it, and not the database.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<Alarm>>>);

impl Seen {
    fn set(&self, alarms: Vec<Alarm>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = alarms;
    }
    /// In words.
    pub fn texts(&self) -> Vec<Text> {
        let alarms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        alarms.iter().map(|a| a.text.clone()).collect()
    }
}

/// What does not happen now.
///
/// # Errors
/// Those of the database.
fn alarms(c: &mut Conn, now: Instant) -> Result<Vec<Alarm>> {
    let zone = clinic::the_site(c)?.tz();
    let at = |lang: Lang, at: Instant| lang.day_time(at, zone);
    let mut found = Vec::new();
    for (job, patience) in HEARTS {
        let last = jobs::last_success(c, job)?;
        if let Some(last) = last.filter(|last| now - *last > patience) {
            let text = Text::new(
                format!(
                    "定时任务（{job}）自 {} 起没有成功运行，消息可能没有发出。请联系管理员。",
                    at(Lang::Zh, last)
                ),
                format!(
                    "Timed work ({job}) has not run well since {}: messages may not go out. Tell the administrator.",
                    at(Lang::En, last)
                ),
            );
            found.push(Alarm {
                code: "scheduler",
                text,
            });
        }
    }
    if let Some(since) = messaging::late_since(c, now, LATE_MS)? {
        let text = Text::new(
            format!("有消息自 {} 起一直没能发出。", at(Lang::Zh, since)),
            format!("Messages have been waiting to be sent since {}.", at(Lang::En, since)),
        );
        found.push(Alarm { code: "late", text });
    }
    for s in outreach::shortfalls(c, now)? {
        let text = Text::new(
            outreach::shortfall_text(Lang::Zh, zone, &s),
            outreach::shortfall_text(Lang::En, zone, &s),
        );
        found.push(Alarm { code: "forecast", text });
    }
    Ok(found)
}

/// All codes, for `/metrics`.
const CODES: [&str; 3] = ["scheduler", "late", "forecast"];

/// Sets the gauges of `/metrics`: `chairside_alarm{code=…}`, 0 or 1.
fn measure(alarms: &[Alarm]) {
    for code in CODES {
        let on = alarms.iter().any(|a| a.code == code);
        metrics::gauge!("chairside_alarm", "code" => code).set(if on { 1.0 } else { 0.0 });
    }
}
