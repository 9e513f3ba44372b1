//! What became of a campaign.

use std::collections::BTreeMap;

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;

use super::super::model::{CampaignId, Turn};
use crate::messaging::{MessageId, MessageState};
use crate::patients::PatientId;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::db::schema::{
    appointments, campaign_people as people, conversations, inbound_texts, messages, opt_outs, patients,
};
use crate::platform::error::Result;

/// What follows within so long counts as following from it.
const AFTER_MS: i64 = 15 * DAY_MS;

/// The messages of a campaign, beside whom they are for.
macro_rules! messages_of {
    ($id:expr) => {
        people::table
            .inner_join(messages::table.on(messages::subject_id.eq(people::id.nullable())))
            .filter(people::campaign_id.eq($id))
            .filter(messages::subject.eq("campaign"))
    };
}

/// What became of a campaign, in numbers.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// Messages by state.
    pub states: BTreeMap<MessageState, i64>,
    /// How many wrote back within 15 days.
    pub answers: i64,
    /// How many booked within 15 days.
    pub bookings: i64,
    /// How many want no more since.
    pub opt_outs: i64,
}

/// What became of it.
pub fn results(c: &mut Conn, id: CampaignId) -> Result<Results> {
    let states: Vec<(MessageState, i64)> = messages_of!(id)
        .group_by(messages::state)
        .select((messages::state, count_star()))
        .load(c)?;
    let went = |state| {
        let sent = [MessageState::Accepted, MessageState::Delivered, MessageState::Uncertain];
        sent.contains(&state)
    };
    if !states.iter().any(|(state, _)| went(*state)) {
        return Ok(Results {
            states: states.into_iter().collect(),
            ..Results::default()
        });
    }
    let out = ["accepted", "delivered", "uncertain"];
    let bookings = messages_of!(id)
        .filter(messages::state.eq_any(out))
        .filter(exists(
            appointments::table
                .filter(appointments::patient_id.eq(people::patient_id))
                .filter(appointments::created_at.ge(messages::due_at))
                .filter(appointments::created_at.lt(messages::due_at + AFTER_MS)),
        ))
        .count()
        .get_result(c)?;
    let answers = messages_of!(id)
        .filter(messages::state.eq_any(out))
        .filter(exists(
            inbound_texts::table
                .inner_join(conversations::table)
                .filter(conversations::address.nullable().eq(messages::recipient))
                .filter(inbound_texts::at.ge(messages::due_at))
                .filter(inbound_texts::at.lt(messages::due_at + AFTER_MS)),
        ))
        .count()
        .get_result(c)?;
    let opt_outs = messages_of!(id)
        .filter(messages::state.eq_any(out))
        .filter(exists(
            opt_outs::table
                .filter(opt_outs::address.nullable().eq(messages::recipient))
                .filter(opt_outs::at.ge(messages::due_at)),
        ))
        .count()
        .get_result(c)?;
    Ok(Results {
        states: states.into_iter().collect(),
        answers,
        bookings,
        opt_outs,
    })
}

/// Keys of the messages that are not on their way yet.
pub fn unsent_keys(c: &mut Conn, id: CampaignId) -> Result<Vec<String>> {
    Ok(messages_of!(id)
        .filter(messages::state.eq_any(["queued", "claimed"]))
        .select(messages::dedupe_key)
        .load(c)?)
}

/// Somebody of a campaign, and what became of their message.
#[derive(Debug, Clone, Queryable)]
pub struct Receiver {
    /// Their place.
    pub place: i64,
    /// Who.
    pub patient: PatientId,
    /// Full name.
    pub name: String,
    /// Whether their turn has been.
    pub turn: Turn,
    /// The message, where it stands, since when, and why.
    pub message: Option<(MessageId, MessageState, Instant, Option<String>)>,
}

/// The people of a campaign by their place, after one; only those with messages in one of `states`, or whose turn is to come.
pub fn receivers(
    c: &mut Conn,
    id: CampaignId,
    (only, waiting): (Option<&[MessageState]>, bool),
    (after, limit): (i64, i64),
) -> Result<Vec<Receiver>> {
    let mut query = people::table
        .inner_join(patients::table)
        .left_join(
            messages::table.on(messages::subject_id
                .eq(people::id.nullable())
                .and(messages::subject.eq("campaign"))),
        )
        .filter(people::campaign_id.eq(id).and(people::id.gt(after)))
        .order(people::id)
        .limit(limit)
        .select((
            people::id,
            people::patient_id,
            patients::name,
            people::turn,
            (messages::id, messages::state, messages::updated_at, messages::reason).nullable(),
        ))
        .into_boxed();
    if let Some(states) = only {
        query = query.filter(messages::state.eq_any(states.to_vec()));
    }
    if waiting {
        query = query.filter(people::turn.eq(Turn::Waiting));
    }
    Ok(query.load(c)?)
}
