//! A booking that waits for its proof, and what keeps patients from booking. Pure.

use chrono::NaiveDate;

use crate::appointments::AppointmentId;
use crate::clinic::{OnlineRules, ProviderId, ServiceId, SiteId};
use crate::messaging::Carrier;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::id_type;

id_type! {
    /// Row id of a booking request.
    RequestId
}

text_enum! {
    /// Where a request stands.
    RequestState {
        /// The message has gone out, its link has not been used.
        Waiting = "waiting",
        /// Booked.
        Booked = "booked",
        /// Not booked, and why is said.
        Refused = "refused",
    }
}

text_enum! {
    /// Why somebody does not book online.
    Limit {
        /// They have enough visits ahead.
        Planned = "planned",
        /// They broke too many.
        Broken = "broken",
        /// They have no record here, and only those who have may.
        Stranger = "stranger",
        /// They asked again, for another time.
        Replaced = "replaced",
    }
}

impl Limit {
    /// For the desk.
    pub fn name(self) -> Text {
        match self {
            Limit::Planned => Text::new("未来预约已够多", "Has enough visits ahead"),
            Limit::Broken => Text::new("爽约或取消过多", "Missed or cancelled too many"),
            Limit::Stranger => Text::new("没有病历", "Has no record here"),
            Limit::Replaced => Text::new("改选了其他时间", "Chose another time"),
        }
    }
}

/// Why somebody with so many visits ahead and so many broken ones does not book online; none: they may.
pub fn limited(rules: &OnlineRules, planned: i64, broken: i64) -> Option<Limit> {
    if planned >= i64::from(rules.planned_max) {
        return Some(Limit::Planned);
    }
    breaks(rules, broken).then_some(Limit::Broken)
}

/// Whether so many broken visits are too many.
pub fn breaks(rules: &OnlineRules, broken: i64) -> bool {
    rules.broken_max.is_some_and(|most| broken >= i64::from(most))
}

/// A booking that waits for its proof.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Request {
    /// Row id.
    pub id: RequestId,
    /// Where.
    pub site_id: SiteId,
    /// For what.
    pub service_id: ServiceId,
    /// With whom.
    pub provider_id: ProviderId,
    /// When.
    pub starts_at: Instant,
    /// What they say, for the desk.
    pub note: String,
    /// Names the hold of the time.
    pub hold_token: String,
    /// Their name.
    pub name: String,
    /// Where the message goes …
    pub channel: Carrier,
    /// … number (E.164) or email address.
    pub address: String,
    /// Day of birth, if given.
    pub birth_date: Option<NaiveDate>,
    /// Who answers for a child; else empty.
    pub guardian: String,
    /// Of the page they saw.
    pub language: Lang,
    /// Network address it came from.
    pub ip: String,
    /// Where it stands.
    pub state: RequestState,
    /// Why it was refused.
    pub refusal: Option<Limit>,
    /// Whose it is, once that is known.
    pub patient_id: Option<PatientId>,
    /// Whether the patient was registered by it.
    pub is_new: bool,
    /// What was booked.
    pub booked_id: Option<AppointmentId>,
    /// How often the message was asked for.
    pub sends: i32,
    /// When it was made.
    pub created_at: Instant,
    /// Until when the time is held.
    pub expires_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// A line of the desk's list.
#[derive(Debug, Clone)]
pub struct BookedOnline {
    /// The visit, once there is one.
    pub appointment: Option<crate::appointments::Appointment>,
    /// Whose it is: name, number, record.
    pub name: String,
    /// Number or address.
    pub address: String,
    /// Their record.
    pub patient: Option<PatientId>,
    /// Whether they were registered by it.
    pub is_new: bool,
    /// The request, if it was not a known patient's.
    pub request: Option<Request>,
    /// When it was made.
    pub at: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_from_their_number_on() {
        let rules = OnlineRules::default();
        assert_eq!(limited(&rules, 2, 2), None);
        assert_eq!(limited(&rules, 3, 0), Some(Limit::Planned));
        assert_eq!(limited(&rules, 0, 3), Some(Limit::Broken));
        let any = OnlineRules {
            broken_max: None,
            ..rules
        };
        assert_eq!(limited(&any, 0, 99), None);
    }
}
