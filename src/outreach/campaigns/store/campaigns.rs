//! Rows of campaigns.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::super::segments::SegmentId;
use super::super::model::{Campaign, CampaignId, Pace, State};
use crate::documents::DocumentId;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::campaigns;
use crate::platform::error::{Error, Result};

#[derive(Queryable)]
struct Columns {
    id: CampaignId,
    name: String,
    name_en: String,
    segment_id: Option<SegmentId>,
    template: String,
    state: State,
    per_day: i32,
    weekdays: String,
    from_minute: i32,
    until_minute: i32,
    first_day: NaiveDate,
    skip_booked: bool,
    rest_days: i32,
    held_until: Option<Instant>,
    started_at: Option<Instant>,
    ended_at: Option<Instant>,
    gathered_after: i64,
    gathered: bool,
    version: i64,
    _created_at: Instant,
    updated_at: Instant,
    document_id: Option<DocumentId>,
}

impl From<Columns> for Campaign {
    fn from(c: Columns) -> Campaign {
        Campaign {
            id: c.id,
            name: c.name,
            name_en: c.name_en,
            segment: c.segment_id,
            template: c.template,
            document: c.document_id,
            state: c.state,
            pace: Pace {
                per_day: c.per_day,
                weekdays: Pace::days_of(&c.weekdays),
                from: c.from_minute,
                until: c.until_minute,
                first_day: c.first_day,
            },
            skip_booked: c.skip_booked,
            rest_days: c.rest_days,
            held_until: c.held_until,
            started_at: c.started_at,
            ended_at: c.ended_at,
            gathered: c.gathered,
            gathered_after: c.gathered_after,
            version: c.version,
            updated_at: c.updated_at,
        }
    }
}

/// All campaigns, the latest first.
pub fn list_campaigns(c: &mut Conn) -> Result<Vec<Campaign>> {
    let rows: Vec<Columns> = campaigns::table.order(campaigns::id.desc()).load(c)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The campaigns of a segment, the latest first.
pub fn of_segment(c: &mut Conn, segment: SegmentId) -> Result<Vec<Campaign>> {
    let rows: Vec<Columns> = campaigns::table
        .filter(campaigns::segment_id.eq(segment))
        .order(campaigns::id.desc())
        .load(c)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// A campaign that may be gone.
pub fn find_campaign(c: &mut Conn, id: CampaignId) -> Result<Option<Campaign>> {
    let row: Option<Columns> = campaigns::table.find(id).first(c).optional()?;
    Ok(row.map(Into::into))
}

/// A campaign that must be there.
pub fn get_campaign(c: &mut Conn, id: CampaignId) -> Result<Campaign> {
    find_campaign(c, id)?.ok_or(Error::NotFound("campaign"))
}

/// What of a campaign can be edited while it is a draft.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// To whom; none: to a picked list.
    pub segment: Option<SegmentId>,
    /// Code of the template.
    pub template: String,
    /// What of the clinic's documents goes with it.
    pub document: Option<DocumentId>,
    /// How it is spread.
    pub pace: Pace,
    /// Whether whoever has a visit ahead is left out.
    pub skip_booked: bool,
    /// Whoever got a campaign's message within so many days is left out.
    pub rest_days: i32,
}

macro_rules! editable {
    ($d:expr) => {
        (
            campaigns::name.eq(&$d.name),
            campaigns::name_en.eq(&$d.name_en),
            campaigns::segment_id.eq($d.segment),
            campaigns::template.eq(&$d.template),
            campaigns::document_id.eq($d.document),
            campaigns::per_day.eq($d.pace.per_day),
            campaigns::weekdays.eq($d.pace.digits()),
            campaigns::from_minute.eq($d.pace.from),
            campaigns::until_minute.eq($d.pace.until),
            campaigns::first_day.eq($d.pace.first_day),
            campaigns::skip_booked.eq($d.skip_booked),
            campaigns::rest_days.eq($d.rest_days),
        )
    };
}

/// Adds a draft. A picked list is gathered from the start.
pub fn insert_campaign(c: &mut Conn, now: Instant, new: &Draft) -> Result<CampaignId> {
    let rest = (
        campaigns::state.eq(State::Draft),
        campaigns::gathered_after.eq(0_i64),
        campaigns::gathered.eq(new.segment.is_none()),
        campaigns::version.eq(1_i64),
        campaigns::created_at.eq(now),
        campaigns::updated_at.eq(now),
    );
    Ok(diesel::insert_into(campaigns::table)
        .values((editable!(new), rest))
        .returning(campaigns::id)
        .get_result(c)?)
}

/// Changes a draft that still has `version`; false when somebody was faster, or it is none any more.
pub fn update_draft(c: &mut Conn, now: Instant, (id, version): (CampaignId, i64), to: &Draft) -> Result<bool> {
    let row = campaigns::table
        .filter(campaigns::id.eq(id).and(campaigns::version.eq(version)))
        .filter(campaigns::state.eq(State::Draft));
    let changed = diesel::update(row)
        .set((
            editable!(to),
            campaigns::version.eq(version.saturating_add(1)),
            campaigns::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(changed == 1)
}

/// Moves a campaign that still has `version` to where `to` stands; false when somebody was faster.
pub fn set_state(c: &mut Conn, now: Instant, version: i64, to: &Campaign) -> Result<bool> {
    let row = campaigns::table.filter(campaigns::id.eq(to.id).and(campaigns::version.eq(version)));
    let changed = diesel::update(row)
        .set((
            campaigns::state.eq(to.state),
            campaigns::held_until.eq(to.held_until),
            campaigns::started_at.eq(to.started_at),
            campaigns::ended_at.eq(to.ended_at),
            campaigns::version.eq(version.saturating_add(1)),
            campaigns::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(changed == 1)
}

/// Removes a draft that still has `version`; false when somebody was faster.
pub fn delete_campaign(c: &mut Conn, id: CampaignId, version: i64) -> Result<bool> {
    let row = campaigns::table
        .filter(campaigns::id.eq(id).and(campaigns::version.eq(version)))
        .filter(campaigns::state.eq(State::Draft));
    Ok(diesel::delete(row).execute(c)? == 1)
}

/// The campaigns that run and are not held any more.
pub fn running(c: &mut Conn, now: Instant) -> Result<Vec<CampaignId>> {
    Ok(campaigns::table
        .filter(campaigns::state.eq(State::Running))
        .filter(campaigns::held_until.is_null().or(campaigns::held_until.le(now)))
        .order(campaigns::id)
        .select(campaigns::id)
        .load(c)?)
}

/// Takes the row of a campaign that runs, so that of two planners one waits for the other; none: it does not run.
pub fn lock_running(c: &mut Conn, now: Instant, id: CampaignId) -> Result<Option<Campaign>> {
    let row = campaigns::table
        .filter(campaigns::id.eq(id).and(campaigns::state.eq(State::Running)))
        .filter(campaigns::held_until.is_null().or(campaigns::held_until.le(now)));
    // A write that changes nothing holds the row until the end of the transaction, on both databases.
    let held = diesel::update(row)
        .set(campaigns::gathered_after.eq(campaigns::gathered_after))
        .execute(c)?;
    if held == 0 { Ok(None) } else { find_campaign(c, id) }
}

/// Up to whom the segment has been written down.
pub fn set_gathered(c: &mut Conn, id: CampaignId, after: Option<PatientId>, all: bool) -> Result<()> {
    diesel::update(campaigns::table.find(id))
        .set((
            after.map(|p| campaigns::gathered_after.eq(p.0)),
            campaigns::gathered.eq(all),
        ))
        .execute(c)?;
    Ok(())
}
