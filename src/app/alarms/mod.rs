//! What should happen and does not: told on every page of who works the desk, in `/metrics`, and by email.

mod watch;

use std::sync::{Arc, Mutex, PoisonError};

use chrono_tz::Tz;

pub use watch::{look, watch};

use super::App;
use crate::clinic;
use crate::messaging;
use crate::outreach;
use crate::platform::clock::{Instant, MINUTE_MS};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::jobs::{self, Job};

/// How long a message may wait that could be sent.
const LATE_MS: i64 = 20 * MINUTE_MS;
/// How long nothing may get through by a gateway for which something waits.
const STUCK_MS: i64 = 15 * MINUTE_MS;

/// Something that does not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// For machines: one of [`CODES`].
    pub code: &'static str,
    /// What it is about, where there are several of a code.
    pub about: String,
    /// For people.
    pub text: Text,
}

/// What is looked at beside the database.
struct Watched {
    jobs: Vec<Job>,
    dispatcher: messaging::Dispatcher,
    /// When this program was started.
    started: Instant,
}

impl Watched {
    fn of(app: &App) -> Watched {
        Watched {
            jobs: app.jobs(),
            dispatcher: app.dispatcher(),
            started: app.started,
        }
    }
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
fn alarms(c: &mut Conn, now: Instant, watched: &Watched) -> Result<Vec<Alarm>> {
    let zone = clinic::the_site(c)?.tz();
    let mut found: Vec<Alarm> = silent(c, now, zone, watched)?.into_iter().collect();
    for stuck in watched.dispatcher.stuck(c, now, STUCK_MS)? {
        found.push(paused(zone, &stuck));
    }
    if let Some(since) = messaging::late_since(c, now, LATE_MS)? {
        let text = Text::new(
            format!("有消息自 {} 起一直没能发出。", Lang::Zh.day_time(since, zone)),
            format!(
                "Messages have been waiting to be sent since {}.",
                Lang::En.day_time(since, zone)
            ),
        );
        found.push(alarm("late", String::new(), text));
    }
    for d in outreach::deviations(c, now)? {
        let text = Text::new(
            outreach::deviation_text(Lang::Zh, zone, &d),
            outreach::deviation_text(Lang::En, zone, &d),
        );
        let about = format!("{}{}", d.purpose, if d.is_too_many() { "+" } else { "-" });
        found.push(alarm("forecast", about, text));
    }
    Ok(found)
}

fn alarm(code: &'static str, about: String, text: Text) -> Alarm {
    Alarm { code, about, text }
}

/// Timed work whose heart has stopped: all of it is one alarm.
fn silent(c: &mut Conn, now: Instant, zone: Tz, watched: &Watched) -> Result<Option<Alarm>> {
    let mut silent: Vec<(&str, Instant)> = Vec::new();
    for job in &watched.jobs {
        let since = jobs::silent_since(c, (job.name, &job.schedule), (watched.started, zone), now)?;
        silent.extend(since.map(|since| (job.name, since)));
    }
    let Some(since) = silent.iter().map(|(_, since)| *since).min() else {
        return Ok(None);
    };
    let named = |lang: Lang| {
        let names = silent.iter().map(|(job, _)| name_of(job).get(lang).to_owned());
        names.collect::<Vec<_>>().join(lang.pick("、", ", "))
    };
    let text = Text::new(
        format!(
            "定时任务自 {} 起没有成功运行：{}。请联系管理员。",
            Lang::Zh.day_time(since, zone),
            named(Lang::Zh)
        ),
        format!(
            "Timed work has not run well since {}: {}. Tell the administrator.",
            Lang::En.day_time(since, zone),
            named(Lang::En)
        ),
    );
    let about = silent.iter().map(|(job, _)| *job).collect::<Vec<_>>().join(",");
    Ok(Some(alarm("scheduler", about, text)))
}

/// What a job does, and its name in logs.
fn name_of(job: &str) -> Text {
    let (zh, en) = match job {
        "plan-messages" => ("安排消息", "planning messages"),
        "dispatch" => ("发送消息", "sending messages"),
        "clean-up" => ("清理过期数据", "clearing away what is old"),
        "lapse-offers" => ("收回过期的空档通知", "ending offers of times"),
        "ask-waiting" => ("自动询问候补患者", "offering freed times"),
        "forecast" => ("预测消息", "foretelling messages"),
        "ask-gateways" => ("查询短信回执", "asking gateways for reports"),
        "recalls" => ("计算复诊日期", "working out recalls"),
        "read-mailbox" => ("收取邮件", "reading the mailbox"),
        other => (other, other),
    };
    Text::new(format!("{zh}（{job}）"), format!("{en} ({job})"))
}

fn paused(zone: Tz, stuck: &messaging::Stuck) -> Alarm {
    let (channel, gateway) = (stuck.channel.name(), &stuck.gateway);
    let text = Text::new(
        format!(
            "{}网关 {gateway} 自 {} 起已暂停，有消息在等待：{}",
            channel.zh,
            Lang::Zh.day_time(stuck.since, zone),
            stuck.said
        ),
        format!(
            "{} gateway {gateway} has been paused since {} and messages wait for it: {}",
            channel.en,
            Lang::En.day_time(stuck.since, zone),
            stuck.said
        ),
    );
    alarm("paused", gateway.clone(), text)
}

/// All codes, for `/metrics`.
const CODES: [&str; 4] = ["scheduler", "paused", "late", "forecast"];

/// Sets the gauges of `/metrics`: `chairside_alarm{code=…}`, 0 or 1.
fn measure(alarms: &[Alarm]) {
    for code in CODES {
        let on = alarms.iter().any(|a| a.code == code);
        metrics::gauge!("chairside_alarm", "code" => code).set(if on { 1.0 } else { 0.0 });
    }
}
