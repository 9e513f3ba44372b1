//! How the texts of a template were before, and putting one back.

use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::super::actions;
use super::super::super::jobs::Dispatcher;
use super::super::super::store;
use super::super::super::views::{self, History};
use super::super::see;
use crate::clinic;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::Actor;

/// Versions of each text that are shown.
const SHOWN: i64 = 30;

pub(super) async fn page(ctx: Ctx, frame: Frame, code: web::Path<String>) -> Result<Markup> {
    let code = code.into_inner();
    let page = ctx
        .db
        .read(move |c| {
            let there = store::one_template(c, &code)?;
            let head = there.find(&code).cloned().ok_or(Error::NotFound("template"))?;
            let mut texts = Vec::new();
            for row in store::templates_of(c, &code)? {
                let versions = store::versions_of(c, row.id, SHOWN)?;
                texts.push((row, versions));
            }
            Ok(History {
                site: clinic::the_site(c)?,
                head,
                texts,
            })
        })
        .await?;
    Ok(views::history(&frame, &page))
}

pub(super) async fn restore(
    ctx: Ctx,
    actor: Actor,
    code: web::Path<String>,
    input: Input,
    dispatcher: web::Data<Dispatcher>,
) -> Result<HttpResponse> {
    let mut faults = Faults::default();
    let text = input.need("text", &mut faults);
    let version = input.need("version", &mut faults);
    let back_to = input.need("back_to", &mut faults);
    faults.finish()?;
    let step = (text.unwrap_or(0), version.unwrap_or(0), back_to.unwrap_or(0));
    let (now, of) = (ctx.now(), code.clone());
    ctx.db
        .write(move |c| {
            let house = dispatcher.house(&clinic::the_site(c)?);
            actions::restore_version(c, now, (&actor, &house), &of, step)
        })
        .await?;
    Ok(see(&format!("/templates/{code}/versions?saved=version")))
}
