//! Who came without an appointment: the queue of the day, in triage order. Pure.

use chrono::NaiveDate;

use crate::appointments::AppointmentId;
use crate::clinic::{ChairId, ProviderId, ServiceId, SiteId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;
use crate::platform::ids::id_type;
use crate::staff::UserId;

/// Where an appointment that a walk-in became says that it was booked.
pub const WALK_IN: &str = "walk-in";

id_type! {
    /// Row id of a walk-in.
    WalkInId
}

text_enum! {
    /// How soon somebody has to be seen; the order of declaration is the order of the queue.
    Urgency {
        /// 急: bleeding, an accident, unbearable pain, a swelling that grows.
        Urgent = "urgent",
        /// 尽快: pain, a lost crown at the front.
        Soon = "soon",
        /// 可等
        CanWait = "can-wait",
    }
}

impl Urgency {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Urgency::Urgent => Text::new("急", "Urgent"),
            Urgency::Soon => Text::new("尽快", "Soon"),
            Urgency::CanWait => Text::new("可等", "Can wait"),
        }
    }
    /// What belongs there.
    pub fn about(self) -> Text {
        match self {
            Urgency::Urgent => Text::new(
                "出血、外伤、剧痛、肿胀加重",
                "bleeding, accident, severe pain, growing swelling",
            ),
            Urgency::Soon => Text::new("疼痛、前牙修复体脱落", "pain, a front crown lost"),
            Urgency::CanWait => Text::new("检查、洁牙、咨询", "check-up, cleaning, advice"),
        }
    }
}

text_enum! {
    /// What became of a walk-in.
    WalkInState {
        /// In the queue.
        Waiting = "waiting",
        /// It became an appointment.
        Placed = "placed",
        /// Left without being seen.
        Left = "left",
    }
}

/// A walk-in's row.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct WalkIn {
    /// Row id.
    pub id: WalkInId,
    /// Where.
    pub site_id: SiteId,
    /// The day of the queue, in the site's zone.
    pub day: NaiveDate,
    /// The number called, from 1 each day.
    pub number: i32,
    /// Who.
    pub patient_id: PatientId,
    /// For what, most likely.
    pub service_id: ServiceId,
    /// In the patient's words.
    pub complaint: String,
    /// How soon.
    pub urgency: Urgency,
    /// Since when here.
    pub arrived_at: Instant,
    /// What became of it.
    pub state: WalkInState,
    /// The appointment it became.
    pub appointment_id: Option<AppointmentId>,
    /// When it was placed, or the patient left.
    pub closed_at: Option<Instant>,
    /// Why the patient left without being seen.
    pub left_reason: String,
    /// Rises with every change.
    pub version: i64,
    /// Who wrote it down.
    pub created_by: Option<UserId>,
}

/// The queue's order: how soon, then who came first.
pub fn triage(w: &WalkIn) -> (Urgency, Instant, WalkInId) {
    (w.urgency, w.arrived_at, w.id)
}

/// Who could see a walk-in, from when and for how long.
#[derive(Debug, Clone)]
pub struct Suggestion {
    /// Who.
    pub provider: ProviderId,
    /// In which chair.
    pub chair: ChairId,
    /// From when on.
    pub start: Instant,
    /// Until when nothing else is there.
    pub until: Instant,
    /// Why not at once; none: at once.
    pub why_later: Option<Text>,
}
