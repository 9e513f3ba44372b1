//! The templates' pages.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::actions::{self, Edit, Trial};
use super::super::jobs::Dispatcher;
use super::super::model::{Carrier, Draft, purpose_of, sample_of};
use super::super::store::{self, Template};
use super::super::views::{self, With};
use super::see;
use crate::clinic::{self, Site};
use crate::patients::{self, PatientId};
use crate::platform::clock::HOUR_MS;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::links;
use crate::platform::sms::PROVIDERS;
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
        .service(web::resource("/templates/{code}/preview").route(staff::post(ONLY_ADMINISTRATOR, preview_with)))
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
    /// What is entered for gateways of approved templates: row, kind of gateway, entry.
    providers: Vec<(i64, String, String)>,
    /// The kinds that are configured, or for which something is entered.
    kinds: Vec<&'static str>,
    site: Site,
    last: Option<AuditEntry>,
}

async fn load(ctx: &Ctx, dispatcher: &Dispatcher, code: &str) -> Result<Loaded> {
    let (code, configured) = (code.to_owned(), dispatcher.providers());
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
            let mut providers = Vec::new();
            for row in &rows {
                let entries = store::providers_of(c, row.id)?;
                providers.extend(entries.into_iter().map(|(kind, entry)| (row.id, kind, entry)));
            }
            let entered = |kind: &str| providers.iter().any(|(_, of, _)| of == kind);
            let kinds = PROVIDERS.iter().map(|(kind, _)| *kind);
            Ok(Loaded {
                rows,
                kinds: kinds.filter(|k| configured.contains(k) || entered(k)).collect(),
                providers,
                site: clinic::the_site(c)?,
                last,
            })
        })
        .await
}

async fn edit(ctx: Ctx, frame: Frame, code: web::Path<String>, dispatcher: web::Data<Dispatcher>) -> Result<Markup> {
    let loaded = load(&ctx, &dispatcher, &code).await?;
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
        for (_, kind, entry) in loaded.providers.iter().filter(|(of, ..)| *of == row.id) {
            input.set(&format!("{p}{kind}"), entry.clone());
        }
    }
    input
}

/// Sends the saved text to the administrator's own number or address.
async fn test(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    code: web::Path<String>,
    typed: Input,
    dispatcher: web::Data<Dispatcher>,
) -> Result<HttpResponse> {
    let now = ctx.now();
    let trial = Trial {
        code: code.clone(),
        to: typed.get("to").to_owned(),
        language: typed.get("language").parse().unwrap_or(frame.lang),
    };
    let sent = ctx.db.write(move |c| actions::send_test(c, now, &actor, &trial)).await;
    let e = match sent {
        Ok(id) => return Ok(see(&format!("/messages/{id}"))),
        Err(e) => e,
    };
    // Also that somebody has to wait is told in the form, where what they typed is still there.
    let (faults, wait) = match &e {
        Error::TooMany { retry_after_seconds } => {
            let (mut faults, text) = (Faults::default(), e.text());
            faults.add("to", "too_many", text.zh, text.en);
            (faults, Some(*retry_after_seconds))
        }
        _ => (Faults::from_error(e)?, None),
    };
    let loaded = load(&ctx, &dispatcher, &code).await?;
    let sheet = sheet(&code, &loaded, with_nobody(&code, &loaded));
    let stored = stored(&loaded);
    let markup = views::editor(&frame, &sheet, (&stored, &Faults::default()), (&typed, &faults));
    let Some(seconds) = wait else {
        return Ok(answer::page(StatusCode::UNPROCESSABLE_ENTITY, markup));
    };
    let mut told = answer::page(StatusCode::TOO_MANY_REQUESTS, markup);
    told.headers_mut()
        .insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
    Ok(told)
}

fn form(frame: &Frame, code: &str, loaded: &Loaded, (input, faults): (&Input, &Faults)) -> Markup {
    let typed = language_of(frame.lang);
    let blank = (&typed, &Faults::default());
    let with = with_nobody(code, loaded);
    views::editor(frame, &sheet(code, loaded, with), (input, faults), blank)
}

/// A test is first offered in the reader's language.
fn language_of(lang: Lang) -> Input {
    let mut input = Input::default();
    input.set("language", lang.as_str());
    input
}

fn sheet<'a>(code: &'a str, loaded: &'a Loaded, with: With) -> views::Sheet<'a> {
    views::Sheet {
        code,
        rows: &loaded.rows,
        last: loaded.last.as_ref(),
        site: &loaded.site,
        kinds: &loaded.kinds,
        with,
    }
}

/// The preview shows a made-up patient.
fn with_nobody(code: &str, loaded: &Loaded) -> With {
    let purpose = purpose_of(code);
    With {
        values: [Lang::Zh, Lang::En].map(|lang| sample_of(&loaded.site, purpose, lang)),
        ..With::default()
    }
}

async fn save(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    code: web::Path<String>,
    input: Input,
    dispatcher: web::Data<Dispatcher>,
) -> Result<HttpResponse> {
    let loaded = load(&ctx, &dispatcher, &code).await?;
    let edits: Vec<Edit> = loaded
        .rows
        .iter()
        .map(|row| edit_of(row, &loaded.kinds, &input))
        .collect();
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

fn edit_of(row: &Template, kinds: &[&'static str], input: &Input) -> Edit {
    let prefix = views::fields_of(row);
    // A form that does not have the field says nothing of it.
    let typed_in = |kind: &str| input.pairs().any(|(name, _)| name == format!("{prefix}{kind}"));
    let kinds = kinds
        .iter()
        .filter(|kind| row.channel == Carrier::Sms && typed_in(kind));
    Edit {
        id: row.id,
        version: input.get(&format!("{prefix}version")).parse().unwrap_or(0),
        draft: Draft {
            subject: typed(input, &format!("{prefix}subject")),
            body: typed(input, &format!("{prefix}body")),
        },
        providers: kinds
            .map(|kind| (*kind, input.get(&format!("{prefix}{kind}")).to_owned()))
            .collect(),
        prefix,
    }
}

/// Whom a preview may show is signed: who has been picked was audited then, and is not again with each key.
const PREVIEW_OF: &str = "template-preview";
const PREVIEW_MS: i64 = 2 * HOUR_MS;
/// Patients that a search offers.
const FOUND_MAX: i64 = 8;

/// The editor once more, with what is typed in it, and previews of the patient that was searched for or picked.
async fn preview_with(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    code: web::Path<String>,
    input: Input,
    dispatcher: web::Data<Dispatcher>,
) -> Result<Markup> {
    let loaded = load(&ctx, &dispatcher, &code).await?;
    let with = pick(&ctx, &actor, (&code, &loaded), &input, &dispatcher).await?;
    let mut shown = stored(&loaded);
    for row in &loaded.rows {
        let prefix = views::fields_of(row);
        for field in ["subject", "body", "version"].iter().chain(&loaded.kinds) {
            let name = format!("{prefix}{field}");
            if input.pairs().any(|(n, _)| n == name) {
                shown.set(&name, typed(&input, &name));
            }
        }
    }
    let test = language_of(frame.lang);
    let none = Faults::default();
    Ok(views::editor(
        &frame,
        &sheet(&code, &loaded, with),
        (&shown, &none),
        (&test, &none),
    ))
}

/// Who was picked, or found alone; what is shown of a patient is audited before.
async fn pick(
    ctx: &Ctx,
    actor: &Actor,
    (code, loaded): (&str, &Loaded),
    input: &Input,
    dispatcher: &web::Data<Dispatcher>,
) -> Result<With> {
    let (now, purpose) = (ctx.now(), purpose_of(code));
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
        ..with_nobody(code, loaded)
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

async fn preview(
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
    let p = format!("{channel}_{language}_");
    let draft = Draft {
        subject: typed(&input, &format!("{p}subject")),
        body: typed(&input, &format!("{p}body")),
    };
    let (now, purpose) = (ctx.now(), purpose_of(which.get("code")));
    let of = links::open(&ctx.keys, PREVIEW_OF, input.get("as_token"), now)
        .ok()
        .map(PatientId);
    let values = ctx
        .db
        .read(move |c| {
            let site = clinic::the_site(c)?;
            match of.map(|id| patients::find_patient(c, id)).transpose()?.flatten() {
                Some(patient) => Ok(dispatcher.example(c, now, (&site, &patient), purpose, language)?.values),
                None => Ok(sample_of(&site, purpose, language)),
            }
        })
        .await?;
    Ok(views::preview(
        frame.lang,
        &values,
        (channel, language, purpose),
        &draft,
    ))
}
