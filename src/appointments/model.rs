//! An appointment, its states and what may follow on what. Pure.

use serde::Serialize;

use crate::clinic::{ChairId, ProviderId, ServiceId, SiteId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;
use crate::platform::ids::id_type;
use crate::staff::UserId;

id_type! {
    /// Row id of an appointment.
    AppointmentId
}

text_enum! {
    /// Where an appointment stands.
    Status {
        /// 未确认: booked, the patient has not confirmed.
        Booked = "booked",
        /// 已确认
        Confirmed = "confirmed",
        /// 候诊: here and waiting.
        Arrived = "arrived",
        /// 就诊中
        InChair = "in-chair",
        /// 已完成
        Done = "done",
        /// 爽约
        NoShow = "no-show",
        /// 已取消
        Cancelled = "cancelled",
    }
}

impl Status {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Status::Booked => Text::new("未确认", "Unconfirmed"),
            Status::Confirmed => Text::new("已确认", "Confirmed"),
            Status::Arrived => Text::new("候诊", "Waiting"),
            Status::InChair => Text::new("就诊中", "In chair"),
            Status::Done => Text::new("已完成", "Done"),
            Status::NoShow => Text::new("爽约", "No-show"),
            Status::Cancelled => Text::new("已取消", "Cancelled"),
        }
    }
    /// Whether the visit is still to come: it can be moved, reminded of, cancelled.
    pub fn is_planned(self) -> bool {
        matches!(self, Status::Booked | Status::Confirmed)
    }
    /// Whether it takes its provider's, chair's and patient's time (the database's overlap rules say the same).
    pub fn occupies(self) -> bool {
        !matches!(self, Status::NoShow | Status::Cancelled)
    }
}

/// An appointment's row.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Appointment {
    /// Row id.
    pub id: AppointmentId,
    /// Where.
    pub site_id: SiteId,
    /// Who comes.
    pub patient_id: PatientId,
    /// Who treats.
    pub provider_id: ProviderId,
    /// In which chair.
    pub chair_id: ChairId,
    /// For what.
    pub service_id: ServiceId,
    /// When the patient is to come.
    pub starts_at: Instant,
    /// When the patient's time ends.
    pub ends_at: Instant,
    /// When provider and chair are taken from: `starts_at` less the service's buffer.
    pub busy_from: Instant,
    /// Until when provider and chair are taken.
    pub busy_until: Instant,
    /// Where it stands.
    pub status: Status,
    /// For colleagues.
    pub note: String,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// desk, api, link, …
    pub source: String,
    /// Rises with every change; a change names the version it was made on.
    pub version: i64,
    /// When the patient came.
    pub arrived_at: Option<Instant>,
    /// When the patient was seated.
    pub seated_at: Option<Instant>,
    /// When the visit was over.
    pub finished_at: Option<Instant>,
    /// Who booked.
    pub created_by: Option<UserId>,
    /// When it was booked.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}
