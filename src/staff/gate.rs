//! The gate before every route: who is it, and does their role allow this? Also builds the page frame.

use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::{Next, from_fn};
use actix_web::{FromRequest, Handler, HttpMessage, HttpRequest, HttpResponse, Responder, Route, web};

use super::audit::{Subject, audit};
use super::model::{Actor, Allow, Role, User, UserId};
use super::{actions, lock, store};
use crate::platform::clock::{Clock, Instant, MINUTE_MS, SECOND_MS};
use crate::platform::config::Config;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::token_hash;
use crate::platform::web::layout::{Frame, NavItem, News, without_lang};
use crate::platform::web::{
    Ctx, chosen_lang, client_ip, is_api, lang_in_query, once, reading, request_id, wants_fragment,
};

/// The session's cookie.
pub(super) const SESSION_COOKIE: &str = "chairside_session";
/// The one page that a locked session opens.
pub(super) const UNLOCK: &str = "/unlock";
/// A session's last use is noted at most this often.
const TOUCH_EVERY_MS: i64 = 60 * SECOND_MS;
/// Says that a page asks by itself: a desk that nobody sits at is signed out all the same.
const BY_ITSELF: &str = "X-By-Itself";

/// The stream of events that open boards listen to.
const EVENTS: &str = "/events";

/// Put into the request of a locked session.
pub(super) struct Locked;

/// What the rail shows: made by `app`, which knows all features.
pub struct Nav {
    /// Name of the clinic.
    pub clinic: String,
    /// Entries for the role, with what waits there.
    pub items: Vec<NavItem>,
    /// What everybody should know at once, wherever they work.
    pub news: Vec<News>,
    /// What should happen and does not.
    pub alarms: Vec<Text>,
}

/// Makes the navigation of a role. Implemented in `app`, registered there.
pub trait NavSource: Send + Sync {
    /// Clinic name and entries for somebody of a role.
    fn nav(&self, c: &mut Conn, who: (UserId, Role), now: Instant, lang: Lang) -> Result<Nav>;
    /// The page on which somebody of this role begins after signing in.
    fn landing(&self, c: &mut Conn, role: Role) -> Result<&'static str>;
}

/// A GET (and HEAD) route for the roles in `allow`.
pub fn get<F, Args>(allow: Allow, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    guarded(reading(), allow, handler)
}

/// A POST route for the roles in `allow`.
pub fn post<F, Args>(allow: Allow, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    guarded(web::post(), allow, handler)
}

/// A DELETE route for the roles in `allow`.
pub fn delete<F, Args>(allow: Allow, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    guarded(web::delete(), allow, handler)
}

/// A PUT route for the roles in `allow`.
pub fn put<F, Args>(allow: Allow, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    guarded(web::put(), allow, handler)
}

/// A PATCH route for the roles in `allow`.
pub fn patch<F, Args>(allow: Allow, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    guarded(web::patch(), allow, handler)
}

fn guarded<F, Args>(route: Route, allow: Allow, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    route.to(handler).wrap(from_fn(move |req, next| gate(allow, req, next)))
}

async fn gate(
    allow: Allow,
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let Identity { user, locked } = match identify(&req).await {
        Ok(identity) => identity,
        Err(Error::Unauthorized) if !is_api(req.request()) => {
            let answer = to_sign_in(req.request());
            return Ok(req.into_response(answer).map_into_right_body());
        }
        Err(e) => return Ok(req.error_response(e).map_into_right_body()),
    };
    let actor = Actor::of(&user, client_ip(req.request()), request_id(req.request()));
    req.extensions_mut().insert(Rc::new(actor.clone()));
    if locked {
        req.extensions_mut().insert(Locked);
    }
    if let Err(e) = build_frame(&req, &user, locked).await {
        return Ok(req.error_response(e).map_into_right_body());
    }
    if locked && req.path() != UNLOCK {
        let answer = lock::closed(&mut req).await;
        return Ok(req.into_response(answer).map_into_right_body());
    }
    if !allow.contains(&user.role) {
        note_refusal(req.request(), &actor).await;
        return Ok(req.error_response(Error::Forbidden).map_into_right_body());
    }
    let answer = once(req, next, user.id.0).await?;
    if answer.status() == StatusCode::FORBIDDEN {
        note_refusal(answer.request(), &actor).await;
    }
    Ok(answer.map_into_left_body())
}

/// Adds to the audit what somebody may not do and tried. Nothing is given away either way: that the row could not be written
/// is only logged.
async fn note_refusal(req: &HttpRequest, actor: &Actor) {
    let Some(ctx) = req.app_data::<web::Data<Ctx>>() else {
        return;
    };
    let (now, by) = (ctx.now(), actor.clone());
    let detail = format!("{} {}", req.method(), req.path());
    let subject = Subject {
        kind: "pages",
        id: None,
        patient: None,
    };
    let noted = ctx.db.write(move |c| audit(c, now, &by, "refuse", subject, &detail));
    if let Err(e) = noted.await {
        tracing::warn!(error = %e, "a refusal was not noted");
    }
}

/// Whose request it is, and whether their session is locked. A token's never is: no screen stands behind it.
struct Identity {
    user: User,
    locked: bool,
}

/// The account behind a session cookie or a bearer token.
async fn identify(req: &ServiceRequest) -> Result<Identity> {
    let (db, clock, config) = parts(req)?;
    let now = clock.now();
    if let Some(token) = bearer(req.request()) {
        let hash = token_hash(&token);
        let user = db.read(move |c| store::find_token_user(c, &hash, now)).await?;
        return user
            .map(|user| Identity { user, locked: false })
            .ok_or(Error::Unauthorized);
    }
    let token = req.cookie(SESSION_COOKIE).ok_or(Error::Unauthorized)?;
    let hash = token_hash(token.value());
    let idle_since = now + -(config.security.session_idle_minutes * MINUTE_MS);
    let key = hash.clone();
    let (user, session) = db
        .read(move |c| store::find_session(c, &key, now, idle_since))
        .await?
        .ok_or(Error::Unauthorized)?;
    // Idle time is derived, not written: whoever asks first finds the session locked, and nothing notes it as used.
    if is_locked(&session, config, now) {
        return Ok(Identity { user, locked: true });
    }
    if now - session.seen > TOUCH_EVERY_MS && !is_background(req.request()) {
        db.write(move |c| store::touch_session(c, &hash, now)).await?;
    }
    if let Some(lang) = lang_in_query(req.query_string())
        && user.language != Some(lang)
    {
        actions::remember_language(db, user.id, lang).await?;
    }
    Ok(Identity { user, locked: false })
}

fn is_locked(session: &store::Session, config: &Config, now: Instant) -> bool {
    let patience = config.security.lock_idle_minutes * MINUTE_MS;
    session.locked.is_some() || (patience > 0 && now - session.seen >= patience)
}

/// Whether a page asks by itself, with nobody at it: that does not keep a session awake. A browser opens the stream of events
/// anew whenever it broke off, and can put no header of ours on it.
fn is_background(req: &HttpRequest) -> bool {
    req.headers().contains_key(BY_ITSELF) || req.path() == EVENTS
}

/// What somebody came in with, to ask again whether it still opens the door: for answers that go on.
#[derive(Debug, Clone)]
pub struct Pass {
    hash: String,
    bearer: bool,
}

impl Pass {
    /// Whether the session or token is still good, and the screen not locked. A database that does not answer says nothing against it.
    pub async fn is_valid(&self, ctx: &Ctx) -> bool {
        let (pass, now, config) = (self.clone(), ctx.now(), ctx.config.clone());
        let idle_since = now + -(config.security.session_idle_minutes * MINUTE_MS);
        let found = ctx.db.read(move |c| {
            if pass.bearer {
                return Ok(store::find_token_user(c, &pass.hash, now)?.is_some());
            }
            let session = store::find_session(c, &pass.hash, now, idle_since)?;
            Ok(session.is_some_and(|(_, session)| !is_locked(&session, &config, now)))
        });
        found.await.unwrap_or(true)
    }
}

impl FromRequest for Pass {
    type Error = Error;
    type Future = Ready<Result<Pass>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pass = match bearer(req) {
            Some(token) => Some((token, true)),
            None => req.cookie(SESSION_COOKIE).map(|c| (c.value().to_owned(), false)),
        };
        let pass = pass.map(|(token, bearer)| Pass {
            hash: token_hash(&token),
            bearer,
        });
        ready(pass.ok_or(Error::Unauthorized))
    }
}

fn bearer(req: &HttpRequest) -> Option<String> {
    let value = req.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(|t| t.trim().to_owned())
}

fn parts(req: &ServiceRequest) -> Result<(&Db, &Clock, &Config)> {
    let ctx = req
        .app_data::<web::Data<Ctx>>()
        .ok_or_else(|| Error::Internal("app data missing".into()))?;
    Ok((&ctx.db, &ctx.clock, &ctx.config))
}

/// Pages get navigation and counters; fragments and JSON only the language.
async fn build_frame(req: &ServiceRequest, user: &User, locked: bool) -> Result<()> {
    let (db, clock, config) = parts(req)?;
    // An API client says its language with each request; a person has chosen one here.
    let callers = is_api(req.request()).then(|| accepted_lang(req.request())).flatten();
    let lang = chosen_lang(req.request())
        .or(callers)
        .or(user.language)
        .unwrap_or(config.clinic.language);
    let mut frame = Frame {
        lang,
        path: req.path().to_owned(),
        query: without_lang(req.query_string()),
        clinic: String::new(),
        user: (!locked).then(|| user.name.clone()),
        role: Some(user.role.name()),
        nav: Vec::new(),
        news: Vec::new(),
        alarms: Vec::new(),
        lock_minutes: config.security.lock_idle_minutes,
    };
    if !locked
        && !is_api(req.request())
        && !wants_fragment(req.request())
        && let Some(source) = req.app_data::<web::Data<Arc<dyn NavSource>>>()
    {
        let (source, who, now) = (Arc::clone(source.get_ref()), (user.id, user.role), clock.now());
        let nav = db.read(move |c| source.nav(c, who, now, lang)).await?;
        frame.clinic = nav.clinic;
        frame.nav = nav.items;
        frame.news = nav.news;
        frame.alarms = nav.alarms;
    }
    req.extensions_mut().insert(frame);
    Ok(())
}

fn accepted_lang(req: &HttpRequest) -> Option<Lang> {
    Lang::from_accept_language(req.headers().get(header::ACCEPT_LANGUAGE)?.to_str().ok()?)
}

fn to_sign_in(req: &HttpRequest) -> HttpResponse {
    let target = if matches!(*req.method(), Method::GET | Method::HEAD) && !wants_fragment(req) {
        format!("/sign-in?next={}", url_encode(&req.uri().to_string()))
    } else {
        "/sign-in".to_owned()
    };
    if wants_fragment(req) {
        return HttpResponse::Unauthorized()
            .insert_header(("HX-Redirect", target))
            .finish();
    }
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, target))
        .finish()
}

/// Percent-encodes everything but letters, digits and `-_.~/`.
pub(super) fn url_encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-_.~/".contains(&b) {
            out.push(char::from(b));
        } else {
            let _infallible = write!(out, "%{b:02X}");
        }
        out
    })
}

/// Who is signed in; only behind [`get`] and [`post`].
impl FromRequest for Actor {
    type Error = Error;
    type Future = Ready<Result<Actor>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            req.extensions()
                .get::<Rc<Actor>>()
                .map(|a| Actor::clone(a))
                .ok_or(Error::Unauthorized),
        )
    }
}
