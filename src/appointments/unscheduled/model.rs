//! How a cancelled visit counts. Pure.

use crate::appointments::{Appointment, Status};
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;

text_enum! {
    /// What a cancellation means for the patient's account of broken visits.
    CancelKind {
        /// The patient let us down: it counts.
        Broken = "broken",
        /// The patient will call for another time: it does not.
        WillCall = "will-call",
        /// The clinic's doing: it does not.
        Clinic = "clinic",
    }
}

impl CancelKind {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            CancelKind::Broken => Text::new("患者取消（计入取消次数）", "Cancelled by the patient (counts)"),
            CancelKind::WillCall => Text::new("患者会再来电约（不计）", "Will call for another time (does not count)"),
            CancelKind::Clinic => Text::new("诊所原因（不计）", "The clinic's doing (does not count)"),
        }
    }
}

/// In one or two words, for the list.
pub fn shown(a: &Appointment, kind: Option<CancelKind>) -> Text {
    match (a.status, kind) {
        (Status::NoShow, _) => Text::new("爽约", "No-show"),
        (_, Some(CancelKind::WillCall)) => Text::new("会再来电", "Will call"),
        (_, Some(CancelKind::Clinic)) => Text::new("诊所取消", "By the clinic"),
        (_, Some(CancelKind::Broken) | None) => Text::new("取消", "Cancelled"),
    }
}
