//! All SQL of accounts, sessions, tokens, links and failed sign-ins.

use diesel::prelude::*;

use super::model::{NewUser, Role, User, UserId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{api_tokens, one_time_links, sessions, sign_in_attempts, sites, staff_users};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

/// What a link is for that makes the first administrator.
pub(super) const FIRST_ADMINISTRATOR: &str = "first-administrator";

/// An account by id.
pub fn find_user(c: &mut Conn, id: UserId) -> Result<Option<User>> {
    Ok(staff_users::table.find(id).first(c).optional()?)
}
/// An account by login.
pub fn find_user_by_login(c: &mut Conn, login: &str) -> Result<Option<User>> {
    Ok(staff_users::table
        .filter(staff_users::login.eq(login))
        .first(c)
        .optional()?)
}
/// The zone that audit times are shown in. Read here because accounts lie below the clinic.
pub(super) fn zone(c: &mut Conn) -> Result<chrono_tz::Tz> {
    let name: Option<String> = sites::table.order(sites::id).select(sites::zone).first(c).optional()?;
    Ok(name.and_then(|n| n.parse().ok()).unwrap_or(chrono_tz::Tz::UTC))
}
/// The clinic's names, Chinese and English; read here for the same reason.
pub(super) fn clinic_names(c: &mut Conn) -> Result<Vec<String>> {
    let names: Option<(String, String)> = sites::table
        .order(sites::id)
        .select((sites::name, sites::name_en))
        .first(c)
        .optional()?;
    Ok(names.map_or_else(Vec::new, |(zh, en)| vec![zh, en]))
}
/// All accounts, active ones first.
pub fn list_users(c: &mut Conn) -> Result<Vec<User>> {
    Ok(staff_users::table
        .order((staff_users::active.desc(), staff_users::login))
        .load(c)?)
}
/// Active administrators.
pub fn count_administrators(c: &mut Conn) -> Result<i64> {
    Ok(staff_users::table
        .filter(
            staff_users::role
                .eq(Role::Administrator)
                .and(staff_users::active.eq(true)),
        )
        .count()
        .get_result(c)?)
}
pub(super) fn insert_user(c: &mut Conn, user: &NewUser, hash: Option<String>, now: Instant) -> Result<UserId> {
    Ok(diesel::insert_into(staff_users::table)
        .values((
            staff_users::login.eq(&user.login),
            staff_users::name.eq(user.name.trim()),
            staff_users::role.eq(user.role),
            staff_users::password_hash.eq(hash),
            staff_users::active.eq(true),
            staff_users::created_at.eq(now),
            staff_users::updated_at.eq(now),
            staff_users::may_overbook.eq(user.role.overbooks()),
        ))
        .returning(staff_users::id)
        .get_result(c)?)
}
pub(super) fn update_password(c: &mut Conn, id: UserId, hash: &str, now: Instant) -> Result<()> {
    diesel::update(staff_users::table.find(id))
        .set((staff_users::password_hash.eq(hash), staff_users::updated_at.eq(now)))
        .execute(c)?;
    Ok(())
}
/// What an administrator changes of an account.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UserChange<'a> {
    pub name: &'a str,
    pub role: Role,
    pub active: bool,
    pub may_overbook: bool,
}

pub(super) fn update_user(c: &mut Conn, id: UserId, change: &UserChange<'_>, now: Instant) -> Result<()> {
    diesel::update(staff_users::table.find(id))
        .set((
            staff_users::name.eq(change.name),
            staff_users::role.eq(change.role),
            staff_users::active.eq(change.active),
            staff_users::may_overbook.eq(change.may_overbook),
            staff_users::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(())
}
pub(super) fn update_language(c: &mut Conn, id: UserId, lang: Lang) -> Result<()> {
    diesel::update(staff_users::table.find(id))
        .set(staff_users::language.eq(lang))
        .execute(c)?;
    Ok(())
}

/// A session to be stored.
pub(super) struct NewSession<'a> {
    pub token_hash: &'a str,
    pub user: UserId,
    pub now: Instant,
    pub ends_at: Instant,
    pub ip: &'a str,
    pub user_agent: &'a str,
}

pub(super) fn insert_session(c: &mut Conn, s: &NewSession<'_>) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::token_hash.eq(s.token_hash),
            sessions::user_id.eq(s.user),
            sessions::created_at.eq(s.now),
            sessions::last_seen_at.eq(s.now),
            sessions::ends_at.eq(s.ends_at),
            sessions::ip.eq(s.ip),
            sessions::user_agent.eq(s.user_agent),
        ))
        .execute(c)?;
    Ok(())
}
/// A session that has not ended.
#[derive(Debug, Queryable)]
pub(super) struct Session {
    pub seen: Instant,
    /// None: it is not, or not by hand.
    pub locked: Option<Instant>,
}

/// The active account of a live session, and how the session stands.
pub(super) fn find_session(
    c: &mut Conn,
    hash: &str,
    now: Instant,
    idle_since: Instant,
) -> Result<Option<(User, Session)>> {
    Ok(sessions::table
        .inner_join(staff_users::table)
        .filter(sessions::token_hash.eq(hash))
        .filter(sessions::ends_at.gt(now).and(sessions::last_seen_at.gt(idle_since)))
        .filter(staff_users::active.eq(true))
        .select((staff_users::all_columns, (sessions::last_seen_at, sessions::locked_at)))
        .get_result::<(User, Session)>(c)
        .optional()?)
}
pub(super) fn touch_session(c: &mut Conn, hash: &str, now: Instant) -> Result<()> {
    diesel::update(sessions::table.filter(sessions::token_hash.eq(hash)))
        .set(sessions::last_seen_at.eq(now))
        .execute(c)?;
    Ok(())
}
pub(super) fn lock_session(c: &mut Conn, hash: &str, now: Instant) -> Result<()> {
    let open = sessions::token_hash.eq(hash).and(sessions::locked_at.is_null());
    diesel::update(sessions::table.filter(open))
        .set(sessions::locked_at.eq(now))
        .execute(c)?;
    Ok(())
}
/// It was seen just now, too: or it would be locked again for having been idle.
pub(super) fn unlock_session(c: &mut Conn, hash: &str, now: Instant) -> Result<()> {
    diesel::update(sessions::table.filter(sessions::token_hash.eq(hash)))
        .set((sessions::locked_at.eq(None::<Instant>), sessions::last_seen_at.eq(now)))
        .execute(c)?;
    Ok(())
}
pub(super) fn delete_session(c: &mut Conn, hash: &str) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::token_hash.eq(hash))).execute(c)?;
    Ok(())
}
pub(super) fn delete_sessions_of(c: &mut Conn, user: UserId) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(c)?;
    Ok(())
}
/// Ends all sessions of an account but one.
pub(super) fn delete_other_sessions(c: &mut Conn, user: UserId, but: &str) -> Result<()> {
    let others = sessions::user_id.eq(user).and(sessions::token_hash.ne(but));
    diesel::delete(sessions::table.filter(others)).execute(c)?;
    Ok(())
}
pub(super) fn delete_ended(c: &mut Conn, now: Instant, attempts_before: Instant) -> Result<usize> {
    let ended = diesel::delete(sessions::table.filter(sessions::ends_at.le(now))).execute(c)?;
    diesel::delete(sign_in_attempts::table.filter(sign_in_attempts::at.lt(attempts_before))).execute(c)?;
    Ok(ended)
}

/// An API token to be stored.
pub(super) struct NewToken<'a> {
    pub token_hash: &'a str,
    pub user: UserId,
    pub name: &'a str,
    pub now: Instant,
    pub ends_at: Instant,
}

pub(super) fn insert_token(c: &mut Conn, t: &NewToken<'_>) -> Result<()> {
    diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::token_hash.eq(t.token_hash),
            api_tokens::user_id.eq(t.user),
            api_tokens::name.eq(t.name),
            api_tokens::created_at.eq(t.now),
            api_tokens::ends_at.eq(t.ends_at),
        ))
        .execute(c)?;
    Ok(())
}
pub(super) fn find_token_user(c: &mut Conn, hash: &str, now: Instant) -> Result<Option<User>> {
    Ok(api_tokens::table
        .inner_join(staff_users::table)
        .filter(api_tokens::token_hash.eq(hash).and(api_tokens::ends_at.gt(now)))
        .filter(staff_users::active.eq(true))
        .select(staff_users::all_columns)
        .get_result(c)
        .optional()?)
}

/// A token that works.
#[derive(Debug, Queryable)]
pub(super) struct Token {
    pub id: i64,
    /// Of the account it has the rights of.
    pub login: String,
    pub role: Role,
    pub created_at: Instant,
    pub ends_at: Instant,
}

/// The tokens that work, newest first.
pub(super) fn list_tokens(c: &mut Conn, now: Instant) -> Result<Vec<Token>> {
    Ok(api_tokens::table
        .inner_join(staff_users::table)
        .filter(api_tokens::ends_at.gt(now))
        .order((api_tokens::created_at.desc(), api_tokens::id.desc()))
        .select((
            api_tokens::id,
            staff_users::login,
            staff_users::role,
            api_tokens::created_at,
            api_tokens::ends_at,
        ))
        .load(c)?)
}
/// Takes a token back: it works no more. Whose it was; none: it was gone already.
pub(super) fn delete_token(c: &mut Conn, id: i64) -> Result<Option<UserId>> {
    let user = api_tokens::table
        .find(id)
        .select(api_tokens::user_id)
        .first(c)
        .optional()?;
    diesel::delete(api_tokens::table.find(id)).execute(c)?;
    Ok(user)
}

/// A one-time link to be stored.
pub(super) struct NewLink<'a> {
    pub token_hash: &'a str,
    pub purpose: &'static str,
    pub user: Option<UserId>,
    pub now: Instant,
    pub ends_at: Instant,
}

pub(super) fn insert_link(c: &mut Conn, l: &NewLink<'_>) -> Result<()> {
    diesel::insert_into(one_time_links::table)
        .values((
            one_time_links::token_hash.eq(l.token_hash),
            one_time_links::purpose.eq(l.purpose),
            one_time_links::user_id.eq(l.user),
            one_time_links::created_at.eq(l.now),
            one_time_links::ends_at.eq(l.ends_at),
        ))
        .execute(c)?;
    Ok(())
}
/// Closes the account's links that still open: only the newest one is to work.
pub(super) fn close_links_of(c: &mut Conn, user: UserId, now: Instant) -> Result<()> {
    diesel::update(
        one_time_links::table.filter(one_time_links::user_id.eq(user).and(one_time_links::used_at.is_null())),
    )
    .set(one_time_links::used_at.eq(now))
    .execute(c)?;
    Ok(())
}
/// Closes the links for the first administrator that still open.
pub(super) fn close_first_links(c: &mut Conn, now: Instant) -> Result<()> {
    diesel::update(
        one_time_links::table.filter(
            one_time_links::purpose
                .eq(FIRST_ADMINISTRATOR)
                .and(one_time_links::used_at.is_null()),
        ),
    )
    .set(one_time_links::used_at.eq(now))
    .execute(c)?;
    Ok(())
}
/// Makes who uses or makes a one-time link wait for who does so already, so that each sees what the other has done.
/// SQLite has one writer.
pub(super) fn lock_links(c: &mut Conn) -> Result<()> {
    if let Conn::Pg(c) = c {
        diesel::sql_query("LOCK TABLE one_time_links IN SHARE ROW EXCLUSIVE MODE").execute(c)?;
    }
    Ok(())
}
/// A one-time link as it is stored.
#[derive(Debug, Queryable)]
pub(super) struct Link {
    pub purpose: String,
    pub user: Option<UserId>,
    /// None: not yet.
    pub used_at: Option<Instant>,
    pub ends_at: Instant,
}

/// A link, whether it still opens or not.
pub(super) fn find_link(c: &mut Conn, hash: &str) -> Result<Option<Link>> {
    Ok(one_time_links::table
        .filter(one_time_links::token_hash.eq(hash))
        .select((
            one_time_links::purpose,
            one_time_links::user_id,
            one_time_links::used_at,
            one_time_links::ends_at,
        ))
        .first(c)
        .optional()?)
}
/// Marks a link used; false when somebody was faster.
pub(super) fn use_up_link(c: &mut Conn, hash: &str, now: Instant) -> Result<bool> {
    let n = diesel::update(
        one_time_links::table.filter(
            one_time_links::token_hash
                .eq(hash)
                .and(one_time_links::used_at.is_null()),
        ),
    )
    .set(one_time_links::used_at.eq(now))
    .execute(c)?;
    Ok(n == 1)
}

pub(super) fn insert_attempt(c: &mut Conn, login: &str, ip: &str, now: Instant) -> Result<()> {
    diesel::insert_into(sign_in_attempts::table)
        .values((
            sign_in_attempts::login.eq(login),
            sign_in_attempts::ip.eq(ip),
            sign_in_attempts::at.eq(now),
        ))
        .execute(c)?;
    Ok(())
}
/// Failures since `since`: of this account, from this address.
pub(super) fn count_attempts(c: &mut Conn, login: &str, ip: &str, since: Instant) -> Result<(i64, i64)> {
    let of_login = sign_in_attempts::table
        .filter(sign_in_attempts::login.eq(login).and(sign_in_attempts::at.gt(since)))
        .count()
        .get_result(c)?;
    let of_ip = sign_in_attempts::table
        .filter(sign_in_attempts::ip.eq(ip).and(sign_in_attempts::at.gt(since)))
        .count()
        .get_result(c)?;
    Ok((of_login, of_ip))
}
/// When the failure was that comes after the `skip` earliest ones since `since`, of an account or else from an address.
pub(super) fn attempt_at(
    c: &mut Conn,
    login: Option<&str>,
    ip: &str,
    since: Instant,
    skip: i64,
) -> Result<Option<Instant>> {
    let mut query = sign_in_attempts::table
        .filter(sign_in_attempts::at.gt(since))
        .order(sign_in_attempts::at)
        .select(sign_in_attempts::at)
        .offset(skip)
        .limit(1)
        .into_boxed();
    query = match login {
        Some(login) => query.filter(sign_in_attempts::login.eq(login.to_owned())),
        None => query.filter(sign_in_attempts::ip.eq(ip.to_owned())),
    };
    Ok(query.first(c).optional()?)
}
pub(super) fn delete_attempts(c: &mut Conn, login: &str) -> Result<()> {
    diesel::delete(sign_in_attempts::table.filter(sign_in_attempts::login.eq(login))).execute(c)?;
    Ok(())
}
