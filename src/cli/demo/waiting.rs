//! Who waits for a time in the sample clinic.

use super::clinic::Sample;
use crate::appointments::waiting::{EntryData, Urgency, new_entry};
use crate::patients;
use crate::platform::clock::{DAY_MS, HOUR_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::staff::{Actor, Role};

/// The n-th patient, the service, on which weekdays, from which minute of the day, how soon they can be here (minutes), how
/// urgent, what they said, for how many hours they have waited.
type Wish = (
    usize,
    &'static str,
    &'static str,
    Option<i32>,
    i32,
    Urgency,
    &'static str,
    i64,
);

#[rustfmt::skip]
const WISHES: [Wish; 5] = [
    (31,  "check-up",     "",   None,          30,   Urgency::Urgent, "牙痛，随叫随到", 3),
    (84,  "filling",      "",   Some(16 * 60), 120,  Urgency::Soon,   "下班后方便",     20),
    (127, "cleaning",     "6",  None,          1440, Urgency::Normal, "只有周六有空",   30),
    (203, "ortho-adjust", "24", None,          240,  Urgency::Normal, "",               75),
    (268, "fluoride",     "",   Some(15 * 60), 180,  Urgency::Normal, "孩子放学后",     100),
];

/// Puts some patients on the waiting list.
///
/// # Errors
/// Those of the database.
pub fn build(c: &mut Conn, now: Instant, sample: &Sample) -> Result<()> {
    let desk = Actor {
        user: sample.users.get(1).copied(),
        name: "钱晓".into(),
        role: Some(Role::FrontDesk),
        ..Actor::system("demo")
    };
    let people = patients::list_patients(c, None, i64::from(i16::MAX))?;
    for (nth, code, weekdays, from_minute, notice_minutes, urgency, note, hours) in WISHES {
        let service = sample.services.iter().find(|s| s.code == code);
        let (Some(patient), Some(service)) = (people.get(nth), service) else {
            continue;
        };
        let wish = EntryData {
            patient: patient.id,
            service: service.id,
            provider: None,
            minutes: None,
            weekdays: weekdays.into(),
            from_minute,
            until_minute: None,
            first_day: None,
            last_day: None,
            notice_minutes,
            urgency,
            note: note.into(),
            appointment: None,
        };
        let since = now + -(hours * HOUR_MS).min(7 * DAY_MS);
        new_entry(c, since, &desk, &wish)?;
    }
    Ok(())
}
