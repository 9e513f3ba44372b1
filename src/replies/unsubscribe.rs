//! `/u/{token}`: whether an address gets mail that is not about a visit.
//!
//! The mailbox's own button posts here without ever showing a page (RFC 8058), so a POST needs nothing but the link. Opening
//! it changes nothing: mail scanners do.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};

use super::pages::{not_ours, page};
use super::views::{frame, switch, telephone};
use crate::clinic::{self, Site};
use crate::messaging::{self, MessageId, Subscription};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::{Ctx, chosen_lang, client_ip, reading, request_id};
use crate::staff::Actor;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    // Without a sign-in, on purpose: the signed link is the key.
    cfg.service(
        web::resource("/u/{token}")
            .route(reading().to(show))
            .route(web::post().to(stop)),
    )
    .service(web::resource("/u/{token}/again").route(web::post().to(again)));
}

/// What a page is about.
struct Seen {
    token: String,
    lang: Lang,
    site: Site,
    subscription: Subscription,
}

/// What has just been done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Nothing,
    Stopped,
    Again,
}

/// Opens the link, or says with which page it does not open.
async fn enter(req: &HttpRequest, ctx: &Ctx, token: String) -> Result<Result<Seen, HttpResponse>> {
    let now = ctx.now();
    if let Some(id) = messaging::read_unsubscribe(&ctx.keys, &token, now)
        && let Some((subscription, site)) = load(ctx, id).await?
    {
        return Ok(Ok(Seen {
            lang: chosen_lang(req).unwrap_or(subscription.language),
            token,
            site,
            subscription,
        }));
    }
    Ok(Err(not_ours(ctx, &client_ip(req), now).await))
}

async fn load(ctx: &Ctx, id: MessageId) -> Result<Option<(Subscription, Site)>> {
    ctx.db
        .read(move |c| {
            let found = messaging::find_subscription(c, id)?;
            found.map(|s| Ok((s, clinic::the_site(c)?))).transpose()
        })
        .await
}

async fn show(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    Ok(match enter(&req, &ctx, token.into_inner()).await? {
        Ok(seen) => page(StatusCode::OK, view(&seen, Done::Nothing)),
        Err(answer) => answer,
    })
}

async fn stop(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    change(&req, &ctx, token.into_inner(), Done::Stopped).await
}

async fn again(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    change(&req, &ctx, token.into_inner(), Done::Again).await
}

/// Changes it and answers with the page, not with a redirect: who posts here may follow none.
async fn change(req: &HttpRequest, ctx: &Ctx, token: String, to: Done) -> Result<HttpResponse> {
    let mut seen = match enter(req, ctx, token).await? {
        Ok(seen) => seen,
        Err(answer) => return Ok(answer),
    };
    let (now, about) = (ctx.now(), seen.subscription.clone());
    let actor = Actor::patient(client_ip(req), request_id(req));
    let id = about.message;
    ctx.db
        .write(move |c| match to {
            Done::Again => messaging::subscribe_again(c, now, &actor, &about),
            Done::Stopped | Done::Nothing => messaging::unsubscribe(c, now, &actor, &about),
        })
        .await?;
    if let Some((subscription, _)) = load(ctx, id).await? {
        seen.subscription = subscription;
    }
    Ok(page(StatusCode::OK, view(&seen, to)))
}

fn view(seen: &Seen, done: Done) -> Markup {
    let (lang, s) = (seen.lang, &seen.subscription);
    let title = match s.refused {
        true => lang.pick("您已退订", "You are unsubscribed"),
        false => lang.pick("邮件订阅", "Our emails to you"),
    };
    let action = format!("/u/{}", seen.token);
    let body = html! {
        p class="clinic" { (seen.site.name_in(lang)) }
        h1 { (title) }
        @if done == Done::Again && !s.refused { p class="note ok" { (lang.pick("已恢复订阅，谢谢。", "You will get them again. Thank you.")) } }
        p { b { (masked(&s.address)) } }
        @if s.refused {
            p { (lang.pick("我们不会再给这个邮箱发复诊提醒、随访和问候。与您的预约有关的邮件照常发送。",
                "We send no recalls, follow-ups or greetings to this address any more. Mail about your visits still comes.")) }
            form method="post" action={ (action) "/again" } { button class="b" type="submit" { (lang.pick("重新订阅", "Subscribe again")) } }
        } @else {
            p { (lang.pick("退订后，我们不再给这个邮箱发复诊提醒、随访和问候。与您的预约有关的邮件照常发送。",
                "If you unsubscribe, we send no more recalls, follow-ups or greetings to this address. Mail about your visits still comes.")) }
            form method="post" action=(action) { button class="b pri" type="submit" { (lang.pick("退订", "Unsubscribe")) } }
        }
        (telephone(lang, &seen.site))
    };
    frame(lang, title, switch(lang, &action), body)
}

/// `zh…@clinic.example`: who has the link may have been sent it by somebody.
fn masked(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(2).collect();
    format!("{first}…@{domain}")
}
