//! The templates' pages.

mod own;
mod preview;
mod versions;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use maud::Markup;
use serde_json::{Map, Value};

use super::super::actions::{self, Edit, HeadEdit, TemplateUse, Trial};
use super::super::jobs::Dispatcher;
use super::super::model::{Carrier, Draft, Head, House, Templates, sample_of};
use super::super::store::{self, Template};
use super::super::views::{self, TemplateList, With};
use super::see;
use crate::clinic::{self, Site};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::sms::PROVIDERS;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::{Ctx, answer};
use crate::staff::{self, Actor, AuditEntry, MANAGERS};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/templates").route(staff::get(MANAGERS, list)))
        .service(web::resource("/templates/preview").route(staff::post(MANAGERS, preview::one)))
        .service(
            web::resource("/templates/new")
                .route(staff::get(MANAGERS, own::new_page))
                .route(staff::post(MANAGERS, own::add)),
        )
        .service(
            web::resource("/templates/{code}")
                .route(staff::get(MANAGERS, edit))
                .route(staff::post(MANAGERS, save)),
        )
        .service(web::resource("/templates/{code}/preview").route(staff::post(MANAGERS, preview::all)))
        .service(web::resource("/templates/{code}/archive").route(staff::post(MANAGERS, own::archive)))
        .service(web::resource("/templates/{code}/restore").route(staff::post(MANAGERS, own::restore)))
        .service(web::resource("/templates/{code}/versions").route(staff::get(MANAGERS, versions::page)))
        .service(web::resource("/templates/{code}/versions/restore").route(staff::post(MANAGERS, versions::restore)))
        .service(web::resource("/templates/{code}/test").route(staff::post(MANAGERS, test)));
}

async fn list(ctx: Ctx, frame: Frame, dispatcher: web::Data<Dispatcher>) -> Result<Markup> {
    let list = ctx
        .db
        .read(move |c| {
            let site = clinic::the_site(c)?;
            Ok(TemplateList {
                house: dispatcher.house(&site),
                templates: store::all_templates(c)?,
                rows: store::list_templates(c)?,
                entered: store::all_entered(c)?,
                site,
            })
        })
        .await?;
    Ok(views::template_list(&frame, &list))
}

/// A template, and who changed it last.
struct Loaded {
    head: Head,
    there: Templates,
    rows: Vec<Template>,
    /// What is entered for gateways of approved templates: row, kind of gateway, entry.
    providers: Vec<(i64, String, String)>,
    /// The kinds that are configured, or for which something is entered.
    kinds: Vec<&'static str>,
    site: Site,
    last: Option<AuditEntry>,
    house: House,
    price: Option<f64>,
    longest: [Map<String, Value>; 2],
    uses: Vec<TemplateUse>,
}

async fn load(ctx: &Ctx, dispatcher: &web::Data<Dispatcher>, code: &str) -> Result<Loaded> {
    let (code, dispatcher) = (code.to_owned(), dispatcher.clone());
    ctx.db
        .read(move |c| {
            let there = store::one_template(c, &code)?;
            let head = there.find(&code).cloned().ok_or(Error::NotFound("template"))?;
            let rows = store::templates_of(c, &code)?;
            let mut last = staff::last_change(c, "template_heads", Some(head.id))?;
            let mut providers = Vec::new();
            for row in &rows {
                let change = staff::last_change(c, "templates", Some(row.id))?;
                if change.as_ref().map(|e| e.id) > last.as_ref().map(|e| e.id) {
                    last = change;
                }
                let entries = store::providers_of(c, row.id)?;
                providers.extend(entries.into_iter().map(|(kind, entry)| (row.id, kind, entry)));
            }
            let configured = dispatcher.providers();
            let entered = |kind: &str| providers.iter().any(|(_, of, _)| of == kind);
            let kinds = PROVIDERS.iter().map(|(kind, _)| *kind);
            let kinds = kinds.filter(|k| configured.contains(k) || entered(k)).collect();
            let site = clinic::the_site(c)?;
            let mut uses = Vec::new();
            for feature in &dispatcher.uses {
                uses.extend(feature.uses(c, &code)?);
            }
            Ok(Loaded {
                house: dispatcher.house(&site),
                price: dispatcher.price_per_part(),
                longest: [
                    dispatcher.longest(c, &site, Some(head.purpose), Lang::Zh)?,
                    dispatcher.longest(c, &site, Some(head.purpose), Lang::En)?,
                ],
                uses,
                head,
                there,
                rows,
                kinds,
                providers,
                site,
                last,
            })
        })
        .await
}

async fn edit(ctx: Ctx, frame: Frame, code: web::Path<String>, dispatcher: web::Data<Dispatcher>) -> Result<Markup> {
    let loaded = load(&ctx, &dispatcher, &code).await?;
    let input = stored(&loaded);
    Ok(form(&frame, &loaded, (&input, &Faults::default())))
}

fn stored(loaded: &Loaded) -> Input {
    let head = &loaded.head;
    let mut input = Input::from_pairs([
        ("head_version", head.version.to_string()),
        ("name", head.name.clone()),
        ("name_en", head.name_en.clone()),
        ("fallback", head.fallback.map(|l| l.to_string()).unwrap_or_default()),
    ]);
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
    let sheet = sheet(&loaded, with_nobody(&loaded));
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

fn form(frame: &Frame, loaded: &Loaded, (input, faults): (&Input, &Faults)) -> Markup {
    let typed = language_of(frame.lang);
    let blank = (&typed, &Faults::default());
    views::editor(frame, &sheet(loaded, with_nobody(loaded)), (input, faults), blank)
}

/// A test is first offered in the reader's language.
fn language_of(lang: Lang) -> Input {
    let mut input = Input::default();
    input.set("language", lang.as_str());
    input
}

fn sheet(loaded: &Loaded, with: With) -> views::Sheet<'_> {
    views::Sheet {
        head: &loaded.head,
        rows: &loaded.rows,
        last: loaded.last.as_ref(),
        site: &loaded.site,
        kinds: &loaded.kinds,
        with,
        house: &loaded.house,
        price: loaded.price,
        longest: &loaded.longest,
        uses: &loaded.uses,
        lacks: loaded.there.lacks(&loaded.head.code),
    }
}

/// The preview shows a made-up patient.
fn with_nobody(loaded: &Loaded) -> With {
    let purpose = Some(loaded.head.purpose);
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
    let rows = loaded.rows.iter();
    let edits: Vec<Edit> = rows.filter_map(|row| edit_of(row, &loaded.kinds, &input)).collect();
    let head = head_of(&loaded.head, &input);
    let (now, of, house) = (ctx.now(), code.clone(), loaded.house.clone());
    let saved = ctx
        .db
        .write(move |c| actions::save_templates(c, now, (&actor, &house), &of, (head.as_ref(), &edits)))
        .await;
    match saved {
        Ok(changed) => {
            let word = if changed { "saved" } else { "same" };
            Ok(see(&format!("/templates/{code}?{word}=template")))
        }
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let page = form(&frame, &loaded, (&input, &faults));
            Ok(answer::page(StatusCode::UNPROCESSABLE_ENTITY, page))
        }
    }
}

/// Browsers send line ends as CR LF; they are kept as LF.
fn typed(input: &Input, field: &str) -> String {
    input.get(field).replace("\r\n", "\n")
}

/// What is said of the template itself; a form that does not have the field says nothing of it.
fn head_of(head: &Head, input: &Input) -> Option<HeadEdit> {
    input.ticked("head_version").then(|| HeadEdit {
        version: input.get("head_version").parse().unwrap_or(0),
        names: head
            .own
            .then(|| (input.get("name").to_owned(), input.get("name_en").to_owned())),
        fallback: input.get("fallback").parse().ok(),
    })
}

/// What is said of one text; nothing where the form does not have it.
fn edit_of(row: &Template, kinds: &[&'static str], input: &Input) -> Option<Edit> {
    let prefix = views::fields_of(row);
    if !input.ticked(&format!("{prefix}body")) {
        return None;
    }
    let typed_in = |kind: &str| input.pairs().any(|(name, _)| name == format!("{prefix}{kind}"));
    let kinds = kinds
        .iter()
        .filter(|kind| row.channel == Carrier::Sms && typed_in(kind));
    Some(Edit {
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
    })
}
