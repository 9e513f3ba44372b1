//! The templates' pages.

use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::actions::{self, Edit};
use super::super::model::{Carrier, Draft};
use super::super::store::{self, Template};
use super::super::views;
use super::see;
use crate::clinic;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/templates").route(staff::get(ONLY_ADMINISTRATOR, list)))
        .service(web::resource("/templates/preview").route(staff::post(ONLY_ADMINISTRATOR, preview)))
        .service(
            web::resource("/templates/{code}")
                .route(staff::get(ONLY_ADMINISTRATOR, edit))
                .route(staff::post(ONLY_ADMINISTRATOR, save)),
        );
}

fn title(lang: Lang) -> &'static str {
    lang.pick("消息模板", "Message templates")
}

async fn list(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let (zone, rows) = ctx
        .db
        .read(|c| Ok((clinic::the_site(c)?.tz(), store::list_templates(c)?)))
        .await?;
    let lang = frame.lang;
    Ok(frame.page(title(lang), "messages", views::template_list(lang, zone, &rows)))
}

async fn rows_of(ctx: &Ctx, code: &str) -> Result<Vec<Template>> {
    let code = code.to_owned();
    let rows = ctx.db.read(move |c| store::templates_of(c, &code)).await?;
    if rows.is_empty() {
        return Err(Error::NotFound("template"));
    }
    Ok(rows)
}

async fn edit(ctx: Ctx, frame: Frame, code: web::Path<String>) -> Result<Markup> {
    let rows = rows_of(&ctx, &code).await?;
    let mut input = Input::default();
    for row in &rows {
        let p = views::fields_of(row);
        input.set(&format!("{p}subject"), row.subject.clone());
        input.set(&format!("{p}body"), row.body.clone());
        input.set(&format!("{p}version"), row.version.to_string());
    }
    Ok(form(&frame, &code, &rows, (&input, &Faults::default())))
}

fn form(frame: &Frame, code: &str, rows: &[Template], (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    frame.page(title(lang), "messages", views::editor(lang, code, rows, input, faults))
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, code: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let rows = rows_of(&ctx, &code).await?;
    let edits: Vec<Edit> = rows.iter().map(|row| edit_of(row, &input)).collect();
    let (now, of) = (ctx.now(), code.clone());
    let saved = ctx
        .db
        .write(move |c| actions::save_templates(c, now, &actor, &of, &edits))
        .await;
    match saved {
        Ok(()) => Ok(see("/templates")),
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let page = form(&frame, &code, &rows, (&input, &faults));
            Ok(HttpResponse::UnprocessableEntity()
                .content_type("text/html; charset=utf-8")
                .body(page.into_string()))
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

async fn preview(frame: Frame, query: web::Query<Vec<(String, String)>>, input: Input) -> Result<Markup> {
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
    Ok(views::preview(frame.lang, channel, language, &draft))
}
