//! Saved views of the board.

use diesel::prelude::*;

use super::super::model::shown::{SavedView, ViewId};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{saved_view_uses as uses, saved_views as views};
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};
use crate::staff::UserId;

/// A user's own views in their order, then what others share.
pub fn list_views(c: &mut Conn, user: UserId) -> Result<Vec<SavedView>> {
    let mut found: Vec<SavedView> = views::table
        .filter(views::owner_id.eq(user).or(views::shared.eq(true)))
        .order((views::position, views::id))
        .load(c)?;
    found.sort_by_key(|v| v.owner != user);
    Ok(found)
}
/// A view that this user sees.
pub fn get_view(c: &mut Conn, user: UserId, id: ViewId) -> Result<SavedView> {
    views::table
        .filter(views::id.eq(id))
        .filter(views::owner_id.eq(user).or(views::shared.eq(true)))
        .get_result(c)
        .optional()?
        .ok_or(Error::NotFound("view"))
}
/// Adds a view, as its owner's last; the id of the value is ignored.
pub fn insert_view(c: &mut Conn, v: &SavedView) -> Result<ViewId> {
    let last: Option<i32> = views::table
        .filter(views::owner_id.eq(v.owner))
        .select(diesel::dsl::max(views::position))
        .get_result(c)?;
    Ok(diesel::insert_into(views::table)
        .values((
            views::owner_id.eq(v.owner),
            views::shared.eq(v.shared),
            views::name.eq(&v.name),
            views::board.eq(&v.board),
            views::position.eq(last.unwrap_or(0) + 1),
            views::created_at.eq(v.created_at),
            views::updated_at.eq(v.updated_at),
        ))
        .returning(views::id)
        .get_result(c)?)
}
/// Stores name, place in the order, and whether others see it, if the view is as it was read. Whether it was.
pub fn update_view(c: &mut Conn, v: &SavedView) -> Result<bool> {
    let as_read = views::table.filter(views::id.eq(v.id).and(views::version.eq(v.version)));
    let changed = diesel::update(as_read)
        .set((
            views::shared.eq(v.shared),
            views::name.eq(&v.name),
            views::position.eq(v.position),
            views::updated_at.eq(v.updated_at),
            views::version.eq(v.version + 1),
        ))
        .execute(c)?;
    Ok(changed == 1)
}
/// Removes a view; whoever used it last begins with the whole day.
pub fn delete_view(c: &mut Conn, id: ViewId) -> Result<()> {
    diesel::delete(uses::table.filter(uses::view_id.eq(id))).execute(c)?;
    diesel::delete(views::table.find(id)).execute(c)?;
    Ok(())
}
/// The view that somebody used last, if they still see it.
pub fn last_view(c: &mut Conn, user: UserId) -> Result<Option<SavedView>> {
    Ok(uses::table
        .inner_join(views::table)
        .filter(uses::user_id.eq(user))
        .filter(views::owner_id.eq(user).or(views::shared.eq(true)))
        .select(views::all_columns)
        .get_result(c)
        .optional()?)
}
/// Notes which view somebody uses; none: the whole day.
pub fn use_view(c: &mut Conn, user: UserId, view: Option<ViewId>, now: Instant) -> Result<()> {
    let Some(view) = view else {
        diesel::delete(uses::table.find(user)).execute(c)?;
        return Ok(());
    };
    let row = (uses::user_id.eq(user), uses::view_id.eq(view), uses::used_at.eq(now));
    let as_new = (uses::view_id.eq(view), uses::used_at.eq(now));
    let upsert = diesel::insert_into(uses::table).values(row);
    Both(upsert.on_conflict(uses::user_id).do_update().set(as_new)).execute(c)?;
    Ok(())
}
