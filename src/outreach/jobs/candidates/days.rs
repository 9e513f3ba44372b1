//! Days of the year: birthdays in either calendar, festivals and the clinic's own days, dates on a record.

use chrono::Datelike;

use super::super::super::model::{PLACES, birthdays_on, is_minor, place_of};
use super::super::super::store::{due, occasions};
use super::{Exclusion, Found, Turn, cause};
use crate::messaging::OCCASION;
use crate::patients::dates;
use crate::platform::clock::MINUTE_MS;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::lunar::{LunarDay, births_kept_on};

/// Greetings of one day go out over two hours, each patient's always in the same minute of them: a gateway has its rate, and
/// the desk reads the answers.
const SPREAD_MS: i64 = PLACES * MINUTE_MS;

/// Who keeps a birthday that the step counts from.
pub(super) fn birthdays(c: &mut Conn, turn: &Turn<'_>) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for day in turn.step.days_due(turn.span, turn.zone) {
        let mut born: Vec<_> = due::born_on(c, &birthdays_on(day))?
            .into_iter()
            .map(|who| (format!("birthday:{}:{}", who.id, day.year()), who))
            .collect();
        if let Some(lunar) = LunarDay::of(day) {
            // A lunar birthday comes once a lunar year, and sometimes twice a common one.
            let kept = due::born_on_days(c, &births_kept_on(day))?;
            born.extend(
                kept.into_iter()
                    .map(|who| (format!("birthday:{}:lunar-{}", who.id, lunar.year), who)),
            );
        }
        for (occurrence, who) in born {
            found.push(Found {
                occurrence,
                cause: cause("patient", who.id.0, None),
                due_at: turn.step.due_for_day(day, turn.zone),
                begun_at: turn.begun_on(day),
                visit_start: None,
                // Minors are greeted by way of a guardian only, and the record knows none. Whose year is not known counts as
                // grown up.
                excluded: is_minor(who.birth_date, day).then_some(Exclusion::Minor),
                who,
            });
        }
    }
    Ok(found)
}

/// Everybody, where a festival is on a day that the step counts from.
pub(super) fn occasions(c: &mut Conn, turn: &Turn<'_>) -> Result<Vec<Found>> {
    let Some(occasion) = turn
        .rule
        .occasion_id
        .map(|id| occasions::find(c, id))
        .transpose()?
        .flatten()
    else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    // Who has a place later in the spread is due for a day whose begin is before the span.
    let reach = super::Span {
        after: turn.span.after + -SPREAD_MS,
        until: turn.span.until,
    };
    let days = turn.step.days_due(reach, turn.zone);
    for day in days.into_iter().filter(|d| occasion.is_on(*d)) {
        let begin = turn.step.due_for_day(day, turn.zone);
        let at = |place: i64| begin + place * MINUTE_MS;
        let mut places = (0..PLACES).filter(|p| turn.span.holds(at(*p)));
        let Some(first) = places.next() else { continue };
        let places = first..=places.next_back().unwrap_or(first);
        for who in due::who_welcome_greetings(c, &places)? {
            found.push(Found {
                occurrence: format!("occasion:{}:{day}:{}", occasion.code, who.id),
                cause: cause(OCCASION, occasion.id.0, None),
                due_at: at(place_of(who.id)),
                begun_at: begin,
                visit_start: None,
                excluded: is_minor(who.birth_date, day).then_some(Exclusion::Minor),
                who,
            });
        }
    }
    Ok(found)
}

/// Who has a date of the rule's kind on a day that the step counts from.
pub(super) fn dates(c: &mut Conn, turn: &Turn<'_>) -> Result<Vec<Found>> {
    let Some(kind) = turn
        .rule
        .date_kind_id
        .map(|id| dates::find_kind(c, id))
        .transpose()?
        .flatten()
    else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for day in turn.step.days_due(turn.span, turn.zone) {
        for (id, first, who) in due::with_date_on(c, &kind, &[day], &birthdays_on(day))? {
            // The day itself is no anniversary of anything.
            if kind.yearly && first >= day {
                continue;
            }
            found.push(Found {
                occurrence: format!("date:{id}:{}", day.year()),
                cause: cause("patient-date", id.0, None),
                due_at: turn.step.due_for_day(day, turn.zone),
                begun_at: turn.begun_on(day),
                visit_start: None,
                excluded: None,
                who,
            });
        }
    }
    Ok(found)
}
