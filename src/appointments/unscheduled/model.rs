//! How a cancelled visit counts, and why a visit stands on the list. Pure.

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

text_enum! {
    /// Why a visit stands on the list.
    Lost {
        /// The patient did not come.
        NoShow = "no-show",
        /// The patient cancelled.
        Broken = "broken",
        /// The patient cancelled and will call for another time.
        WillCall = "will-call",
        /// The clinic cancelled.
        Clinic = "clinic",
    }
}

impl Lost {
    /// Of a visit that did not take place; a cancellation of which nothing was said is the patient's.
    pub fn of(a: &Appointment, kind: Option<CancelKind>) -> Lost {
        match (a.status, kind) {
            (Status::NoShow, _) => Lost::NoShow,
            (_, Some(CancelKind::WillCall)) => Lost::WillCall,
            (_, Some(CancelKind::Clinic)) => Lost::Clinic,
            (_, Some(CancelKind::Broken) | None) => Lost::Broken,
        }
    }
    /// In one or two words, for the list.
    pub fn name(self) -> Text {
        match self {
            Lost::NoShow => Text::new("爽约", "No-show"),
            Lost::Broken => Text::new("取消", "Cancelled"),
            Lost::WillCall => Text::new("会再来电", "Will call"),
            Lost::Clinic => Text::new("诊所取消", "By the clinic"),
        }
    }
}
