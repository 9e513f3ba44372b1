//! `/f/{token}`: what a patient was sent. What belongs to them alone opens once they have said their date of birth; a wrong one
//! is counted for all links of the patient, and after five they rest for an hour.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::pages::{not_ours, page};
use super::views::{expired, frame, switch, telephone};
use crate::clinic::{self, Site};
use crate::documents::{self, Document, DocumentId, Edition, Sending};
use crate::patients::{self, Patient};
use crate::platform::clock::{Instant, MINUTE_MS};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, file_size, name_masked};
use crate::platform::links::LinkError;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::limit::PerAddress;
use crate::platform::web::{Ctx, chosen_lang, client_ip, reading, request_id};
use crate::staff::Actor;

/// Files are large: so many a minute from one address, behind which there may be a whole company.
static FILES: PerAddress = PerAddress::new(120, MINUTE_MS);

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    // Without a sign-in, on purpose: the signed link is the key, and for what is one patient's the date of birth is another.
    cfg.service(
        web::resource("/f/{token}")
            .route(reading().to(show))
            .route(web::post().to(open)),
    )
    .service(web::resource("/f/{token}/{document:\\d+}/{language:zh|en}").route(reading().to(file)));
}

struct Seen {
    token: String,
    lang: Lang,
    site: Site,
    sending: Sending,
    patient: Patient,
    what: Vec<Document>,
    editions: Vec<Edition>,
    now: Instant,
    /// Lets in, where a date of birth was asked for and given.
    key: String,
    is_in: bool,
}

impl Seen {
    /// Whether something of it belongs to the patient alone.
    fn is_private(&self) -> bool {
        self.what.iter().any(|d| d.patient_id.is_some())
    }
}

/// Opens the link, or says with which page it does not open.
async fn enter(req: &HttpRequest, ctx: &Ctx, token: String) -> Result<Result<Seen, HttpResponse>> {
    let now = ctx.now();
    let id = match documents::read_link(&ctx.keys, &token, now) {
        Ok(id) => id,
        Err(LinkError::Ended) => {
            let site = ctx.db.read(clinic::the_site).await?;
            let lang = chosen_lang(req).unwrap_or(site.language);
            let body = expired(lang, &format!("/f/{token}"), Some(&site));
            return Ok(Err(page(StatusCode::GONE, body)));
        }
        Err(_) => return Ok(Err(not_ours(ctx, &client_ip(req), now).await)),
    };
    let found = ctx
        .db
        .read(move |c| {
            let Some(sending) = documents::find_sending(c, id)? else {
                return Ok(None);
            };
            let mut what = documents::documents_of(c, id)?;
            what.retain(Document::is_offered);
            let ids: Vec<DocumentId> = what.iter().map(|d| d.id).collect();
            let editions = documents::editions_of(c, &ids)?;
            let patient = patients::get_patient(c, sending.patient_id)?;
            if patient.deceased {
                what.clear();
            }
            Ok(Some((clinic::the_site(c)?, sending, patient, what, editions)))
        })
        .await?;
    let Some((site, sending, patient, what, editions)) = found else {
        return Ok(Err(not_ours(ctx, &client_ip(req), now).await));
    };
    let opens = |key: &str| documents::read_key(&ctx.keys, sending.id, key, now);
    let key = Some(query_key(req)).filter(|k| opens(k)).unwrap_or_default().to_owned();
    let mut seen = Seen {
        is_in: !key.is_empty(),
        lang: chosen_lang(req).unwrap_or(patient.language),
        token,
        site,
        sending,
        patient,
        what,
        editions,
        now,
        key,
    };
    seen.is_in |= !seen.is_private();
    Ok(Ok(seen))
}

fn query_key(req: &HttpRequest) -> &str {
    let pairs = req.query_string().split('&');
    pairs.filter_map(|p| p.strip_prefix("k=")).next().unwrap_or_default()
}

async fn show(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    Ok(match enter(&req, &ctx, token.into_inner()).await? {
        Ok(seen) => answer(&seen, &Input::default(), &Faults::default()),
        Err(answer) => answer,
    })
}

/// The page as things stand: gone when all of it was withdrawn.
fn answer(seen: &Seen, input: &Input, faults: &Faults) -> HttpResponse {
    let status = match (seen.what.is_empty(), faults.0.is_empty()) {
        (true, _) => StatusCode::GONE,
        (false, true) => StatusCode::OK,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    page(status, view(seen, input, faults))
}

/// The date of birth: the right one leads on, a wrong one is counted. Where none is asked for, none is taken.
async fn open(req: HttpRequest, ctx: Ctx, token: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let seen = match enter(&req, &ctx, token.into_inner()).await? {
        Ok(seen) if !seen.is_private() => return Ok(back(&seen)),
        Ok(seen) => seen,
        Err(answer) => return Ok(answer),
    };
    let (now, id) = (seen.now, seen.sending.id);
    let mut faults = Faults::default();
    let said = patients::read_birth(&input, now.day(seen.site.tz()), &mut faults);
    if said.is_none() && faults.0.is_empty() {
        faults.require("birth_date");
    }
    if let Err(e) = faults.finish() {
        return Ok(answer(&seen, &input, &Faults::from_error(e)?));
    }
    let right = said.is_some() && said == seen.patient.birth_date;
    let actor = Actor::patient(client_ip(&req), request_id(&req));
    let taken = ctx
        .db
        .write(move |c| documents::take_try(c, now, &actor, id, right))
        .await?;
    if !taken {
        return Ok(page(StatusCode::TOO_MANY_REQUESTS, resting(&seen)));
    }
    if !right {
        let wrong = Error::field(
            "birth_date",
            "wrong",
            "与登记的出生日期不符，请检查；仍打不开请致电我们",
            "This is not the date of birth that we have. Please check it, or call us",
        );
        return Ok(answer(&seen, &input, &Faults::from_error(wrong)?));
    }
    let key = documents::key(&ctx.keys, id, now);
    let to = format!("/f/{}?k={key}&lang={}", seen.token, seen.lang);
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish())
}

/// To the page of the link.
fn back(seen: &Seen) -> HttpResponse {
    let to = format!("/f/{}", seen.token);
    HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish()
}

async fn file(req: HttpRequest, ctx: Ctx, path: web::Path<(String, DocumentId, Lang)>) -> Result<HttpResponse> {
    let (token, document, lang) = path.into_inner();
    let seen = match enter(&req, &ctx, token).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(answer),
    };
    if !seen.is_in {
        return Ok(back(&seen));
    }
    let (now, ip, sending) = (seen.now, client_ip(&req), seen.sending.clone());
    if let Some(seconds) = FILES.blocked(&ip, now) {
        return Err(Error::TooMany {
            retry_after_seconds: seconds,
        });
    }
    FILES.count(&ip, now);
    let of = sending.clone();
    let found = ctx
        .db
        .read(move |c| documents::file_of(c, &of, (document, lang)))
        .await?;
    if let (Some((edition, _)), &Method::GET) = (&found, req.method()) {
        let (actor, which) = (Actor::patient(ip, request_id(&req)), (document, edition.language));
        ctx.db
            .write(move |c| documents::note_opened(c, now, (&sending, &actor), which))
            .await?;
    }
    Ok(match found {
        Some((edition, content)) => documents::answer(&edition, content),
        None => answer(
            &Seen {
                what: Vec::new(),
                ..seen
            },
            &Input::default(),
            &Faults::default(),
        ),
    })
}

fn heading(lang: Lang, site: &Site) -> Markup {
    html! {
        p class="clinic" { (site.name_in(lang)) }
        h1 { (lang.pick("发给您的资料", "Documents for you")) }
    }
}

fn view(seen: &Seen, input: &Input, faults: &Faults) -> Markup {
    let (lang, path) = (seen.lang, format!("/f/{}", seen.token));
    let body = html! {
        (heading(lang, &seen.site))
        @if seen.what.is_empty() { p class="note bad" role="alert" { (lang.pick("这份资料已停用。如有疑问，请致电我们。", "This document has been withdrawn. If you have questions, please call us.")) } }
        @else if seen.is_in { (list(seen)) }
        @else { (ask(seen, &path, input, faults)) }
        (telephone(lang, &seen.site))
    };
    let joint = if seen.key.is_empty() {
        String::new()
    } else {
        format!("?k={}", seen.key)
    };
    frame(
        lang,
        lang.pick("发给您的资料", "Documents for you"),
        switch(lang, &format!("{path}{joint}")),
        body,
    )
}

/// Whose date of birth opens it: what a parent can say for a child, and a stranger cannot.
fn ask(seen: &Seen, path: &str, input: &Input, faults: &Faults) -> Markup {
    let lang = seen.lang;
    let fault = faults.of("birth_date");
    html! {
        @let whose = name_masked(&seen.patient.name);
        p { (lang.pick(format!("这是患者 {whose} 的资料，请输入患者的出生日期。"), format!("These documents are of the patient {whose}. Please give the patient's date of birth."))) }
        form method="post" action=(path) {
            label for="f-birth_date" { (lang.pick("患者出生日期，如 1985-03-07", "The patient's date of birth, such as 1985-03-07")) }
            input id="f-birth_date" name="birth_date" type="text" inputmode="numeric" autocomplete="bday" required value=(input.get("birth_date"))
                aria-invalid=[fault.map(|_| "true")] aria-describedby=[fault.map(|_| "f-birth_date-e")];
            @if let Some(f) = fault { p class="note bad" id="f-birth_date-e" role="alert" { (f.text.get(lang)) } }
            button class="b pri" type="submit" { (lang.pick("打开", "Open")) }
        }
    }
}

fn list(seen: &Seen) -> Markup {
    let lang = seen.lang;
    html! {
        @for d in &seen.what {
            h2 { (d.title_in(lang)) }
            @let own: Vec<&Edition> = seen.editions.iter().filter(|e| e.document_id == d.id).collect();
            @let first = documents::edition_for(&seen.editions, d.id, lang).map(|e| e.language);
            @for e in own.iter().filter(|e| Some(e.language) == first).chain(own.iter().filter(|e| Some(e.language) != first)) {
                a class=(if Some(e.language) == first { "b pri" } else { "b quiet" }) href={ "/f/" (seen.token) "/" (d.id) "/" (e.language.as_str()) @if !seen.key.is_empty() { "?k=" (seen.key) } } {
                    (lang.pick("打开", "Open")) @if own.len() > 1 { " · " (e.language.pick("中文", "English")) } " (" (e.media_type.ending().to_uppercase()) ", " (file_size(e.size)) ")"
                }
            }
        }
    }
}

/// Too many wrong dates.
fn resting(seen: &Seen) -> Markup {
    let (lang, path) = (seen.lang, format!("/f/{}", seen.token));
    let body = html! {
        (heading(lang, &seen.site))
        p class="note bad" role="alert" { (if seen.sending.is_shut() {
            lang.pick("出生日期多次不符，这个链接已关闭。请致电我们重新发送。", "The date of birth was wrong too often, and this link is shut. Please call us: we send a new one.")
        } else {
            lang.pick("出生日期多次不符，请一小时后再试，或致电我们。", "The date of birth was wrong too often. Please try again in an hour, or call us.")
        }) }
        (telephone(lang, &seen.site))
    };
    frame(
        lang,
        lang.pick("发给您的资料", "Documents for you"),
        switch(lang, &path),
        body,
    )
}
