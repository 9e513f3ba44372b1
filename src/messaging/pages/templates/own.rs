//! Making, copying and archiving a template.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::super::actions::{self, NewTemplate};
use super::super::super::jobs::Dispatcher;
use super::super::super::model::Head;
use super::super::super::store;
use super::super::super::views::{self, NewSheet};
use super::super::see;
use crate::platform::error::{Error, Result};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::{Ctx, answer};
use crate::staff::Actor;

async fn find(ctx: &Ctx, code: &str) -> Result<Option<Head>> {
    if code.is_empty() {
        return Ok(None);
    }
    let code = code.to_owned();
    let there = ctx.db.read(store::all_templates).await?;
    let head = there.find(&code).filter(|h| h.purpose.is_planned());
    head.cloned().map(Some).ok_or(Error::NotFound("template"))
}

pub(super) async fn new_page(ctx: Ctx, frame: Frame, query: web::Query<Vec<(String, String)>>) -> Result<Markup> {
    let asked = Input::from_pairs(query.into_inner());
    let from = find(&ctx, asked.get("from")).await?;
    let mut input = Input::default();
    if let Some(head) = &from {
        input.set("name", format!("{}（副本）", head.name));
        input.set("name_en", format!("{} (copy)", head.name_en));
    }
    let sheet = NewSheet { from };
    Ok(views::new_form(&frame, &sheet, (&input, &Faults::default())))
}

pub(super) async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let from = find(&ctx, input.get("from")).await?;
    let new = NewTemplate {
        code: input.get("code").to_owned(),
        name: input.get("name").to_owned(),
        name_en: input.get("name_en").to_owned(),
        purpose: input.get("purpose").parse().ok(),
        from: input.get("from").to_owned(),
    };
    let now = ctx.now();
    let made = ctx.db.write(move |c| actions::add_template(c, now, &actor, &new)).await;
    match made {
        Ok(code) => Ok(see(&format!("/templates/{code}?saved=template"))),
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let page = views::new_form(&frame, &NewSheet { from }, (&input, &faults));
            Ok(answer::page(StatusCode::UNPROCESSABLE_ENTITY, page))
        }
    }
}

fn version(input: &Input) -> Result<i64> {
    let mut faults = Faults::default();
    let version = input.need("version", &mut faults);
    faults.finish()?;
    Ok(version.unwrap_or(0))
}

pub(super) async fn archive(
    ctx: Ctx,
    actor: Actor,
    code: web::Path<String>,
    input: Input,
    dispatcher: web::Data<Dispatcher>,
) -> Result<HttpResponse> {
    let (now, version) = (ctx.now(), version(&input)?);
    ctx.db
        .write(move |c| actions::archive_template(c, now, (&actor, &dispatcher.uses), (&code, version)))
        .await?;
    Ok(see("/templates"))
}

pub(super) async fn restore(ctx: Ctx, actor: Actor, code: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let (now, version, of) = (ctx.now(), version(&input)?, code.clone());
    ctx.db
        .write(move |c| actions::restore_template(c, now, &actor, (&of, version)))
        .await?;
    Ok(see(&format!("/templates/{code}?saved=template")))
}
