//! Saved views: whoever made one renames, shares, orders and removes it.

use super::super::model::shown::{SavedView, Shown, ViewId};
use super::super::store;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;
use crate::staff::{Actor, UserId};

/// Longest name, in characters.
const NAME_MAX: usize = 40;
/// Most views of one person.
const VIEWS_MAX: usize = 30;

/// Whose views they are: a program has none.
pub fn viewer(actor: &Actor) -> Result<UserId> {
    actor.user.ok_or(Error::Forbidden)
}

fn checked(name: &str) -> Result<String> {
    let name = name.trim();
    let mut faults = Faults::default();
    if name.is_empty() {
        faults.require("name");
    }
    if name.chars().count() > NAME_MAX {
        faults.add("name", "too_long", "名称最多 40 个字", "At most 40 characters");
    }
    faults.finish()?;
    Ok(name.to_owned())
}

/// Keeps a board by name.
pub fn save_view(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    board: &Shown,
    (name, shared): (&str, bool),
) -> Result<ViewId> {
    let owner = viewer(actor)?;
    let own = store::list_views(c, owner)?.iter().filter(|v| v.owner == owner).count();
    if own >= VIEWS_MAX {
        return Err(Error::field(
            "name",
            "too_many",
            "最多保存 30 个视图",
            "At most 30 views",
        ));
    }
    let view = SavedView {
        id: ViewId(0),
        owner,
        shared,
        name: checked(name)?,
        board: board.kept(),
        position: 0,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    store::insert_view(c, &view)
}

/// A view, and the version in which its owner saw it; none: they change it as it stands.
pub type SeenView = (ViewId, Option<i64>);

fn own_view(c: &mut Conn, actor: &Actor, (id, seen): SeenView) -> Result<SavedView> {
    let user = viewer(actor)?;
    let view = store::get_view(c, user, id)?;
    if view.owner != user {
        return Err(Error::Forbidden);
    }
    if seen.is_some_and(|version| version != view.version) {
        return Err(Error::stale());
    }
    Ok(view)
}

fn update(c: &mut Conn, view: &SavedView) -> Result<()> {
    match store::update_view(c, view)? {
        true => Ok(()),
        false => Err(Error::stale()),
    }
}

/// Renames, and shares or no longer shares.
///
/// # Errors
/// A fault at `name`; `stale`; `Forbidden`: it is somebody else's.
pub fn rename_view(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    seen: SeenView,
    (name, shared): (&str, bool),
) -> Result<()> {
    let view = own_view(c, actor, seen)?;
    let name = checked(name)?;
    let renamed = SavedView {
        name,
        shared,
        updated_at: now,
        ..view
    };
    update(c, &renamed)
}

/// Changes places with the one before or after it.
///
/// # Errors
/// `stale`; `Forbidden`: it is somebody else's.
pub fn order_view(c: &mut Conn, now: Instant, actor: &Actor, seen: SeenView, up: bool) -> Result<()> {
    let view = own_view(c, actor, seen)?;
    let own: Vec<SavedView> = store::list_views(c, view.owner)?
        .into_iter()
        .filter(|v| v.owner == view.owner)
        .collect();
    let at = own.iter().position(|v| v.id == view.id);
    let other = at.and_then(|at| if up { at.checked_sub(1) } else { at.checked_add(1) });
    let Some(other) = other.and_then(|i| own.get(i)) else {
        return Ok(());
    };
    for (moved, position) in [(&view, other.position), (other, view.position)] {
        let moved = SavedView {
            position,
            updated_at: now,
            ..moved.clone()
        };
        update(c, &moved)?;
    }
    Ok(())
}

/// Removes it.
pub fn remove_view(c: &mut Conn, actor: &Actor, id: ViewId) -> Result<()> {
    let view = own_view(c, actor, (id, None))?;
    store::delete_view(c, view.id)
}
