//! What the rules bring in a time to come: who gets something, when it really goes out, and who gets nothing and why. Planning
//! finds the same people by the same questions; the dispatcher holds back by the same manners.

use super::super::model::{Rule, RuleAction, Span};
use super::super::store::rules;
use super::candidates::{Candidate, Exclusion, candidates};
use super::reach;
use crate::clinic;
use crate::messaging::{Place, Schedule, ToCome};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// Everybody the active rules are due for within the `span` ahead, by time: what would happen, and what not and why.
pub fn preview(c: &mut Conn, span: Span, now: Instant) -> Result<Vec<Candidate>> {
    let mut found = due(c, span, now)?;
    place(c, now, &mut [&mut found])?;
    Ok(found)
}

/// The same, before it is asked when each would go out.
pub(super) fn due(c: &mut Conn, span: Span, now: Instant) -> Result<Vec<Candidate>> {
    let mut found = Vec::new();
    for rule in rules::list_rules(c)?.iter().filter(|r| r.active) {
        found.extend(due_by(c, rule, span, now)?);
    }
    found.sort_by_key(|x| (x.message.due_at, x.message.patient));
    Ok(found)
}

/// Everybody a rule would be due for within `span`, were it this one and active, before it is asked when each would go out.
pub(super) fn due_by(c: &mut Conn, rule: &Rule, span: Span, now: Instant) -> Result<Vec<Candidate>> {
    let zone = clinic::the_site(c)?.tz();
    let mut found = Vec::new();
    for number in 0..rule.steps.0.len() {
        found.extend(candidates(c, rule, number, (span, zone), now)?);
    }
    reach::exclude(c, &mut found)?;
    found.sort_by_key(|x| (x.message.due_at, x.message.patient));
    Ok(found)
}

/// Asks when each of these would go out, all of them together: what one list brings holds back what another brings. What went
/// out until now counts; what waits to be sent does not.
pub(super) fn place(c: &mut Conn, now: Instant, lists: &mut [&mut Vec<Candidate>]) -> Result<()> {
    let goes = |x: &Candidate| x.excluded.is_none() && x.action == RuleAction::Message;
    let mut order: Vec<(Instant, i32, usize, usize)> = Vec::new();
    for (l, list) in lists.iter().enumerate() {
        let theirs = list.iter().enumerate().filter(|(_, x)| goes(x));
        order.extend(theirs.map(|(n, x)| (x.message.due_at, x.message.priority, l, n)));
    }
    order.sort_unstable();
    let (Some(first), Some(last)) = (order.first().map(|o| o.0), order.last().map(|o| o.0)) else {
        return Ok(());
    };
    let mut schedule = {
        let all: Vec<ToCome<'_>> = lists
            .iter()
            .flat_map(|list| list.iter().filter(|x| goes(x)).map(to_come))
            .collect();
        Schedule::of(c, now, (first, last), &all)?
    };
    for (_, _, l, n) in order {
        let Some(x) = lists.get_mut(l).and_then(|list| list.get_mut(n)) else {
            continue;
        };
        match schedule.place(&to_come(x)) {
            Place::Goes(at, why) => {
                x.goes_at = at;
                x.waits = why.map(|reason| reason.text());
            }
            Place::Never(why) => {
                x.waits = Some(why.text());
                x.excluded = Some(Exclusion::HeldBack);
            }
        }
    }
    Ok(())
}

fn to_come(x: &Candidate) -> ToCome<'_> {
    ToCome {
        patient: x.message.patient,
        purpose: x.message.purpose,
        cause: &x.message.cause.kind,
        to: x.to.as_ref().map(|(way, address)| (*way, address.as_str())),
        due_at: x.message.due_at,
        expires_at: x.message.expires_at,
    }
}
