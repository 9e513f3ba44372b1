//! A second chair for the first dentist, whom root canals need only at first, and which is serviced in some weeks; and implants,
//! at which the hygienist helps.

use chrono::{Datelike, Weekday};

use super::clinic::Sample;
use crate::clinic::{self, BookingRules, Chair, ChairId, Part, Parts, ProviderKind};
use crate::platform::clock::{Instant, at_minute, next_day, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// What is treated in the second chair.
pub(super) const IN_SECOND_CHAIR: &str = "root-canal";
/// In these minutes the dentist is needed for it; the rest the patient spends under the lamp.
const DENTIST: Part = Part { from: 0, until: 40 };
/// In these the hygienist is needed for an implant.
const HYGIENIST: Part = Part { from: 0, until: 30 };

/// The chair is serviced after so many days (three weeks, and not on a Sunday), between these minutes of the day.
const SERVICED_AFTER: i64 = 21;
const SERVICED: (i32, i32) = (13 * 60 + 30, 18 * 60);

/// Puts the chair up and says who is needed when.
///
/// # Errors
/// Those of the database.
pub(super) fn build(c: &mut Conn, now: Instant, sample: &Sample) -> Result<()> {
    let Some(dentist) = sample.providers.first() else {
        return Ok(());
    };
    let position = i32::try_from(sample.providers.len()).unwrap_or(0) + 1;
    let chair = Chair {
        id: ChairId(0),
        site_id: sample.site.id,
        name: format!("{position}号椅"),
        name_en: format!("Chair {position}"),
        position,
        active: true,
        kind: String::new(),
    };
    let second = clinic::insert_chair(c, &chair)?;
    clinic::replace_further_chairs(c, dentist.id, &[second])?;
    let zone = sample.site.tz();
    let day = plus_days(now.day(zone), SERVICED_AFTER);
    let day = if day.weekday() == Weekday::Sun {
        next_day(day)
    } else {
        day
    };
    let (from, until) = (at_minute(zone, day, SERVICED.0), at_minute(zone, day, SERVICED.1));
    clinic::insert_leave(c, second, from, until, "年度保养 / yearly service")?;
    let coded = |code: &str| sample.services.iter().find(|s| s.code == code).map(|s| s.id);
    if let Some(service) = coded(IN_SECOND_CHAIR) {
        let rules = BookingRules {
            provider_parts: Parts(vec![DENTIST]),
            ..BookingRules::default()
        };
        clinic::save_rules(c, service, &rules)?;
    }
    if let Some(service) = coded("implant") {
        let before = clinic::snapshot(c)?.rules(service).clone();
        let rules = BookingRules {
            second_kind: Some(ProviderKind::Hygienist),
            second_parts: Parts(vec![HYGIENIST]),
            ..before
        };
        clinic::save_rules(c, service, &rules)?;
    }
    Ok(())
}
