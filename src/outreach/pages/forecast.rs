//! `/messages/forecast`: what the next days bring by kind, and what became of the last.

use std::collections::BTreeMap;

use actix_web::web;
use chrono::NaiveDate;
use maud::Markup;

use super::super::jobs::{self, shortfalls};
use super::super::model::Span;
use super::super::store::forecast::by_kind;
use super::super::views::forecast::{self, Page, Past};
use crate::clinic;
use crate::messaging::{MessageState, Purpose};
use crate::platform::clock::{Instant, day_bounds, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::layout::Frame;
use crate::staff::{self, DESK};

/// Days ahead, today among them, and days back.
const DAYS: i64 = 7;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/messages/forecast").route(staff::get(DESK, page)));
}

async fn page(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let now = ctx.now();
    let found = ctx.db.read(move |c| load(c, now)).await?;
    let title = frame.lang.pick("消息预测", "Forecast of messages");
    Ok(frame.page(title, "messages", forecast::page(frame.lang, &found)))
}

fn load(c: &mut Conn, now: Instant) -> Result<Page> {
    let zone = clinic::the_site(c)?.tz();
    let today = now.day(zone);
    let days: Vec<NaiveDate> = (0..DAYS).map(|n| plus_days(today, n)).collect();
    let (_, until) = day_bounds(zone, plus_days(today, DAYS - 1));
    let span = Span {
        after: now,
        until: until + -1,
    };
    let (mut ahead, mut excluded) = (BTreeMap::new(), BTreeMap::new());
    for candidate in jobs::preview(c, span, now)? {
        let day = candidate.message.due_at.day(zone);
        let of = match candidate.excluded {
            None => ahead.entry((candidate.message.purpose, day)),
            Some(_) => excluded.entry((candidate.message.purpose, day)),
        };
        *of.or_insert(0) += 1;
    }
    let mut past: BTreeMap<(Purpose, NaiveDate), Past> = BTreeMap::new();
    let back: Vec<NaiveDate> = (1..=DAYS).map(|n| plus_days(today, -n)).collect();
    for day in &back {
        let (from, until) = day_bounds(zone, *day);
        for (purpose, state, n) in by_kind(c, from, until)? {
            let of = past.entry((purpose, *day)).or_default();
            match state {
                MessageState::Accepted | MessageState::Delivered => of.sent += n,
                MessageState::Queued | MessageState::Claimed | MessageState::Sending => of.waiting += n,
                MessageState::Skipped => of.skipped += n,
                MessageState::Failed | MessageState::Uncertain | MessageState::Dead => of.failed += n,
            }
        }
    }
    Ok(Page {
        zone,
        days,
        back,
        ahead,
        excluded,
        past,
        shortfalls: shortfalls(c, now)?,
    })
}
