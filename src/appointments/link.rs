//! The patient's own ways to an appointment: the signed link, and the number to be typed at the clinic's door.

use super::model::Appointment;
use super::model::AppointmentId;
use crate::platform::clock::{HOUR_MS, Instant};
use crate::platform::crypto::Keys;
use crate::platform::links;

/// The purpose that signs visit links.
pub const VISIT_LINK: &str = "visit";
/// How long after the visit's end its link still opens.
const LINK_OUTLIVES_VISIT_MS: i64 = HOUR_MS;
/// What signs check-in numbers.
const NUMBER: &str = "check-in-number";
/// Check-in numbers have six digits.
const NUMBERS: u64 = 1_000_000;

/// When the link of a visit stops opening.
pub fn link_ends_at(visit: &Appointment) -> Instant {
    visit.ends_at + LINK_OUTLIVES_VISIT_MS
}

/// The path of the patient's page of a visit.
pub fn visit_path(keys: &Keys, visit: &Appointment) -> String {
    format!("/v/{}", links::make(keys, VISIT_LINK, visit.id.0, link_ends_at(visit)))
}

/// The number that checks the patient of an appointment in: six digits made with the clinic's key, so that no number tells
/// another; not stored. Two visits of one day that share it check nobody in.
pub fn check_in_number(keys: &Keys, id: AppointmentId) -> String {
    let mac = keys.sign(NUMBER, &[&id.0.to_be_bytes()]);
    let n = mac.iter().take(8).fold(0_u64, |n, b| (n << 8) | u64::from(*b));
    format!("{:06}", n % NUMBERS)
}
