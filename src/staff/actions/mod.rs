//! Signing in and out, accounts, one-time links, API tokens.

mod sign_in;

pub use sign_in::{Attempt, check_sign_in, sign_in, sign_out};
pub(super) use sign_in::{Device, NewPassword, change_password, open_session};
pub(super) use sign_in::{lock, replace, unlock};

use self::sign_in::hash_password;
use super::audit::{Changes, Subject, audit, check_seen};
use super::model::{Actor, NewUser, Role, User, UserId, check_name, password_fault};
use super::store;
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::ids::{random_token, token_hash};
use crate::platform::web::form::Faults;

/// How long a one-time link opens: an invitation to an account that has no password yet.
const LINK_MS: i64 = 3 * DAY_MS;
/// How long one opens that resets a password: whoever gets hold of it gets hold of an account that is in use.
const RESET_MS: i64 = 30 * MINUTE_MS;
/// How long an API token works.
const TOKEN_MS: i64 = 365 * DAY_MS;

/// Makes an account. A blocking call for the command line and demo data; pages use it inside `Db::write` too.
pub fn create_user(c: &mut Conn, now: Instant, actor: &Actor, user: &NewUser) -> Result<UserId> {
    user.check().finish()?;
    if store::find_user_by_login(c, &user.login)?.is_some() {
        return Err(Error::field(
            "login",
            "taken",
            "这个登录名已有人用",
            "This login is taken",
        ));
    }
    if let Some(password) = &user.password {
        check_password(c, password, &user.login)?;
    }
    let hash = user.password.as_deref().map(hash_password).transpose()?;
    let id = store::insert_user(c, user, hash, now)?;
    audit(
        c,
        now,
        actor,
        "create",
        Subject::of("staff_users", id.0),
        &format!("{} {}", user.login, user.role),
    )?;
    Ok(id)
}

fn check_password(c: &mut Conn, password: &str, login: &str) -> Result<()> {
    let fault = password_fault(password, login, &store::clinic_names(c)?);
    fault.map_or(Ok(()), |f| Err(Error::Invalid(vec![f])))
}

/// Changes name, role, state and permission of an account, and says whether anything is new. `seen`: see [`check_seen`]. Another role or state ends its
/// sessions; all of it holds from the next request on.
pub(super) fn change_user(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (id, seen): (UserId, Option<i64>),
    change: &store::UserChange<'_>,
) -> Result<bool> {
    let user = store::find_user(c, id)?.ok_or(Error::NotFound("account"))?;
    let mut faults = Faults::default();
    check_name(change.name, &mut faults);
    faults.finish()?;
    let was_administrator = user.role == Role::Administrator && user.active;
    let stays = change.role == Role::Administrator && change.active;
    if was_administrator && !stays && store::count_administrators(c)? == 1 {
        return Err(Error::field(
            "role",
            "last_administrator",
            "至少要有一名管理员",
            "There must be an administrator",
        ));
    }
    let before = store::UserChange {
        name: &user.name,
        role: user.role,
        active: user.active,
        may_overbook: user.may_overbook,
    };
    if *change == before {
        return Ok(false);
    }
    store::update_user(c, id, change, now)?;
    if change.role != before.role || !change.active {
        store::delete_sessions_of(c, id)?;
    }
    let mut changes = Changes::default();
    changes.note("name", before.name, change.name);
    changes.note("role", before.role, change.role);
    changes.note("active", before.active, change.active);
    changes.note("may_overbook", before.may_overbook, change.may_overbook);
    let (detail, subject) = (changes.to_string(), Subject::of("staff_users", id.0));
    check_seen(c, seen, subject)?;
    audit(c, now, actor, "update", subject, &detail)?;
    Ok(true)
}

/// A one-time link with which the first administrator sets up an account; None once there is an administrator. Links given
/// before no longer open.
pub fn make_first_link(c: &mut Conn, now: Instant, public_url: &str) -> Result<Option<String>> {
    store::lock_links(c)?;
    if store::count_administrators(c)? > 0 {
        return Ok(None);
    }
    let token = random_token();
    store::close_first_links(c, now)?;
    let link = store::NewLink {
        token_hash: &token_hash(&token),
        purpose: store::FIRST_ADMINISTRATOR,
        user: None,
        now,
        ends_at: now + LINK_MS,
    };
    store::insert_link(c, &link)?;
    Ok(Some(format!("{}/welcome/{token}", public_url.trim_end_matches('/'))))
}

/// A one-time link with which the owner of an account sets a password: within three days the first one, within 30 minutes
/// another. Links given before no longer open.
pub fn invite(c: &mut Conn, now: Instant, actor: &Actor, user: UserId, public_url: &str) -> Result<String> {
    let token = random_token();
    store::close_links_of(c, user, now)?;
    let in_use = store::find_user(c, user)?.is_some_and(|u| u.password_hash.is_some());
    let link = store::NewLink {
        token_hash: &token_hash(&token),
        purpose: "set-password",
        user: Some(user),
        now,
        ends_at: now + if in_use { RESET_MS } else { LINK_MS },
    };
    store::insert_link(c, &link)?;
    audit(c, now, actor, "invite", Subject::of("staff_users", user.0), "")?;
    Ok(format!("{}/welcome/{token}", public_url.trim_end_matches('/')))
}

/// What a one-time link is for, or why it does not open any more.
pub(super) fn look_at_link(c: &mut Conn, now: Instant, token: &str) -> Result<LinkFor> {
    let link = store::find_link(c, &token_hash(token))?.ok_or(Error::NotFound("link"))?;
    if link.used_at.is_some() {
        return Ok(LinkFor::Nothing(Closed::Used));
    }
    if link.ends_at <= now {
        return Ok(LinkFor::Nothing(Closed::TooOld));
    }
    match link.user {
        None if link.purpose == store::FIRST_ADMINISTRATOR && store::count_administrators(c)? == 0 => {
            Ok(LinkFor::FirstAdministrator)
        }
        None => Ok(LinkFor::Nothing(Closed::Used)),
        Some(id) => {
            let user = store::find_user(c, id)?
                .filter(|u| u.active)
                .ok_or(Error::NotFound("link"))?;
            Ok(LinkFor::Password(Box::new(user)))
        }
    }
}

/// What a one-time link leads to.
pub(super) enum LinkFor {
    FirstAdministrator,
    Password(Box<User>),
    Nothing(Closed),
}

/// Why a link does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// It has been used, or a newer one took its place.
    Used,
    /// Its time is over.
    TooOld,
}

/// Uses a one-time link: makes the first administrator, or sets the account's password and ends its sessions.
pub async fn use_link(db: &Db, now: Instant, actor: Actor, token: &str, typed: NewUser) -> Result<UserId> {
    let token = token.to_owned();
    db.write(move |c| {
        store::lock_links(c)?;
        let link = look_at_link(c, now, &token)?;
        let password = typed.password.clone().unwrap_or_default();
        let id = match link {
            LinkFor::FirstAdministrator => create_user(
                c,
                now,
                &actor,
                &NewUser {
                    role: Role::Administrator,
                    ..typed
                },
            )?,
            LinkFor::Password(user) => {
                check_password(c, &password, &user.login)?;
                store::update_password(c, user.id, &hash_password(&password)?, now)?;
                store::delete_sessions_of(c, user.id)?;
                let own = Actor::of(&user, actor.ip.clone(), actor.request.clone());
                audit(c, now, &own, "set-password", Subject::of("staff_users", user.id.0), "")?;
                user.id
            }
            LinkFor::Nothing(_) => return Err(Error::NotFound("link")),
        };
        if !store::use_up_link(c, &token_hash(&token), now)? {
            return Err(Error::NotFound("link"));
        }
        Ok(id)
    })
    .await
}

/// An API token with the rights of `role`, for scripts: the rights are those of a service account named after the role.
pub fn issue_token(c: &mut Conn, now: Instant, role: Role) -> Result<String> {
    let actor = Actor::system("command line");
    let login = format!("api-{role}");
    let user = match store::find_user_by_login(c, &login)? {
        Some(user) => user.id,
        None => create_user(
            c,
            now,
            &actor,
            &NewUser {
                name: format!("API {role}"),
                login,
                role,
                password: None,
            },
        )?,
    };
    let token = random_token();
    let stored = store::NewToken {
        token_hash: &token_hash(&token),
        user,
        name: "command line",
        now,
        ends_at: now + TOKEN_MS,
    };
    store::insert_token(c, &stored)?;
    audit(
        c,
        now,
        &actor,
        "issue-token",
        Subject::of("staff_users", user.0),
        role.as_str(),
    )?;
    Ok(token)
}

/// Takes an API token back.
///
/// # Errors
/// `NotFound` when it is gone already.
pub(super) fn revoke_token(c: &mut Conn, now: Instant, actor: &Actor, id: i64) -> Result<()> {
    let user = store::delete_token(c, id)?.ok_or(Error::NotFound("token"))?;
    audit(c, now, actor, "revoke-token", Subject::of("staff_users", user.0), "")
}

/// Remembers the language somebody switched to.
pub(super) async fn remember_language(db: &Db, user: UserId, lang: Lang) -> Result<()> {
    db.write(move |c| store::update_language(c, user, lang)).await
}

/// Forgets ended sessions and old failures.
pub fn clean_up(c: &mut Conn, now: Instant) -> Result<usize> {
    store::delete_ended(c, now, now + -DAY_MS)
}
