//! What a new segment can begin with.

use super::{Condition, Definition, Test, Unit, When};
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;

text_enum! {
    /// A usual segment.
    Preset {
        /// Long not seen and nothing booked.
        Overdue = "overdue",
        /// VIP patients who have not been here for a while.
        VipAway = "vip-away",
        /// A plan that does not go on.
        UnfinishedPlan = "unfinished-plan",
        /// A recall that nobody has followed.
        RecallMissed = "recall-missed",
        /// New patients who did not come back.
        OnlyOnce = "only-once",
    }
}

fn ago(n: u32, unit: Unit) -> When {
    When::Before { n, unit }
}

fn last_visit(when: When) -> Condition {
    let (service, provider) = (None, None);
    Test::LastVisit {
        service,
        provider,
        when,
    }
    .into()
}

fn not_booked() -> Condition {
    Condition::not(Test::Booked { service: None })
}

fn visits(at_least: u32) -> Test {
    Test::Visit {
        service: None,
        provider: None,
        speciality: None,
        when: When::Ever,
        at_least: Some(at_least),
    }
}

impl Preset {
    /// Its name, to begin with.
    pub fn name(self) -> Text {
        match self {
            Preset::Overdue => Text::new("半年未就诊", "Not seen for 6 months"),
            Preset::VipAway => Text::new("特需患者 90 天未就诊", "VIP not seen for 90 days"),
            Preset::UnfinishedPlan => Text::new("治疗计划中断", "Treatment plan at a stop"),
            Preset::RecallMissed => Text::new("复诊逾期 12 周", "Recall 12 weeks overdue"),
            Preset::OnlyOnce => Text::new("只来过一次", "Came only once"),
        }
    }
    /// Its conditions.
    pub fn definition(self) -> Definition {
        Definition::all_of(match self {
            Preset::Overdue => vec![last_visit(ago(6, Unit::Months)), not_booked()],
            Preset::VipAway => vec![Test::Vip {}.into(), last_visit(ago(90, Unit::Days)), not_booked()],
            Preset::UnfinishedPlan => {
                let (service, idle_days) = (None, Some(30));
                vec![Test::OpenPlan { service, idle_days }.into(), not_booked()]
            }
            Preset::RecallMissed => {
                let (service, weeks) = (None, 12);
                vec![Test::RecallDue { service, weeks }.into(), not_booked()]
            }
            Preset::OnlyOnce => vec![
                last_visit(ago(3, Unit::Months)),
                Condition::not(visits(2)),
                not_booked(),
            ],
        })
    }
}
