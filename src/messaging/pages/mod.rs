//! The Messages page.

mod gateway;
mod mailbox;
mod manners;
mod templates;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use maud::Markup;
use unicode_normalization::UnicodeNormalization;

use super::actions;
use super::jobs::Dispatcher;
use super::model::{Carrier, Message, MessageId, MessageState};
use super::store::{self, Filter};
use super::views::{self, Detail, Ledger};
use crate::clinic;
use crate::patients;
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS};
use crate::platform::config::MailTransport;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::form::Input;
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, DESK, MANAGERS};

/// Lines on a page.
const PAGE: i64 = 100;
/// Lines that need attention, shown first.
const ATTENTION: i64 = 20;
/// How far back messages are counted.
pub(super) const COUNT_BACK_MS: i64 = 30 * DAY_MS;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/messages").route(staff::get(DESK, page)))
        .service(web::resource("/messages/{id}").route(staff::get(DESK, one)))
        .service(web::resource("/messages/{id}/again").route(staff::post(DESK, again)))
        .service(web::resource("/messages/{id}/stop").route(staff::post(DESK, stop)));
    templates::routes(cfg);
    manners::routes(cfg);
    gateway::routes(cfg);
    mailbox::routes(cfg);
}

/// A 303 to `path`.
fn see(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, path))
        .finish()
}

async fn page(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    query: web::Query<Vec<(String, String)>>,
    dispatcher: web::Data<Dispatcher>,
) -> Result<Markup> {
    let (lang, now) = (frame.lang, ctx.now());
    let input = Input::from_pairs(query.into_inner());
    let mut page = ctx.db.read(move |c| load(c, now, lang, (&input, &dispatcher))).await?;
    let rows = page.attention.len() + page.lines.len();
    staff::read_of_list(&ctx.db, now, &actor, "messages", rows).await?;
    page.templates = actor.is(MANAGERS);
    Ok(frame.page(lang.pick("消息", "Messages"), "messages", views::ledger(lang, &page)))
}

fn filter(input: &Input) -> Filter {
    let folded: String = input
        .get("q")
        .nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace())
        .collect();
    Filter {
        state: input.get("state").parse::<MessageState>().ok(),
        channel: input.get("channel").parse::<Carrier>().ok(),
        attention: false,
        query: folded,
        before: input.get("before").parse().ok(),
    }
}

fn load(c: &mut Conn, now: Instant, lang: Lang, (input, dispatcher): (&Input, &Dispatcher)) -> Result<Ledger> {
    let zone = clinic::the_site(c)?.tz();
    let filter = filter(input);
    let plain =
        filter.state.is_none() && filter.channel.is_none() && filter.query.is_empty() && filter.before.is_none();
    let attention = if plain {
        let wanted = Filter {
            attention: true,
            ..Filter::default()
        };
        store::list_lines(c, &wanted, ATTENTION)?
    } else {
        Vec::new()
    };
    let lines = store::list_lines(c, &filter, PAGE)?;
    let more = i64::try_from(lines.len()).unwrap_or(0) == PAGE;
    let last = lines.last().map(|l| l.message.id.0);
    let next = last.filter(|_| more).map(|id| next_query(&filter, input.get("q"), id));
    let pauses = dispatcher.pauses(c, now)?.into_iter().map(|(channel, gateway, pause)| {
        let until = lang.day_time(pause.until, zone);
        (channel, gateway, until, pause.said)
    });
    let config = &dispatcher.config;
    Ok(Ledger {
        zone,
        names: store::all_templates(c)?,
        typed: input.get("q").to_owned(),
        counts: store::count_states(c, now + -COUNT_BACK_MS)?,
        attention,
        lines,
        next,
        pauses: pauses.collect(),
        templates: false,
        captured: config.sms.captured() && config.mail.transport == MailTransport::Capture,
        filter,
    })
}

fn next_query(filter: &Filter, typed: &str, before: i64) -> String {
    let state = filter.state.map(|s| s.as_str()).unwrap_or_default();
    let channel = filter.channel.map(|s| s.as_str()).unwrap_or_default();
    let before = before.to_string();
    let pairs = [
        ("q", typed),
        ("state", state),
        ("channel", channel),
        ("before", before.as_str()),
    ];
    serde_urlencoded(&pairs)
}

/// `a=1&b=%E5%BC%A0`; empty values are left out.
fn serde_urlencoded(pairs: &[(&str, &str)]) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for (name, value) in pairs.iter().filter(|(_, v)| !v.is_empty()) {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        for b in value.bytes() {
            if b.is_ascii_alphanumeric() || b"-_.".contains(&b) {
                out.push(char::from(b));
            } else {
                let _infallible = write!(out, "%{b:02X}");
            }
        }
    }
    out
}

async fn one(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<MessageId>,
    dispatcher: web::Data<Dispatcher>,
) -> Result<Markup> {
    let (id, lang, now) = (id.into_inner(), frame.lang, ctx.now());
    let wait = ctx.config.dispatch.uncertain_minutes * MINUTE_MS;
    let detail = ctx
        .db
        .read(move |c| load_one(c, now, (id, lang), (wait, &dispatcher)))
        .await?;
    audit_read(&ctx, &actor, &detail.message).await?;
    Ok(frame.page(lang.pick("消息", "Message"), "messages", views::detail(lang, &detail)))
}

/// Notes that somebody has read a message.
pub(super) async fn audit_read(ctx: &Ctx, actor: &Actor, message: &Message) -> Result<()> {
    match message.patient_id {
        Some(patient) => staff::read_of_record(&ctx.db, ctx.now(), actor, "messages", patient.0).await,
        None => staff::read_of_list(&ctx.db, ctx.now(), actor, "messages", 1).await,
    }
}

fn load_one(
    c: &mut Conn,
    now: Instant,
    (id, lang): (MessageId, Lang),
    (wait, dispatcher): (i64, &Dispatcher),
) -> Result<Detail> {
    let message = store::get_message(c, id)?;
    let site = clinic::the_site(c)?;
    let waits = matches!(message.state, MessageState::Queued | MessageState::Claimed);
    let foresight = waits.then(|| dispatcher.foresee(c, now, &message)).transpose()?;
    let mut members = Vec::new();
    for other in store::went_along(c, id)? {
        let whose = other.patient_id.map(|p| patients::get_patient(c, p)).transpose()?;
        members.push((other.id, whose.map(|p| p.name).unwrap_or_default()));
    }
    let patient = message.patient_id.map(|p| patients::get_patient(c, p)).transpose()?;
    Ok(Detail {
        template: store::one_template(c, &message.template)?.name(lang, &message.template),
        patient: patient.map(|p| (p.id, p.name)),
        zone: site.tz(),
        clinic: site.name_in(message.written_in()).to_owned(),
        attempts: store::attempts_of(c, id)?,
        reports: store::reports_of(c, id)?,
        files: store::files_of(c, id)?,
        foresight,
        members,
        overdue: message.state == MessageState::Uncertain && now - message.updated_at >= wait,
        message,
    })
}

async fn again(ctx: Ctx, actor: Actor, id: web::Path<MessageId>) -> Result<HttpResponse> {
    let now = ctx.now();
    let made = ctx
        .db
        .write(move |c| actions::send_again(c, now, &actor, id.into_inner()))
        .await?;
    Ok(see(&format!("/messages/{made}")))
}

async fn stop(ctx: Ctx, actor: Actor, id: web::Path<MessageId>) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), id.into_inner());
    ctx.db.write(move |c| actions::stop(c, now, &actor, id)).await?;
    Ok(see(&format!("/messages/{id}")))
}
