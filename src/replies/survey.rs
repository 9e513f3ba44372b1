//! `/q/{token}`: how a visit was. Opening it changes nothing; the button posts. It names the clinic and the day, and nobody.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::pages::{not_ours, page};
use super::views::{expired, frame, switch, telephone};
use crate::appointments::{self, Appointment};
use crate::callbacks::survey::{self, Answer, COMMENT_MAX, SCORES, Way};
use crate::clinic::{self, Site};
use crate::patients;
use crate::platform::clock::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::links::LinkError;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::{Ctx, chosen_lang, client_ip, reading, request_id};
use crate::staff::Actor;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    // Without a sign-in, on purpose: the signed link is the key.
    cfg.service(
        web::resource("/q/{token}")
            .route(reading().to(show))
            .route(web::post().to(rate)),
    );
}

struct Seen {
    token: String,
    lang: Lang,
    site: Site,
    visit: Appointment,
    answer: Option<Answer>,
}

/// Opens the link, or says with which page it does not open.
async fn enter(req: &HttpRequest, ctx: &Ctx, token: String) -> Result<Result<Seen, HttpResponse>> {
    let now = ctx.now();
    let id = match survey::read_link(&ctx.keys, &token, now) {
        Ok(id) => id,
        Err(LinkError::Ended) => {
            let site = ctx.db.read(clinic::the_site).await?;
            let lang = chosen_lang(req).unwrap_or(site.language);
            return Ok(Err(page(
                StatusCode::GONE,
                expired(lang, &format!("/q/{token}"), Some(&site)),
            )));
        }
        Err(_) => return Ok(Err(not_ours(ctx, &client_ip(req), now).await)),
    };
    let found = ctx
        .db
        .read(move |c| {
            let Some(visit) = appointments::find_appointment(c, id)? else {
                return Ok(None);
            };
            let language = patients::get_patient(c, visit.patient_id)?.language;
            Ok(Some((clinic::the_site(c)?, survey::find(c, id)?, visit, language)))
        })
        .await?;
    Ok(match found {
        Some((site, answer, visit, language)) => Ok(Seen {
            token,
            lang: chosen_lang(req).unwrap_or(language),
            site,
            visit,
            answer,
        }),
        None => Err(not_ours(ctx, &client_ip(req), now).await),
    })
}

async fn show(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    Ok(match enter(&req, &ctx, token.into_inner()).await? {
        Ok(seen) => page(
            StatusCode::OK,
            view(&seen, &Input::default(), &Faults::default(), false),
        ),
        Err(answer) => answer,
    })
}

async fn rate(req: HttpRequest, ctx: Ctx, token: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let mut seen = match enter(&req, &ctx, token.into_inner()).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(answer),
    };
    let (score, comment) = match read(&input) {
        Ok(said) => said,
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let shown = view(&seen, &input, &faults, false);
            return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, shown));
        }
    };
    let (now, visit): (Instant, _) = (ctx.now(), seen.visit.clone());
    let actor = Actor::patient(client_ip(&req), request_id(&req));
    let said = comment.clone();
    ctx.db
        .write(move |c| survey::answer(c, now, &actor, &visit, (score, &said, Way::Link)))
        .await?;
    let id = seen.visit.id;
    seen.answer = ctx.db.read(move |c| survey::find(c, id)).await?;
    Ok(page(
        StatusCode::OK,
        view(&seen, &Input::default(), &Faults::default(), true),
    ))
}

fn read(input: &Input) -> Result<(i32, String), Error> {
    let mut f = Faults::default();
    let score: Option<i32> = input.need("score", &mut f);
    let comment = input.get("comment").trim().to_owned();
    if score.is_some_and(|s| !SCORES.contains(&s)) {
        f.add("score", "out_of_range", "请选择 1 到 5", "Choose from 1 to 5");
    }
    if comment.chars().count() > COMMENT_MAX {
        f.add("comment", "too_long", "最多 500 个字符", "At most 500 characters");
    }
    f.finish()?;
    Ok((score.unwrap_or(0), comment))
}

fn view(seen: &Seen, input: &Input, faults: &Faults, thanks: bool) -> Markup {
    let (lang, path) = (seen.lang, format!("/q/{}", seen.token));
    let title = lang.pick("就诊评分", "How was your visit?");
    let day = lang.day(seen.visit.starts_at.day(seen.site.tz()));
    let chosen = input
        .get("score")
        .parse()
        .ok()
        .or(seen.answer.as_ref().map(|a| a.score));
    let comment = match (input.get("comment"), &seen.answer) {
        ("", Some(a)) => a.comment.as_str(),
        (typed, _) => typed,
    };
    let words = lang.pick(
        ["很不满意", "不满意", "一般", "满意", "非常满意"],
        ["Very bad", "Bad", "Fair", "Good", "Very good"],
    );
    let fault = |field: &str| html! { @if let Some(f) = faults.of(field) { p class="note bad" role="alert" { (f.text.get(lang)) } } };
    let body = html! {
        p class="clinic" { (seen.site.name_in(lang)) }
        h1 { (title) }
        @if thanks { p class="note ok" role="status" { (lang.pick("谢谢您的评分。", "Thank you.")) } }
        p { (lang.pick(format!("{day}的就诊"), format!("Your visit on {day}"))) }
        form method="post" action=(path) class="rate" {
            fieldset {
                legend { (lang.pick("您满意吗？", "How satisfied are you?")) }
                @for score in SCORES.rev() {
                    label { input type="radio" name="score" value=(score) checked[chosen == Some(score)] required; " " (score) " · " (words.get(usize::try_from(score - 1).unwrap_or(0)).copied().unwrap_or("")) }
                }
            }
            (fault("score"))
            label for="f-comment" { (lang.pick("想对我们说的话（可不填）", "Anything you want to tell us (optional)")) }
            textarea id="f-comment" name="comment" rows="3" maxlength=(COMMENT_MAX) { (comment) }
            (fault("comment"))
            button class="b pri" type="submit" { (lang.pick("提交", "Send")) }
        }
        (telephone(lang, &seen.site))
    };
    frame(lang, title, switch(lang, &path), body)
}
