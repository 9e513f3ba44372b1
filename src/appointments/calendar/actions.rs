//! Making, ending and reading a feed.

use super::model::{AHEAD_MS, BACK_MS, Feed, leave_event, work_event};
use super::store;
use crate::clinic::{self, Provider, ProviderId};
use crate::platform::clock::Instant;
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::ical;
use crate::platform::ids::{random_token, token_hash};
use crate::staff::{self, Actor, Subject, audit};

/// What a provider's feed is in the audit.
pub(super) const FEEDS: &str = "calendar_feeds";

/// Makes the secret of a provider's feed and gives it, this once. The one there was opens nothing any more.
///
/// # Errors
/// Not found: there is no such provider.
pub(super) fn make(c: &mut Conn, now: Instant, actor: &Actor, id: ProviderId) -> Result<String> {
    let provider = clinic::get_provider(c, id)?;
    let secret = random_token();
    let before = store::find_feed(c, id)?;
    let feed = Feed {
        provider: id,
        token_hash: token_hash(&secret),
        user: actor.user,
        actor: actor.name.clone(),
        created_at: now,
        last_read_at: None,
    };
    store::put_feed(c, &feed)?;
    let action = if before.is_some() { "renew" } else { "create" };
    audit(c, now, actor, action, Subject::of(FEEDS, id.0), &provider.name)?;
    Ok(secret)
}

/// Ends a provider's feed, if there is one.
///
/// # Errors
/// Not found: there is no such provider.
pub(super) fn revoke(c: &mut Conn, now: Instant, actor: &Actor, id: ProviderId) -> Result<()> {
    let provider = clinic::get_provider(c, id)?;
    if store::delete_feed(c, id)? {
        audit(c, now, actor, "delete", Subject::of(FEEDS, id.0), &provider.name)?;
    }
    Ok(())
}

/// Whether a provider's feed opens: they work here, and their account, if they have one, is in use.
pub(super) fn may_read(c: &mut Conn, provider: &Provider) -> Result<bool> {
    let account = match provider.user_id {
        Some(id) => staff::find_user(c, id)?.is_some_and(|user| user.active),
        None => true,
    };
    Ok(provider.active && account)
}

/// The feed that a secret opens, and what it says at `now`.
pub(super) fn read(c: &mut Conn, now: Instant, keys: &Keys, secret: &str) -> Result<Option<(Feed, String)>> {
    let Some(feed) = store::find_by_hash(c, &token_hash(secret))? else {
        return Ok(None);
    };
    let provider = clinic::get_provider(c, feed.provider)?;
    if !may_read(c, &provider)? {
        return Ok(None);
    }
    let clinic = clinic::snapshot(c)?;
    let (lang, span) = (clinic.site.language, (now + -BACK_MS, now + AHEAD_MS));
    let mut events = Vec::new();
    for (visit, patient) in store::list_visits(c, provider.id, span)? {
        let service = clinic.services.iter().find(|s| s.id == visit.service_id);
        let chair = clinic.chairs.iter().find(|ch| ch.id == visit.chair_id);
        let names = (
            service.map_or("", |s| s.name_in(lang)),
            patient.as_str(),
            chair.map_or("", |ch| ch.name_in(lang)),
        );
        events.push(work_event(keys, &visit, names, visit.provider_id != provider.id, lang));
    }
    let leaves = clinic::list_leaves(c, span.0, span.1)?;
    let own = leaves.iter().filter(|leave| leave.provider_id == Some(provider.id));
    events.extend(own.map(|leave| leave_event(keys, leave, feed.created_at, lang)));
    let name = format!("{} · {}", clinic.site.name_in(lang), provider.name_in(lang));
    Ok(Some((feed, ical::feed(&name, &events))))
}
