//! Rows of segments.

use diesel::prelude::*;

use super::super::model::{Definition, Segment, SegmentId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{segment_marks, segments};
use crate::platform::error::{Error, Result};

type Columns = (
    SegmentId,
    String,
    String,
    String,
    Instant,
    Option<Instant>,
    i64,
    Instant,
);

const COLUMNS: (
    segments::id,
    segments::name,
    segments::name_en,
    segments::definition,
    segments::round_at,
    segments::archived_at,
    segments::version,
    segments::updated_at,
) = (
    segments::id,
    segments::name,
    segments::name_en,
    segments::definition,
    segments::round_at,
    segments::archived_at,
    segments::version,
    segments::updated_at,
);

fn segment((id, name, name_en, definition, round_at, archived_at, version, updated_at): Columns) -> Result<Segment> {
    Ok(Segment {
        id,
        name,
        name_en,
        definition: Definition::read(&definition)?,
        round_at,
        archived_at,
        version,
        updated_at,
    })
}

/// All segments, those in the archive among them, by name.
pub fn list_segments(c: &mut Conn) -> Result<Vec<Segment>> {
    let rows: Vec<Columns> = segments::table
        .order((segments::name, segments::id))
        .select(COLUMNS)
        .load(c)?;
    rows.into_iter().map(segment).collect()
}

/// A segment that may be gone.
pub fn find_segment(c: &mut Conn, id: SegmentId) -> Result<Option<Segment>> {
    let row: Option<Columns> = segments::table.find(id).select(COLUMNS).first(c).optional()?;
    row.map(segment).transpose()
}

/// A segment that must be there.
pub fn get_segment(c: &mut Conn, id: SegmentId) -> Result<Segment> {
    find_segment(c, id)?.ok_or(Error::NotFound("segment"))
}

/// What of a segment can be edited.
#[derive(Debug, Clone)]
pub struct Change {
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Who is meant.
    pub definition: Definition,
}

/// Adds a segment.
pub fn insert_segment(c: &mut Conn, now: Instant, new: &Change) -> Result<SegmentId> {
    let row = (
        segments::name.eq(&new.name),
        segments::name_en.eq(&new.name_en),
        segments::definition.eq(new.definition.stored()?),
        segments::round_at.eq(now),
        segments::version.eq(1_i64),
        segments::created_at.eq(now),
        segments::updated_at.eq(now),
    );
    let insert = diesel::insert_into(segments::table).values(row);
    Ok(insert.returning(segments::id).get_result(c)?)
}

/// Changes a segment that still has `version`; false when somebody was faster.
pub fn update_segment(c: &mut Conn, now: Instant, (id, version): (SegmentId, i64), to: &Change) -> Result<bool> {
    let row = segments::table.filter(segments::id.eq(id).and(segments::version.eq(version)));
    let changed = diesel::update(row)
        .set((
            segments::name.eq(&to.name),
            segments::name_en.eq(&to.name_en),
            segments::definition.eq(to.definition.stored()?),
            segments::version.eq(version.saturating_add(1)),
            segments::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(changed == 1)
}

/// Begins a new round of work: no mark counts any more.
pub fn set_round(c: &mut Conn, now: Instant, (id, version): (SegmentId, i64)) -> Result<bool> {
    let row = segments::table.filter(segments::id.eq(id).and(segments::version.eq(version)));
    let changed = diesel::update(row)
        .set((
            segments::round_at.eq(now),
            segments::version.eq(version.saturating_add(1)),
            segments::updated_at.eq(now),
        ))
        .execute(c)?;
    diesel::delete(segment_marks::table.filter(segment_marks::segment_id.eq(id))).execute(c)?;
    Ok(changed == 1)
}

/// Puts a segment that still has `version` into the archive, or takes it out; false when somebody was faster.
pub fn set_archived(
    c: &mut Conn,
    now: Instant,
    (id, version): (SegmentId, i64),
    since: Option<Instant>,
) -> Result<bool> {
    let row = segments::table.filter(segments::id.eq(id).and(segments::version.eq(version)));
    let changed = diesel::update(row)
        .set((
            segments::archived_at.eq(since),
            segments::version.eq(version.saturating_add(1)),
            segments::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(changed == 1)
}

/// Removes a segment that still has `version`, with its marks; false when somebody was faster.
pub fn delete_segment(c: &mut Conn, id: SegmentId, version: i64) -> Result<bool> {
    diesel::delete(segment_marks::table.filter(segment_marks::segment_id.eq(id))).execute(c)?;
    let row = segments::table.filter(segments::id.eq(id).and(segments::version.eq(version)));
    Ok(diesel::delete(row).execute(c)? == 1)
}
