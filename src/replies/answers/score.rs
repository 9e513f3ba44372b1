//! A mark from 1 to 5, where the last thing that was asked at that number was how a visit was. `1` confirms a visit otherwise.

use unicode_normalization::UnicodeNormalization;

use crate::appointments::{self, Appointment, AppointmentId};
use crate::callbacks::survey::{self, SCORES, Way};
use crate::messaging::inbox::Unread;
use crate::messaging::{self, Purpose};
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::staff::Actor;

/// For how long a survey can be answered by text.
const ANSWERED_MS: i64 = 7 * DAY_MS;

/// Keeps the mark, if the text is one and a survey was the last question. Gives the visit.
pub(super) fn take(c: &mut Conn, now: Instant, actor: &Actor, text: &Unread<'_>) -> Result<Option<Appointment>> {
    let Some(score) = read(text.body) else {
        return Ok(None);
    };
    let sent = messaging::sent_to(c, text.address, "appointment", now + -ANSWERED_MS)?;
    let asks = |p: Purpose| {
        use Purpose::{Change, Confirmation, Reminder, Survey};
        matches!(p, Survey | Reminder | Confirmation | Change)
    };
    let Some(last) = sent
        .iter()
        .find(|m| asks(m.purpose))
        .filter(|m| m.purpose == Purpose::Survey)
    else {
        return Ok(None);
    };
    let Some(visit) = appointments::find_appointment(c, AppointmentId(last.cause_id.unwrap_or(0)))? else {
        return Ok(None);
    };
    let by = Actor::patient(actor.ip.clone(), actor.request.clone());
    survey::answer(c, now, &by, &visit, (score, "", Way::Text))?;
    Ok(Some(visit))
}

/// `5`, `５`, `5分`, `5/5`, `5 stars` and nothing else.
fn read(text: &str) -> Option<i32> {
    let plain: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let plain = plain.trim().trim_end_matches(['.', '。', '!', '！', '~', '～']).trim();
    let digit = plain.chars().next()?.to_digit(10)?;
    let rest = plain.get(1..)?.trim();
    let score = i32::try_from(digit).ok().filter(|s| SCORES.contains(s))?;
    matches!(rest, "" | "分" | "星" | "/5" | "stars" | "star" | "points" | "point").then_some(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_nothing_else() {
        for (text, score) in [("5", 5), ("５", 5), (" 4分 ", 4), ("3/5", 3), ("1 star", 1), ("2。", 2)] {
            assert_eq!(read(text), Some(score), "{text}");
        }
        for text in ["", "0", "6", "15", "5 times", "好", "1确认", "4 5"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
