//! The stages of a visit at the clinic, how long somebody has been in one, and from when that is too long. Pure.

use chrono_tz::Tz;

use super::{Appointment, Status};
use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;

text_enum! {
    /// Where a patient who is here stands.
    Stage {
        /// 候诊
        Arrived = "arrived",
        /// 就诊中
        InChair = "in-chair",
        /// 待离诊: treated, still here for advice, payment, the next visit.
        Ready = "ready",
    }
}

impl Stage {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Stage::Arrived => Text::new("候诊", "Waiting"),
            Stage::InChair => Text::new("就诊中", "In chair"),
            Stage::Ready => Text::new("待离诊", "Ready to leave"),
        }
    }
}

/// The stage in which the patient is, and since when; none: not here. Who did not say goodbye has left with the day.
pub fn stage_of(a: &Appointment, now: Instant, zone: Tz) -> Option<(Stage, Instant)> {
    let (stage, since) = match a.status {
        Status::Arrived => (Stage::Arrived, a.arrived_at?),
        Status::InChair => (Stage::InChair, a.seated_at?),
        Status::Done if a.left_at.is_none() => (Stage::Ready, a.finished_at?),
        _ => return None,
    };
    (since.day(zone) == now.day(zone)).then_some((stage, since))
}

/// From how many minutes on a stage is amber, and red.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Worth a look.
    pub amber: i32,
    /// Too long.
    pub red: i32,
}

impl Limits {
    /// Class of a number of minutes: empty, amber, red.
    pub fn class(self, minutes: i64) -> &'static str {
        if minutes >= i64::from(self.red) {
            "w3"
        } else if minutes >= i64::from(self.amber) {
            "w2"
        } else {
            ""
        }
    }
}

/// The limits of each stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitAlerts {
    /// Waiting.
    pub arrived: Limits,
    /// Being treated.
    pub in_chair: Limits,
    /// Waiting to leave.
    pub ready: Limits,
}

impl Default for WaitAlerts {
    fn default() -> WaitAlerts {
        let short = Limits { amber: 10, red: 20 };
        WaitAlerts {
            arrived: short,
            in_chair: Limits { amber: 60, red: 90 },
            ready: short,
        }
    }
}

impl WaitAlerts {
    /// Those of a stage.
    pub fn of(&self, stage: Stage) -> Limits {
        match stage {
            Stage::Arrived => self.arrived,
            Stage::InChair => self.in_chair,
            Stage::Ready => self.ready,
        }
    }
    /// The same, to be changed.
    pub fn of_mut(&mut self, stage: Stage) -> &mut Limits {
        match stage {
            Stage::Arrived => &mut self.arrived,
            Stage::InChair => &mut self.in_chair,
            Stage::Ready => &mut self.ready,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_become_amber_and_red() {
        let limits = Limits { amber: 10, red: 20 };
        let got: Vec<_> = [0, 9, 10, 19, 20, 500].map(|m| limits.class(m)).into();
        assert_eq!(got, ["", "", "w2", "w2", "w3", "w3"]);
    }
}
