//! What is proposed for a visit that was left over. Pure.

use crate::appointments::{Action, Status};

/// Who never came did not show up; who came was treated.
pub fn proposed(status: Status) -> Action {
    match status {
        Status::Arrived | Status::InChair => Action::Finish,
        _ => Action::NoShow,
    }
}

/// The steps that lead from a state to an end: whoever is only planned has to have been seated to be finished. None: it
/// cannot end like that.
pub fn steps_to(status: Status, end: Action) -> Option<&'static [Action]> {
    match (status, end) {
        (Status::Booked | Status::Confirmed, Action::NoShow) => Some(&[Action::NoShow]),
        (Status::Booked | Status::Confirmed, Action::Finish) => Some(&[Action::Seat, Action::Finish]),
        (Status::Arrived | Status::InChair, Action::Finish) => Some(&[Action::Finish]),
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
        assert_eq!(steps_to(Status::Done, Action::Finish), None);
        assert_eq!(steps_to(Status::Arrived, Action::NoShow), None);
    }
}
