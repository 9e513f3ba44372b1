//! `/recall/preview`: who of those ticked would be written to, and what.

use actix_web::{Either, HttpResponse, web};
use maud::Markup;

use super::super::super::actions;
use super::super::super::causes::{RecallCause, Together};
use super::super::super::model::{Recall, RecallId};
use super::super::super::store::recalls;
use super::super::super::views::recall as view;
use super::{chosen, list_with};
use crate::messaging::carrier_for;
use crate::patients::{self, Patient};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::answer::see_other;
use crate::platform::web::form::Input;
use crate::platform::web::layout::Frame;

pub(super) async fn page(
    ctx: Ctx,
    frame: Frame,
    query: web::Query<Vec<(String, String)>>,
) -> Result<Either<HttpResponse, Markup>> {
    let input = Input::from_pairs(query.into_inner());
    let (now, ids, back) = (ctx.now(), chosen(&input), list_with(&input, &[]));
    if ids.is_empty() {
        return Ok(Either::Left(see_other(&list_with(&input, &[("nobody", "1")]))));
    }
    let cause = RecallCause(ctx.links());
    let found = ctx.db.read(move |c| look_ahead(c, now, &cause, ids, back)).await?;
    Ok(Either::Right(view::preview(&frame, &found)))
}

/// Who would be written to and what; one text is made for each channel and language, and for families one of theirs.
fn look_ahead(
    c: &mut Conn,
    now: Instant,
    cause: &RecallCause,
    ids: Vec<RecallId>,
    back: String,
) -> Result<view::Preview> {
    let mut found = view::Preview {
        back,
        ..view::Preview::default()
    };
    let mut numbers: Vec<Vec<(Recall, Patient)>> = Vec::new();
    for id in ids {
        let recall = recalls::get_recall(c, id)?;
        let patient = patients::get_patient(c, recall.patient_id)?;
        if let Some(why) = actions::no_text_because(c, now, &recall, &patient)? {
            found.skipped.push((patient.name, why));
            continue;
        }
        let same = |list: &&mut Vec<(Recall, Patient)>| {
            list.iter().any(|(_, p)| p.phone.is_some() && p.phone == patient.phone)
        };
        match numbers.iter_mut().find(same) {
            Some(family) => family.push((recall, patient)),
            None => numbers.push(vec![(recall, patient)]),
        }
    }
    found.messages = numbers.len();
    for members in numbers {
        add_sample(c, now, cause, &members, &mut found)?;
        found
            .sent
            .extend(members.into_iter().map(|(recall, p)| (recall, p.name)));
    }
    Ok(found)
}

fn add_sample(
    c: &mut Conn,
    now: Instant,
    cause: &RecallCause,
    members: &[(Recall, Patient)],
    found: &mut view::Preview,
) -> Result<()> {
    let Some((lead, patient)) = members.first() else {
        return Ok(());
    };
    let mut names: Vec<String> = members.iter().map(|(_, p)| p.name.clone()).collect();
    names.dedup();
    let family = names.len() > 1;
    let said = patients::consents(c, patient.id)?;
    let way = (carrier_for(patient, said), patient.language, family);
    let known = found.texts.iter_mut();
    let mut like = known.filter(|s| (s.text.carrier, s.text.language, s.family) == way);
    if let Some(sample) = like.next() {
        sample.count += members.len();
        return Ok(());
    }
    let name = names.join("、");
    let text = actions::compose(c, now, lead, &Together(cause, names))?;
    found.texts.push(view::Sample {
        name,
        count: members.len(),
        family,
        text,
    });
    Ok(())
}
