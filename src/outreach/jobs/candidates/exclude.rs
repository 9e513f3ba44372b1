//! What stands against it, for everybody who was found due: consent and addresses, stops, rest, hold-out.

use std::collections::HashSet;

use super::super::super::model::{Anchor, RuleAction, is_held_out};
use super::super::super::store::due::Addressee;
use super::super::super::store::known;
use super::{Exclusion, Found, Turn, Wishes};
use crate::messaging::Purpose;
use crate::outreach::segments;
use crate::patients::{Channel, PatientId};
use crate::platform::clock::DAY_MS;
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// Notes at each that is not excluded yet what stands against it. Gives what they have said to messages.
pub(super) fn exclude(c: &mut Conn, turn: &Turn<'_>, found: &mut [Found]) -> Result<Wishes> {
    if found.is_empty() {
        return Ok(Wishes::default());
    }
    if let Some(segment) = turn.rule.segment_id {
        let ids: Vec<PatientId> = found.iter().map(|f| f.who.id).collect();
        let members = segments::those_in(c, segment, turn.now, &ids)?;
        mark(found, Exclusion::OutsideSegment, |f| !members.contains(&f.who.id));
    }
    let wishes = Wishes::of(c, found.iter().filter(|f| f.excluded.is_none()).map(|f| &f.who))?;
    for f in found.iter_mut().filter(|f| f.excluded.is_none()) {
        f.excluded = by_person(turn, &f.who, &wishes);
    }
    if turn.rule.stop_booked && turn.rule.anchor.ends_when_booked() && turn.rule.anchor != Anchor::RecallDue {
        let booked: HashSet<PatientId> = known::planned_services(c, &open(found), turn.now)?
            .into_iter()
            .map(|(who, _)| who)
            .collect();
        mark(found, Exclusion::Booked, |f| booked.contains(&f.who.id));
    }
    if turn.rule.stop_answered && turn.number > 0 {
        answered(c, found)?;
    }
    if turn.rule.rest_days > 0 {
        resting(c, turn, found)?;
    }
    if turn.rule.holdout_percent > 0 {
        let (code, percent) = (&turn.rule.code, turn.rule.holdout_percent);
        mark(found, Exclusion::HeldOut, |f| is_held_out(code, f.who.id, percent));
    }
    Ok(wishes)
}

fn open(found: &[Found]) -> Vec<PatientId> {
    let open = found.iter().filter(|f| f.excluded.is_none());
    open.map(|f| f.who.id).collect()
}

fn mark(found: &mut [Found], why: Exclusion, is: impl Fn(&Found) -> bool) {
    for f in found {
        if f.excluded.is_none() && is(f) {
            f.excluded = Some(why);
        }
    }
}

/// What the person themselves stands against. A message about a visit is queued whoever it is for, so that the desk sees in
/// the log who was not reached and why, but for who has opted out of being asked how it was; the rest is only for who can be
/// reached and has agreed.
fn by_person(turn: &Turn<'_>, who: &Addressee, wishes: &Wishes) -> Option<Exclusion> {
    if who.deceased {
        return Some(Exclusion::Deceased);
    }
    let purpose = turn.rule.purpose;
    if turn.step.action == RuleAction::Call {
        return if who.channel == Channel::None {
            Some(Exclusion::WantsNothing)
        } else {
            who.phone.is_none().then_some(Exclusion::NoPhone)
        };
    }
    let about_a_visit = matches!(
        purpose,
        Purpose::Reminder | Purpose::FollowUp | Purpose::Missed | Purpose::Survey
    );
    if about_a_visit {
        let out = purpose.is_survey() && turn.is_out(who, wishes);
        return out.then_some(Exclusion::OptedOut);
    }
    let unwelcome = purpose.is_marketing() && !who.marketing;
    let wish = turn.wish(who, wishes.said(who));
    wishes
        .unreachable(who, wish)
        .or(unwelcome.then_some(Exclusion::NoMarketing))
}

/// Who was heard of since the first step of their ladder.
fn answered(c: &mut Conn, found: &mut [Found]) -> Result<()> {
    let Some(since) = found.iter().map(|f| f.begun_at).min() else {
        return Ok(());
    };
    let who: Vec<&Addressee> = found.iter().filter(|f| f.excluded.is_none()).map(|f| &f.who).collect();
    let heard = known::last_heard(c, &who, since)?;
    mark(found, Exclusion::Answered, |f| {
        heard.get(&f.who.id).is_some_and(|at| *at >= f.begun_at)
    });
    Ok(())
}

/// Who had something else for the same purpose within the rule's rest. Steps of one ladder do not count against each other.
fn resting(c: &mut Conn, turn: &Turn<'_>, found: &mut [Found]) -> Result<()> {
    let since = turn.now + -(i64::from(turn.rule.rest_days) * DAY_MS);
    let sent = known::sent_since(c, &open(found), turn.rule.purpose, since)?;
    mark(found, Exclusion::Rests, |f| {
        let other = |kind: &str, id: Option<i64>| kind != f.cause.kind || id != f.cause.id;
        sent.iter()
            .any(|(who, kind, id)| *who == Some(f.who.id) && other(kind, *id))
    });
    Ok(())
}
