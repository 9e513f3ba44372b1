//! The list of messages: what is looked for in it, and its export.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use chrono_tz::Tz;
use maud::Markup;

use super::super::actions::{FOUND_MAX, Search};
use super::super::jobs::Dispatcher;
use super::super::model::{Reason, Stand, Templates};
use super::super::store::{self, Alike, Filter, Line, Place};
use super::super::views::{self, Counts, Ledger};
use super::COUNT_BACK_MS;
use crate::clinic;
use crate::platform::clock::{Instant, plus_days};
use crate::platform::config::MailTransport;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::sheet::{self, Sheet};
use crate::staff::{self, Actor, DESK, MANAGERS, Subject};

/// Lines on a page.
const PAGE: i64 = 100;
/// Lines that need attention, shown first.
const ATTENTION: i64 = 20;
/// Lines of an export, at most …
const EXPORT_MAX: i64 = 20_000;
/// … which are read so many at a time.
const EXPORT_CHUNK: i64 = 500;
/// What can be looked for.
const PARAMS: [&str; 8] = ["q", "state", "channel", "purpose", "reason", "gateway", "from", "until"];

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/messages").route(staff::get(DESK, page)))
        .service(web::resource("/messages.csv").route(staff::get(DESK, export)));
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
    let mut page = ctx.db.read(move |c| load(c, now, lang, (input, &dispatcher))).await?;
    let rows = page.attention.len() + page.lines.len();
    staff::read_of_list(&ctx.db, now, &actor, "messages", rows).await?;
    page.templates = actor.is(MANAGERS);
    Ok(frame.page(lang.pick("消息", "Messages"), "messages", views::ledger(lang, &page)))
}

/// What was typed as a search, with the days that are looked at.
fn read_search(input: &Input, now: Instant, zone: Tz) -> Result<Search> {
    let mut faults = Faults::default();
    let given = |name: &str| Some(input.get(name).to_owned()).filter(|text| !text.is_empty());
    let search = Search {
        state: input.parse("state", &mut faults),
        channel: input.parse("channel", &mut faults),
        purpose: input.parse("purpose", &mut faults),
        reason: given("reason"),
        gateway: given("gateway"),
        from: input.parse("from", &mut faults),
        until: input.parse("until", &mut faults),
        text: input.get("q").to_owned(),
    };
    faults.finish()?;
    search.settled(now, zone)
}

/// `before=1764000000000.42`: where the next page begins.
fn read_place(input: &Input) -> Option<Place> {
    let (due, id) = input.get("before").split_once('.')?;
    Some((Instant(due.parse().ok()?), id.parse().ok()?))
}

fn load(c: &mut Conn, now: Instant, lang: Lang, (mut input, dispatcher): (Input, &Dispatcher)) -> Result<Ledger> {
    let zone = clinic::the_site(c)?.tz();
    let before = read_place(&input);
    let (search, faults) = match read_search(&input, now, zone) {
        Ok(search) => (search, Faults::default()),
        Err(e) => (Search::default(), Faults::from_error(e)?),
    };
    if let Some(from) = search.from {
        input.set("from", from.to_string());
    }
    let filter = search.filter(c)?;
    let query = query_of(&input, &[]);
    let attention = if query.is_empty() && before.is_none() {
        let wanted = Filter {
            state: Some(Stand::Attention),
            ..Filter::default()
        };
        store::list_lines(c, &wanted, None, ATTENTION)?
    } else {
        Vec::new()
    };
    let lines = match faults.0.is_empty() {
        true => store::list_lines(c, &filter, before, PAGE)?,
        false => Vec::new(),
    };
    let last = lines.last().filter(|_| i64::try_from(lines.len()) == Ok(PAGE));
    let next = last.map(|l| format!("{}.{}", l.message.due_at.0, l.message.id));
    let pauses = dispatcher.pauses(c, now)?.into_iter().map(|(channel, gateway, pause)| {
        let until = lang.day_time(pause.until, zone);
        (channel, gateway, until, pause.said)
    });
    let config = &dispatcher.config;
    Ok(Ledger {
        zone,
        names: store::all_templates(c)?,
        yesterday: plus_days(now.day(zone), -1),
        counts: count(c, now, &filter)?,
        attention,
        lines,
        next: next.map(|place| query_of(&input, &[("before", &place)])),
        many: filter.to.as_ref().is_some_and(|to| to.patients.len() >= FOUND_MAX),
        gateways: dispatcher.gateways(),
        pauses: pauses.collect(),
        templates: false,
        captured: config.sms.captured() && config.mail.transport == MailTransport::Capture,
        search,
        input,
        faults,
    })
}

/// The query that looks for the same, but for these.
pub(in crate::messaging) fn query_of(input: &Input, but: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let kept = PARAMS.iter().filter(|name| but.iter().all(|(b, _)| b != *name));
    let pairs = kept.map(|name| (*name, input.get(name))).chain(but.iter().copied());
    for (name, value) in pairs.filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    query.finish()
}

/// Counts by state, kind and reason: each among those that the other two let through.
fn count(c: &mut Conn, now: Instant, filter: &Filter) -> Result<Counts> {
    let others = Filter {
        state: None,
        purpose: None,
        reason: None,
        ..filter.clone()
    };
    let mut counts = Counts::default();
    let mut reasons: BTreeMap<String, (Reason, i64)> = BTreeMap::new();
    for Alike {
        state,
        purpose,
        reason,
        count,
    } in store::count_alike(c, &others, now + -COUNT_BACK_MS)?
    {
        let reason = reason.as_deref().map(Reason::read);
        let stands = filter.state.is_none_or(|s| s.holds(state));
        let is_kind = filter.purpose.is_none_or(|p| p == purpose);
        let code = reason.as_ref().map(|r| &r.code);
        let is_why = filter.reason.is_none() || filter.reason.as_ref() == code;
        if is_kind && is_why {
            *counts.states.entry(state).or_default() += count;
        }
        if stands && is_why {
            *counts.kinds.entry(purpose).or_default() += count;
        }
        if let Some(reason) = reason.filter(|_| stands && is_kind) {
            reasons.entry(reason.code.clone()).or_insert((reason, 0)).1 += count;
        }
    }
    counts.reasons = reasons.into_values().collect();
    counts.reasons.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    Ok(counts)
}

async fn export(ctx: Ctx, lang: Lang, actor: Actor, query: web::Query<Vec<(String, String)>>) -> Result<HttpResponse> {
    let now = ctx.now();
    let input = Input::from_pairs(query.into_inner());
    let asked = query_of(&input, &[]);
    let (name, table, rows) = ctx.db.read(move |c| written(c, now, lang, &input)).await?;
    let subject = Subject {
        kind: "messages",
        id: None,
        patient: None,
    };
    let detail = format!("{rows} messages of {asked}");
    ctx.db
        .write(move |c| staff::audit(c, now, &actor, "export", subject, &detail))
        .await?;
    Ok(sheet::download(&name, table))
}

/// The list as a table: its name, the file, and how many lines.
fn written(c: &mut Conn, now: Instant, lang: Lang, input: &Input) -> Result<(String, Vec<u8>, i64)> {
    let zone = clinic::the_site(c)?.tz();
    let search = read_search(input, now, zone)?;
    let search = if search.text.is_empty() {
        search.with_days(now, zone)
    } else {
        search
    };
    let filter = search.filter(c)?;
    let rows = store::count_lines(c, &filter, EXPORT_MAX + 1)?;
    if rows > EXPORT_MAX {
        return Err(Error::field(
            "from",
            "out_of_range",
            format!("超过 {EXPORT_MAX} 条消息：请选择较短的时间"),
            format!("More than {EXPORT_MAX} messages: choose fewer days"),
        ));
    }
    let names = store::all_templates(c)?;
    let mut table = Sheet::new(head(lang))?;
    let mut before = None;
    loop {
        let lines = store::list_lines(c, &filter, before, EXPORT_CHUNK)?;
        let Some(last) = lines.last() else { break };
        before = Some((last.message.due_at, last.message.id));
        let ids: Vec<_> = lines.iter().map(|l| l.message.id).collect();
        let tries = store::last_tries(c, &ids)?;
        for line in &lines {
            table.row(cells(lang, (zone, &names), line, tries.get(&line.message.id)))?;
        }
    }
    let until = search.until.unwrap_or_else(|| now.day(zone));
    let from = search.from.map(|d| format!("{d}-")).unwrap_or_default();
    Ok((format!("messages-{from}{until}"), table.bytes()?, rows))
}

fn head(lang: Lang) -> [&'static str; 12] {
    lang.pick(
        [
            "编号",
            "应发时间",
            "患者",
            "病历号",
            "地址",
            "类型",
            "模板",
            "方式",
            "状态",
            "原因",
            "最后发送",
            "网关",
        ],
        [
            "Number",
            "Due",
            "Patient",
            "Chart number",
            "Address",
            "Kind",
            "Template",
            "Channel",
            "State",
            "Reason",
            "Last tried",
            "Gateway",
        ],
    )
}

/// What a line says but for the text: that is read one by one, which is noted with its patient.
fn cells(lang: Lang, (zone, names): (Tz, &Templates), line: &Line, tried: Option<&(Instant, String)>) -> [String; 12] {
    let m = &line.message;
    let time = |at: Instant| at.local(zone).format("%Y-%m-%d %H:%M").to_string();
    [
        m.id.to_string(),
        time(m.due_at),
        line.patient.clone().unwrap_or_default(),
        line.chart_no.clone().unwrap_or_default(),
        m.recipient.clone().unwrap_or_default(),
        m.purpose.name().get(lang).to_owned(),
        names.name(lang, &m.template),
        m.channel.name().get(lang).to_owned(),
        m.state.name().get(lang).to_owned(),
        views::reason(lang, m),
        tried.map(|(at, _)| time(*at)).unwrap_or_default(),
        tried.map(|(_, gateway)| gateway.clone()).unwrap_or_default(),
    ]
}
