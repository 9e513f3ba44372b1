//! The settings pages: each section is a form that saves on its own, works without JavaScript, and says what it would do to
//! visits that are booked before it does it.

mod blockouts;
mod chairs;
mod holidays;
mod online;
mod overview;
mod providers;
mod rules;
mod services;
mod site;
mod times;
mod typed;

pub(super) use blockouts::{input_of as blockout_input, read as read_blockouts};
pub(super) use chairs::read as read_chair;
pub(super) use holidays::read as read_closed_days;
pub(super) use online::{complaint_of, input_of_complaint, input_of_rules, rules_of};
pub(super) use providers::{Draft as ProviderDraft, input_of as provider_input, read as read_provider};
pub(super) use rules::{RULE_FIELDS, pairs_of_rules, read_rules};
pub(super) use times::{DAY_FIELDS, check_leave, leave_reason, path_of};

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::actions::By;
use super::model::{Effect, Outcome};
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page, see_other};
use crate::platform::web::form::{Faults, Form, Input};
use crate::staff::{Actor, SEEN, told_stale};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    overview::routes(cfg);
    site::routes(cfg);
    chairs::routes(cfg);
    providers::routes(cfg);
    times::routes(cfg);
    services::routes(cfg);
    holidays::routes(cfg);
    blockouts::routes(cfg);
    online::routes(cfg);
}

/// A form that has to be shown again: it has faults, or it has to be confirmed.
pub(super) struct Again {
    /// Which section of the page.
    section: &'static str,
    input: Input,
    faults: Faults,
    ask: Option<Effect>,
    /// Nothing is wrong: fields were filled in for somebody, who is to look and save.
    note: bool,
}

/// What a section's form is drawn with.
pub(super) struct Shown {
    pub input: Input,
    pub faults: Faults,
    pub ask: Option<Effect>,
    /// Fields were filled in and are not saved yet.
    pub note: bool,
}

impl Shown {
    /// What was typed, if it is this section that has to be shown again; else what is stored.
    fn of(again: Option<&Again>, section: &str, stored: impl FnOnce() -> Input) -> Shown {
        match again.filter(|a| a.section == section) {
            Some(a) => Shown {
                input: a.input.clone(),
                faults: a.faults.clone(),
                ask: a.ask.clone(),
                note: a.note,
            },
            None => Shown {
                input: stored(),
                faults: Faults::default(),
                ask: None,
                note: false,
            },
        }
    }
    /// For the parts of the form.
    pub fn form(&self, lang: crate::platform::i18n::Lang) -> Form<'_> {
        Form {
            lang,
            input: &self.input,
            faults: &self.faults,
        }
    }
}

/// 200, 422 with faults, 409 when it has to be confirmed or somebody else was faster.
fn answer(again: Option<&Again>, markup: Markup) -> HttpResponse {
    let status = match again {
        None => StatusCode::OK,
        Some(a) if a.note => StatusCode::OK,
        Some(a) if a.ask.is_some() || a.faults.of(SEEN).is_some() => StatusCode::CONFLICT,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    page(status, markup)
}

/// After an action: the word for the address (`saved`, `same`), or the form again.
fn settle(done: Result<Outcome>, section: &'static str, input: Input) -> Result<Result<&'static str, Again>> {
    let again = |faults, ask| Again {
        section,
        input,
        faults,
        ask,
        note: false,
    };
    match done {
        Ok(Outcome::Saved) => Ok(Ok("saved")),
        Ok(Outcome::Same) => Ok(Ok("same")),
        Ok(Outcome::Ask(effect)) => Ok(Err(again(Faults::default(), Some(effect)))),
        Err(Error::Conflict {
            code: "stale", text, ..
        }) => Ok(Err(again(told_stale(&text), None))),
        Err(e) => Ok(Err(again(Faults::from_error(e)?, None))),
    }
}

/// [`settle`] of a removal, whose form has only its path: it is shown again where something has to be agreed to.
fn settle_removal(
    done: Result<Outcome>,
    section: &'static str,
    path: &str,
    fields: &Input,
) -> Result<Result<&'static str, Again>> {
    let mut input = fields.clone();
    input.set("path", path);
    let done = match done {
        // What was to go is shown as it is now, with the button.
        Err(Error::Conflict {
            code: "stale", text, ..
        }) => {
            let (zh, en) = (
                format!("{}。没有删除", text.zh),
                format!("{}. Nothing was removed", text.en),
            );
            let mut faults = Faults::default();
            faults.add(SEEN, "stale", zh, en);
            return Ok(Err(Again {
                section,
                input,
                faults,
                ask: None,
                note: false,
            }));
        }
        done => done,
    };
    settle(done, section, input)
}

fn by(ctx: &Ctx, actor: Actor, input: &Input) -> By {
    By {
        now: ctx.now(),
        actor,
        agreed: input.get("confirmed").parse().unwrap_or(0),
        seen: input.get(SEEN).parse().ok(),
    }
}

/// Back to a page, at the section that was saved.
fn back(path: &str, word: &str, section: &str) -> HttpResponse {
    see_other(&format!("{path}?{word}={section}#{section}"))
}
