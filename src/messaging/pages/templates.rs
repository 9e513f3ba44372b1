//! The templates' pages.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::actions::{self, Edit};
use super::super::model::{Carrier, Draft, purpose_of};
use super::super::store::{self, Template};
use super::super::views;
use super::see;
use crate::clinic::{self, Site};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::{Ctx, answer};
use crate::staff::{self, Actor, AuditEntry, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/templates").route(staff::get(ONLY_ADMINISTRATOR, list)))
        .service(web::resource("/templates/preview").route(staff::post(ONLY_ADMINISTRATOR, preview)))
        .service(
            web::resource("/templates/{code}")
                .route(staff::get(ONLY_ADMINISTRATOR, edit))
                .route(staff::post(ONLY_ADMINISTRATOR, save)),
        )
        .service(web::resource("/templates/{code}/test").route(staff::post(ONLY_ADMINISTRATOR, test)));
}

async fn list(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let (site, rows) = ctx
        .db
        .read(|c| Ok((clinic::the_site(c)?, store::list_templates(c)?)))
        .await?;
    Ok(views::template_list(&frame, &site, &rows))
}

/// The rows of a template, and who changed one of them last.
struct Loaded {
    rows: Vec<Template>,
    site: Site,
    last: Option<AuditEntry>,
}

async fn load(ctx: &Ctx, code: &str) -> Result<Loaded> {
    let code = code.to_owned();
    ctx.db
        .read(move |c| {
            let rows = store::templates_of(c, &code)?;
            if rows.is_empty() {
                return Err(Error::NotFound("template"));
            }
            let mut last: Option<AuditEntry> = None;
            for row in &rows {
                let change = staff::last_change(c, "templates", Some(row.id))?;
                if change.as_ref().map(|e| e.id) > last.as_ref().map(|e| e.id) {
                    last = change;
                }
            }
            Ok(Loaded {
                rows,
                site: clinic::the_site(c)?,
                last,
            })
        })
        .await
}

async fn edit(ctx: Ctx, frame: Frame, code: web::Path<String>) -> Result<Markup> {
    let loaded = load(&ctx, &code).await?;
    let input = stored(&loaded);
    Ok(form(&frame, &code, &loaded, (&input, &Faults::default())))
}

fn stored(loaded: &Loaded) -> Input {
    let mut input = Input::default();
    for row in &loaded.rows {
        let p = views::fields_of(row);
        input.set(&format!("{p}subject"), row.subject.clone());
        input.set(&format!("{p}body"), row.body.clone());
        input.set(&format!("{p}version"), row.version.to_string());
    }
    input
}

/// Sends the saved text to the administrator's own number or address.
async fn test(ctx: Ctx, frame: Frame, actor: Actor, code: web::Path<String>, typed: Input) -> Result<HttpResponse> {
    let (now, of, to) = (ctx.now(), code.clone(), typed.get("to").to_owned());
    let sent = ctx
        .db
        .write(move |c| actions::send_test(c, now, &actor, &of, &to))
        .await;
    match sent {
        Ok(id) => Ok(see(&format!("/messages/{id}"))),
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let loaded = load(&ctx, &code).await?;
            let sheet = sheet(&code, &loaded);
            let markup = views::editor(
                &frame,
                &sheet,
                (&stored(&loaded), &Faults::default()),
                (&typed, &faults),
            );
            Ok(answer::page(StatusCode::UNPROCESSABLE_ENTITY, markup))
        }
    }
}

fn form(frame: &Frame, code: &str, loaded: &Loaded, (input, faults): (&Input, &Faults)) -> Markup {
    let blank = (&Input::default(), &Faults::default());
    views::editor(frame, &sheet(code, loaded), (input, faults), blank)
}

fn sheet<'a>(code: &'a str, loaded: &'a Loaded) -> views::Sheet<'a> {
    views::Sheet {
        code,
        rows: &loaded.rows,
        site: &loaded.site,
        last: loaded.last.as_ref(),
    }
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, code: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let loaded = load(&ctx, &code).await?;
    let edits: Vec<Edit> = loaded.rows.iter().map(|row| edit_of(row, &input)).collect();
    let (now, of) = (ctx.now(), code.clone());
    let saved = ctx
        .db
        .write(move |c| actions::save_templates(c, now, &actor, &of, &edits))
        .await;
    match saved {
        Ok(changed) => {
            let word = if changed { "saved" } else { "same" };
            Ok(see(&format!("/templates/{code}?{word}=template")))
        }
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let page = form(&frame, &code, &loaded, (&input, &faults));
            Ok(answer::page(StatusCode::UNPROCESSABLE_ENTITY, page))
        }
    }
}

/// Browsers send line ends as CR LF; they are kept as LF.
fn typed(input: &Input, field: &str) -> String {
    input.get(field).replace("\r\n", "\n")
}

fn edit_of(row: &Template, input: &Input) -> Edit {
    let prefix = views::fields_of(row);
    Edit {
        id: row.id,
        version: input.get(&format!("{prefix}version")).parse().unwrap_or(0),
        draft: Draft {
            subject: typed(input, &format!("{prefix}subject")),
            body: typed(input, &format!("{prefix}body")),
        },
        prefix,
    }
}

async fn preview(ctx: Ctx, frame: Frame, query: web::Query<Vec<(String, String)>>, input: Input) -> Result<Markup> {
    let which = Input::from_pairs(query.into_inner());
    let (channel, language): (Carrier, Lang) = match (which.get("channel").parse(), which.get("language").parse()) {
        (Ok(channel), Ok(language)) => (channel, language),
        _ => return Err(Error::NotFound("template")),
    };
    let p = format!("{channel}_{language}_");
    let draft = Draft {
        subject: typed(&input, &format!("{p}subject")),
        body: typed(&input, &format!("{p}body")),
    };
    let site = ctx.db.read(clinic::the_site).await?;
    let of = (channel, language, purpose_of(which.get("code")));
    Ok(views::preview(frame.lang, &site, of, &draft))
}
