//! `/inbox`: the conversations that wait, and one of them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::model::Carrier;
use super::actions;
use super::model::{AnswerId, Conversation, ConversationId, HeldStep, Step, Work};
use super::store::{self, Wanted};
use super::views::{self, Line, Page, Show, Talk};
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, DESK, UserId};

/// Conversations on the page.
const ROWS: i64 = 100;
/// Texts and messages of a conversation.
const SHOWN: i64 = 100;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/inbox").route(staff::get(DESK, list)))
        .service(web::resource("/inbox/missed-calls").route(staff::post(DESK, missed_call)))
        .service(web::resource("/inbox/{id}").route(staff::get(DESK, one)))
        .service(web::resource("/inbox/{id}/answer").route(staff::post(DESK, answer)))
        .service(web::resource("/inbox/{id}/answers/{answer}").route(staff::post(DESK, held)))
        .service(web::resource("/inbox/{id}/step").route(staff::post(DESK, step)));
}

impl Show {
    fn wanted(self, reader: Option<UserId>) -> Wanted {
        match self {
            Show::Open => Wanted {
                work: Some(&[Work::New, Work::Taken]),
                ..Wanted::default()
            },
            Show::Mine => Wanted {
                work: Some(&[Work::New, Work::Taken]),
                owner: reader,
                ..Wanted::default()
            },
            Show::Done => Wanted {
                work: Some(&[Work::Done]),
                ..Wanted::default()
            },
        }
    }
}

async fn list(ctx: Ctx, frame: Frame, actor: Actor, query: web::Query<Vec<(String, String)>>) -> Result<Markup> {
    let input = Input::from_pairs(query.into_inner());
    all(&ctx, &frame, &actor, (input, Faults::default())).await
}

async fn all(ctx: &Ctx, frame: &Frame, actor: &Actor, form: (Input, Faults)) -> Result<Markup> {
    let show: Show = form.0.get("show").parse().unwrap_or(Show::Open);
    let user = actor.user;
    let found = ctx.db.read(move |c| load(c, show, user, form)).await?;
    staff::read_of_list(&ctx.db, ctx.now(), actor, "conversations", found.lines.len()).await?;
    Ok(frame.page(
        frame.lang.pick("收件箱", "Inbox"),
        "inbox",
        views::list(frame.lang, &found),
    ))
}

/// The desk enters a call that the exchange has not told of.
async fn missed_call(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (now, by, typed) = (ctx.now(), actor.clone(), input.get("number").to_owned());
    let done = ctx.db.write(move |c| actions::missed_call(c, now, &by, &typed)).await;
    match done {
        Ok((id, _)) => Ok(see_other(&format!("/inbox/{id}"))),
        Err(Error::Invalid(faults)) => {
            let again = all(&ctx, &frame, &actor, (input, Faults(faults))).await?;
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, again))
        }
        Err(other) => Err(other),
    }
}

fn load(c: &mut Conn, show: Show, user: Option<UserId>, (input, faults): (Input, Faults)) -> Result<Page> {
    let rows = store::list(c, show.wanted(user), ROWS)?;
    let ids: Vec<ConversationId> = rows.iter().map(|(x, _)| x.id).collect();
    let last = store::last_texts(c, &ids)?;
    let addresses: Vec<String> = rows.iter().map(|(x, _)| x.address.clone()).collect();
    let people = store::people_of(c, &addresses)?;
    let lines = rows.into_iter().map(|(conversation, owner)| Line {
        last: last.iter().find(|t| t.conversation == conversation.id).cloned(),
        names: people
            .iter()
            .filter(|p| p.address == conversation.address)
            .map(|p| p.name.clone())
            .collect(),
        owner,
        conversation,
    });
    Ok(Page {
        zone: clinic::the_site(c)?.tz(),
        lines: lines.collect(),
        show,
        input,
        faults,
    })
}

async fn show(ctx: &Ctx, frame: &Frame, actor: &Actor, id: ConversationId, form: (Input, Faults)) -> Result<Markup> {
    let now = ctx.now();
    let talk = ctx.db.read(move |c| load_one(c, now, id, form)).await?;
    match talk.people.as_slice() {
        [one] => staff::read_of_record(&ctx.db, ctx.now(), actor, "conversations", one.id.0).await?,
        _ => staff::read_of_list(&ctx.db, ctx.now(), actor, "conversations", talk.people.len()).await?,
    }
    let lang = frame.lang;
    Ok(frame.page(&title(lang, &talk), "inbox", views::talk(lang, &talk, actor.user)))
}

fn title(lang: Lang, talk: &Talk) -> String {
    let names: Vec<&str> = talk.people.iter().map(|p| p.name.as_str()).collect();
    if names.is_empty() {
        match talk.conversation.channel {
            Carrier::Sms => lang.pick("未登记的号码", "A number nobody has").to_owned(),
            Carrier::Email => lang.pick("未登记的邮箱", "An address nobody has").to_owned(),
        }
    } else {
        names.join(lang.pick("、", ", "))
    }
}

fn load_one(c: &mut Conn, now: Instant, id: ConversationId, (input, faults): (Input, Faults)) -> Result<Talk> {
    let conversation = store::get_conversation(c, id)?;
    let messages = store::messages_to(c, &conversation.address, SHOWN)?;
    let colleagues = staff::list_users(c)?
        .into_iter()
        .filter(|u| u.active && DESK.contains(&u.role));
    Ok(Talk {
        wants_nothing: actions::wants_nothing(c, &conversation)?,
        zone: clinic::the_site(c)?.tz(),
        now,
        texts: store::texts_in(c, id, SHOWN)?,
        written: store::written(c, id)?,
        people: store::people_of(c, std::slice::from_ref(&conversation.address))?,
        colleagues: colleagues.map(|u| (u.id, u.name)).collect(),
        messages,
        conversation,
        input,
        faults,
    })
}

async fn one(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<ConversationId>) -> Result<Markup> {
    show(&ctx, &frame, &actor, *id, (Input::default(), Faults::default())).await
}

fn version(input: &Input) -> Result<i64> {
    let mut faults = Faults::default();
    let version = input.need("version", &mut faults);
    faults.finish()?;
    Ok(version.unwrap_or_default())
}

async fn answer(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<ConversationId>,
    input: Input,
) -> Result<HttpResponse> {
    let (now, id, by, most) = (ctx.now(), *id, actor.clone(), ctx.config.sms.max_segments);
    let (version, text) = (version(&input)?, input.get("text").to_owned());
    let write = move |c: &mut Conn| actions::answer(c, now, &by, (id, version), &text, most);
    let fault = match ctx.db.write(write).await {
        Ok(_) => return Ok(see_other(&format!("/inbox/{id}"))),
        Err(e) => e,
    };
    let status = fault.status();
    let faults = match fault {
        Error::Invalid(list) => Faults(list),
        // Something came in meanwhile: it is shown, and what was typed stays.
        Error::Conflict { code, .. } => {
            let mut faults = Faults::default();
            let (zh, en) = (
                "期间有变化，请看过再发送",
                "Something has changed meanwhile: please look, then send",
            );
            faults.add("text", code, zh, en);
            faults
        }
        other => return Err(other),
    };
    Ok(page(status, show(&ctx, &frame, &actor, id, (input, faults)).await?))
}

/// What was taken back stands in the form again, as it was written.
async fn held(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    path: web::Path<(ConversationId, AnswerId)>,
    input: Input,
) -> Result<HttpResponse> {
    let (now, by, of) = (ctx.now(), actor.clone(), path.into_inner());
    let mut faults = Faults::default();
    let step: Option<HeldStep> = input.need("step", &mut faults);
    faults.finish()?;
    let step = step.unwrap_or(HeldStep::TakeBack);
    let text = ctx.db.write(move |c| actions::held_step(c, now, &by, of, step)).await?;
    match step {
        HeldStep::SendNow => Ok(see_other(&format!("/inbox/{}", of.0))),
        HeldStep::TakeBack => {
            let input = Input::from_pairs([("text", text.as_str())]);
            let again = show(&ctx, &frame, &actor, of.0, (input, Faults::default())).await?;
            Ok(page(StatusCode::OK, again))
        }
    }
}

async fn step(ctx: Ctx, actor: Actor, id: web::Path<ConversationId>, input: Input) -> Result<HttpResponse> {
    let (now, id, version) = (ctx.now(), *id, version(&input)?);
    let mut faults = Faults::default();
    let step: Option<Step> = input.need("step", &mut faults);
    let to: Option<UserId> = input.parse("owner", &mut faults);
    faults.finish()?;
    let step = step.unwrap_or(Step::Take);
    ctx.db
        .write(move |c| actions::step(c, now, &actor, (id, version), (step, to)))
        .await?;
    Ok(see_other(&match step {
        Step::Done => "/inbox".to_owned(),
        Step::Take | Step::Give | Step::Reopen => format!("/inbox/{id}"),
    }))
}

impl Conversation {
    /// Whether somebody else is on it.
    pub(super) fn is_others(&self, reader: Option<UserId>) -> bool {
        self.work == Work::Taken && self.owner.is_some() && self.owner != reader
    }
}
