//! What is proposed for a visit that was left over. Pure.

use crate::appointments::Status;
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;

text_enum! {
    /// How a visit ended.
    End {
        /// The patient never came.
        NoShow = "no-show",
        /// The patient was treated.
        Finish = "finish",
        /// It had been called off, and nobody noted it.
        Cancelled = "cancelled",
        /// The patient came, and left before being seen.
        LeftUnseen = "left-unseen",
    }
}

/// Who never came did not show up; who came was treated.
pub fn proposed(status: Status) -> End {
    match status {
        Status::Arrived | Status::InChair => End::Finish,
        _ => End::NoShow,
    }
}

impl End {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            End::NoShow => Text::new("爽约", "No-show"),
            End::Finish => Text::new("已就诊", "Was treated"),
            End::Cancelled => Text::new("已取消", "Was cancelled"),
            End::LeftUnseen => Text::new("未就诊离开", "Left unseen"),
        }
    }
    /// Whether a visit in this state can have ended like that: who came cannot be a no-show, who was in the chair was seen.
    pub fn fits(self, status: Status) -> bool {
        match self {
            End::NoShow | End::Cancelled => status.is_planned(),
            End::LeftUnseen => status.is_planned() || status == Status::Arrived,
            End::Finish => status.is_planned() || matches!(status, Status::Arrived | Status::InChair),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_proposed_can_be_done() {
        for status in [Status::Booked, Status::Confirmed, Status::Arrived, Status::InChair] {
            assert!(proposed(status).fits(status), "{status}");
        }
        for end in End::ALL {
            assert!(!end.fits(Status::Done) && !end.fits(Status::Cancelled), "{end}");
        }
        assert!(!End::NoShow.fits(Status::Arrived) && !End::LeftUnseen.fits(Status::InChair));
    }
}
