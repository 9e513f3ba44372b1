//! Passwords, sign-in and sign-out.

use std::sync::LazyLock;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use super::super::audit::{Subject, audit};
use super::super::model::{Actor, User, UserId};
use super::super::store;
use crate::platform::clock::{HOUR_MS, Instant, MINUTE_MS, SECOND_MS};
use crate::platform::config::Security;
use crate::platform::db::Db;
use crate::platform::error::{Error, Result};
use crate::platform::ids::{random_token, token_hash};

/// Passwords hashed at once; each takes 19 MiB.
const HASHES_AT_ONCE: usize = 2;
/// How much of a browser's name is kept.
const AGENT_MAX: usize = 200;

static HASHING: Semaphore = Semaphore::const_new(HASHES_AT_ONCE);
/// Compared against when there is no such account, so that both cases take as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_password("nobody has this password").unwrap_or_default());

/// Argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane: the crate's default), PHC format, own salt.
pub(super) fn hash_password(password: &str) -> Result<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|h| h.to_string())
        .map_err(|e| Error::Internal(format!("argon2: {e}")))
}

fn verify(password: &str, hash: &str) -> bool {
    argon2::password_hash::phc::PasswordHash::new(hash)
        .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
}

async fn off_thread<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _permit = HASHING.acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
    tokio::task::spawn_blocking(f)
        .await
        .map_err(|e| Error::Internal(e.to_string()))
}

/// Where and how somebody tries to sign in.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What was typed.
    pub login: String,
    /// What was typed.
    pub password: String,
    /// From where.
    pub ip: String,
    /// With what.
    pub user_agent: String,
    /// In which request.
    pub request: String,
}

/// Checks login and password. The failure is counted before the comparison, so that many tries at once cannot slip
/// through; success clears the account's count.
///
/// # Errors
/// `TooMany` when locked; `Invalid` on the field `password` when wrong, the same for an unknown account.
pub async fn check_sign_in(db: &Db, now: Instant, limits: &Security, a: &Attempt) -> Result<User> {
    check(db, now, limits, a, ["sign-in", "sign-in-failed"]).await
}

/// `outcomes`: what the audit calls a right password, and a wrong one.
async fn check(db: &Db, now: Instant, limits: &Security, a: &Attempt, outcomes: [&'static str; 2]) -> Result<User> {
    let (login, ip, limits, at) = (a.login.trim().to_lowercase(), a.ip.clone(), limits.clone(), a.clone());
    let key = login.clone();
    let user = db
        .write(move |c| {
            let window = limits.sign_in_window_minutes * MINUTE_MS;
            let (of_login, of_ip) = store::count_attempts(c, &key, &ip, now + -window)?;
            // An address may stand for a whole clinic: it gets five times as many tries.
            let too_many = [
                (Some(key.as_str()), of_login - limits.sign_in_failures),
                (None, of_ip - 5 * limits.sign_in_failures),
            ];
            if let Some((login, over)) = too_many.into_iter().find(|(_, over)| *over >= 0) {
                // One more try is free when the oldest that counts is past the window.
                let oldest = store::attempt_at(c, login, &ip, now + -window, over)?.unwrap_or(now);
                return Ok(Err(Error::TooMany {
                    retry_after_seconds: ((oldest + window) - now).max(0) / SECOND_MS + 1,
                }));
            }
            store::insert_attempt(c, &key, &ip, now)?;
            Ok(Ok(store::find_user_by_login(c, &key)?))
        })
        .await??;
    let hash = user.as_ref().filter(|u| u.active).and_then(|u| u.password_hash.clone());
    let password = a.password.clone();
    let right = off_thread(move || match hash {
        Some(hash) => verify(&password, &hash),
        None => {
            verify(&password, &NOBODY);
            false
        }
    })
    .await?;
    let [done, failed] = outcomes;
    note_attempt(db, now, at, (user.clone(), right), if right { done } else { failed }).await?;
    match user {
        Some(user) if right => Ok(user),
        _ => Err(Error::field(
            "password",
            "wrong",
            "登录名或密码不对",
            "Login or password is wrong",
        )),
    }
}

/// Writes down how an attempt ended; a right one clears the account's count.
async fn note_attempt(
    db: &Db,
    now: Instant,
    a: Attempt,
    (user, right): (Option<User>, bool),
    action: &'static str,
) -> Result<()> {
    let login = a.login.trim().to_lowercase();
    let actor = match &user {
        Some(user) => Actor::of(user, a.ip, a.request),
        None => Actor {
            ip: a.ip,
            request: a.request,
            ..Actor::system("unknown")
        },
    };
    db.write(move |c| {
        if right {
            store::delete_attempts(c, &login)?;
        }
        audit(c, now, &actor, action, of_account(&actor), "")
    })
    .await
}

fn of_account(actor: &Actor) -> Subject {
    Subject {
        kind: "sign-in",
        id: actor.user.map(|u| u.0),
        patient: None,
    }
}

/// Checks and opens a session. Gives the token for the cookie, which is stored only as its hash.
pub async fn sign_in(db: &Db, now: Instant, limits: &Security, attempt: Attempt) -> Result<(User, String)> {
    let user = check_sign_in(db, now, limits, &attempt).await?;
    let from = Device {
        ip: attempt.ip,
        user_agent: attempt.user_agent,
    };
    let token = open_session(db, now, limits, user.id, from).await?;
    Ok((user, token))
}

/// From where, and with what, somebody opens a session.
pub(in crate::staff) struct Device {
    pub ip: String,
    pub user_agent: String,
}

pub(in crate::staff) async fn open_session(
    db: &Db,
    now: Instant,
    limits: &Security,
    user: UserId,
    from: Device,
) -> Result<String> {
    let token = random_token();
    let hash = token_hash(&token);
    let ends_at = now + limits.session_hours * HOUR_MS;
    let user_agent: String = from.user_agent.chars().take(AGENT_MAX).collect();
    db.write(move |c| {
        let session = store::NewSession {
            token_hash: &hash,
            user,
            now,
            ends_at,
            ip: &from.ip,
            user_agent: &user_agent,
        };
        store::insert_session(c, &session)
    })
    .await?;
    Ok(token)
}

/// Ends a session.
pub async fn sign_out(db: &Db, now: Instant, actor: Actor, token: &str) -> Result<()> {
    let hash = token_hash(token);
    db.write(move |c| {
        store::delete_session(c, &hash)?;
        audit(c, now, &actor, "sign-out", of_account(&actor), "")
    })
    .await
}

/// Locks a session: until it is unlocked, its cookie opens nothing.
pub(in crate::staff) async fn lock(db: &Db, now: Instant, actor: Actor, token: &str) -> Result<()> {
    let hash = token_hash(token);
    db.write(move |c| {
        store::lock_session(c, &hash, now)?;
        audit(c, now, &actor, "lock", of_account(&actor), "")
    })
    .await
}

/// Unlocks a session with the password of its account. Wrong ones count as at the door.
///
/// # Errors
/// As [`check_sign_in`].
pub(in crate::staff) async fn unlock(
    db: &Db,
    now: Instant,
    limits: &Security,
    attempt: &Attempt,
    token: &str,
) -> Result<()> {
    // Nobody types a login here.
    let wrong = || Error::field("password", "wrong", "密码不对", "The password is wrong");
    let checked = check(db, now, limits, attempt, ["unlock", "unlock-failed"]).await;
    checked.map_err(|e| if let Error::Invalid(_) = e { wrong() } else { e })?;
    let hash = token_hash(token);
    db.write(move |c| store::unlock_session(c, &hash, now)).await
}

/// A change of one's own password.
pub(in crate::staff) struct NewPassword {
    /// The present one, as somebody gives it.
    pub attempt: Attempt,
    /// The new one.
    pub password: String,
    /// The session that goes on.
    pub session: String,
}

/// Changes the password of whoever knows the present one; wrong ones count as at the door. Every other session of theirs ends,
/// and links that would set another password open no more.
///
/// # Errors
/// `Invalid` at `current` or `password`; `TooMany` after too many wrong ones.
pub(in crate::staff) async fn change_password(
    db: &Db,
    now: Instant,
    limits: &Security,
    actor: Actor,
    user: User,
    new: NewPassword,
) -> Result<()> {
    let (login, typed) = (user.login.clone(), new.password.clone());
    db.read(move |c| super::check_password(c, &typed, &login)).await?;
    let checked = check(db, now, limits, &new.attempt, ["password-right", "password-wrong"]).await;
    checked.map_err(|e| match e {
        Error::Invalid(_) => Error::field("current", "wrong", "密码不对", "The password is wrong"),
        other => other,
    })?;
    let hash = off_thread(move || hash_password(&new.password)).await??;
    let session = token_hash(&new.session);
    db.write(move |c| {
        store::update_password(c, user.id, &hash, now)?;
        store::delete_other_sessions(c, user.id, &session)?;
        store::close_links_of(c, user.id, now)?;
        audit(
            c,
            now,
            &actor,
            "set-password",
            Subject::of("staff_users", user.id.0),
            "own",
        )
    })
    .await
}

/// Ends what was open in this browser before somebody else signed in at it.
pub(in crate::staff) async fn replace(db: &Db, token: &str) -> Result<()> {
    let hash = token_hash(token);
    db.write(move |c| store::delete_session(c, &hash)).await
}
