//! The list, with the times that can be filled on top.

use actix_web::web;
use maud::Markup;

use super::super::model::EntryState;
use super::super::store::{self, EntryFilter};
use super::super::views::list as view;
use crate::clinic;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::form::Input;
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

/// Rows shown.
const ROWS: i64 = 200;
/// Freed times shown.
const SLOTS: i64 = 30;

/// Who waits is shown unless something else is asked for.
fn filter(input: &Input) -> EntryFilter {
    let state = match input.get("state") {
        "" => Some(EntryState::Waiting),
        "all" => None,
        text => text.parse().ok().or(Some(EntryState::Waiting)),
    };
    EntryFilter {
        state,
        service: input.get("service").parse().ok(),
        provider: input.get("provider").parse().ok(),
        patient: None,
        after: None,
    }
}

pub(super) async fn page(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    query: web::Query<Vec<(String, String)>>,
) -> Result<Markup> {
    let (now, input) = (ctx.now(), Input::from_pairs(query.into_inner()));
    let (f, may_set) = (filter(&input), actor.is(ONLY_ADMINISTRATOR));
    let page = ctx
        .db
        .read(move |c| {
            let clinic = clinic::snapshot(c)?;
            Ok(view::Page {
                rules: store::waiting_rules(c, clinic.site.id)?,
                may_set,
                clinic,
                slots: store::list_open(c, now, SLOTS)?,
                entries: store::list_entries(c, f, ROWS)?,
            })
        })
        .await?;
    staff::read_of_list(&ctx.db, now, &actor, "waiting_entries", page.entries.len()).await?;
    Ok(view::page(&frame, &page, &input))
}
