//! Previews: of what is typed, as it is typed, and of a patient that is searched for.

use actix_web::web;
use maud::Markup;

use super::super::super::jobs::Dispatcher;
use super::super::super::model::{Carrier, plain, sample_of};
use super::super::super::store;
use super::super::super::views::{self, With};
use super::{Loaded, language_of, load, sheet, stored, typed, with_nobody};
use crate::clinic;
use crate::patients::{self, PatientId};
use crate::platform::clock::HOUR_MS;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::links;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor};

/// Whom a preview may show is signed: who has been picked was audited then, and is not again with each key.
const PREVIEW_OF: &str = "template-preview";
const PREVIEW_MS: i64 = 2 * HOUR_MS;
/// Patients that a search offers.
const FOUND_MAX: i64 = 8;

/// The editor once more, with what is typed in it, and previews of the patient that was searched for or picked.
pub(super) async fn all(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    code: web::Path<String>,
    input: Input,
    dispatcher: web::Data<Dispatcher>,
) -> Result<Markup> {
    let loaded = load(&ctx, &dispatcher, &code).await?;
    let with = pick(&ctx, &actor, &loaded, &input, &dispatcher).await?;
    let mut shown = stored(&loaded);
    for row in &loaded.rows {
        let prefix = views::fields_of(row);
        for field in ["subject", "body", "version"].iter().chain(&loaded.kinds) {
            let name = format!("{prefix}{field}");
            if input.ticked(&name) {
                shown.set(&name, typed(&input, &name));
            }
        }
    }
    for name in ["head_version", "name", "name_en", "fallback"] {
        if input.ticked(name) {
            shown.set(name, input.get(name));
        }
    }
    // Asked for: plain characters for those that make a text cost twice as much.
    let body = format!("{}body", input.get("plain"));
    if input.ticked("plain") && shown.ticked(&body) {
        let made = plain(shown.get(&body));
        shown.set(&body, made);
    }
    let test = language_of(frame.lang);
    let none = Faults::default();
    Ok(views::editor(
        &frame,
        &sheet(&loaded, with),
        (&shown, &none),
        (&test, &none),
    ))
}

/// Who was picked, or found alone; what is shown of a patient is audited before.
async fn pick(
    ctx: &Ctx,
    actor: &Actor,
    loaded: &Loaded,
    input: &Input,
    dispatcher: &web::Data<Dispatcher>,
) -> Result<With> {
    let (now, purpose) = (ctx.now(), Some(loaded.head.purpose));
    let q = input.get("q").to_owned();
    // Another search than the one of which somebody was picked: the pick is over.
    let picked: Option<PatientId> = input.get("as").parse().ok().map(PatientId);
    let anew = input.get("found_by") != q;
    let picked = picked.filter(|_| !anew);
    let (site, dispatcher, text) = (loaded.site.clone(), dispatcher.clone(), q.clone());
    let (found, shown) = ctx
        .db
        .read(move |c| {
            let found = match text.as_str() {
                "" => Vec::new(),
                text => patients::search_patients(c, text, FOUND_MAX)?,
            };
            let one = match (picked, found.as_slice()) {
                (Some(id), _) => patients::find_patient(c, id)?,
                (None, [one]) if anew => Some(one.clone()),
                _ => None,
            };
            let Some(patient) = one else {
                return Ok((found, None));
            };
            let zh = dispatcher.example(c, now, (&site, &patient), purpose, Lang::Zh)?;
            let en = dispatcher.example(c, now, (&site, &patient), purpose, Lang::En)?;
            Ok((found, Some((patient, zh, en))))
        })
        .await?;
    if !found.is_empty() {
        staff::read_of_list(&ctx.db, now, actor, "patients", found.len()).await?;
    }
    let mut with = With {
        query: q,
        found: found.into_iter().map(|p| (p.id, p.name, p.chart_no)).collect(),
        ..with_nobody(loaded)
    };
    if let Some((patient, zh, en)) = shown {
        staff::read_of_record(&ctx.db, now, actor, "patients", patient.id.0).await?;
        with.token = links::make(&ctx.keys, PREVIEW_OF, patient.id.0, now + PREVIEW_MS);
        with.real = zh.real;
        with.values = [zh.values, en.values];
        with.patient = Some((patient.id, patient.name, patient.chart_no));
    }
    Ok(with)
}

pub(super) async fn one(
    ctx: Ctx,
    frame: Frame,
    query: web::Query<Vec<(String, String)>>,
    input: Input,
    dispatcher: web::Data<Dispatcher>,
) -> Result<Markup> {
    let which = Input::from_pairs(query.into_inner());
    let (channel, language): (Carrier, Lang) = match (which.get("channel").parse(), which.get("language").parse()) {
        (Ok(channel), Ok(language)) => (channel, language),
        _ => return Err(Error::NotFound("template")),
    };
    let (now, code) = (ctx.now(), which.get("code").to_owned());
    let of = links::open(&ctx.keys, PREVIEW_OF, input.get("as_token"), now)
        .ok()
        .map(PatientId);
    let lang = frame.lang;
    ctx.db
        .read(move |c| {
            let (site, there) = (clinic::the_site(c)?, store::one_template(c, &code)?);
            let head = there.find(&code).ok_or(Error::NotFound("template"))?;
            let purpose = Some(head.purpose);
            let values = match of.map(|id| patients::find_patient(c, id)).transpose()?.flatten() {
                Some(patient) => dispatcher.example(c, now, (&site, &patient), purpose, language)?.values,
                None => sample_of(&site, purpose, language),
            };
            let longest = dispatcher.longest(c, &site, purpose, language)?;
            let shown = views::Preview {
                house: &dispatcher.house(&site),
                price: dispatcher.price_per_part(),
                currency: &site.currency,
                values: &values,
                longest: &longest,
                code: &code,
                fallback: head.fallback.unwrap_or(site.language),
                purpose: head.purpose,
            };
            Ok(views::preview(lang, &shown, (channel, language), &input))
        })
        .await
}
