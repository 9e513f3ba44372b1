//! What is proposed for a visit that was left over. Pure.

use crate::appointments::{Action, Status};
use crate::platform::db::text_enum;

text_enum! {
    /// How a visit ended.
    End {
        /// The patient never came.
        NoShow = "no-show",
        /// The patient was treated.
        Finish = "finish",
    }
}

/// Who never came did not show up; who came was treated.
pub fn proposed(status: Status) -> End {
    match status {
        Status::Arrived | Status::InChair => End::Finish,
        _ => End::NoShow,
    }
}

/// The steps that lead from a state to an end: whoever is only planned has to have been seated to be finished. None: it
/// cannot end like that.
pub fn steps_to(status: Status, end: End) -> Option<&'static [Action]> {
    match (status, end) {
        (Status::Booked | Status::Confirmed, End::NoShow) => Some(&[Action::NoShow]),
        (Status::Booked | Status::Confirmed, End::Finish) => Some(&[Action::Seat, Action::Finish]),
        (Status::Arrived | Status::InChair, End::Finish) => Some(&[Action::Finish]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_proposed_can_be_done() {
        for status in [Status::Booked, Status::Confirmed, Status::Arrived, Status::InChair] {
            assert!(steps_to(status, proposed(status)).is_some(), "{status}");
        }
        assert_eq!(steps_to(Status::Done, End::Finish), None);
        assert_eq!(steps_to(Status::Arrived, End::NoShow), None);
    }
}
