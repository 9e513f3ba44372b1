//! The segments that the sample clinic works with, and a campaign that runs.

use chrono::NaiveDate;

use crate::outreach::campaigns::{self, NewCampaign, Pace, Step, Wanted};
use crate::outreach::segments::{self, Condition, Definition, NewSegment, SegmentId, Test, Unit, When};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::staff::Actor;

fn last_visit(n: u32, unit: Unit) -> Condition {
    Test::LastVisit {
        service: None,
        provider: None,
        when: When::Before { n, unit },
    }
    .into()
}

/// Makes them; gives the one of those who have not been here for long.
///
/// # Errors
/// Those of the database.
pub fn build(c: &mut Conn, now: Instant) -> Result<SegmentId> {
    let not_booked = || Condition::not(Test::Booked { service: None });
    let untreated = Test::Untreated {
        text: "龋".into(),
        treatment: None,
        when: When::Ever,
    };
    let all = [
        (
            ("半年未就诊", "Not seen for 6 months"),
            vec![last_visit(6, Unit::Months), not_booked()],
        ),
        (
            ("特需患者 90 天未就诊", "VIP not seen for 90 days"),
            vec![Test::Vip {}.into(), last_visit(90, Unit::Days), not_booked()],
        ),
        (
            ("治疗计划中断", "Treatment plan at a stop"),
            vec![
                Test::OpenPlan {
                    service: None,
                    idle_days: Some(14),
                }
                .into(),
                not_booked(),
            ],
        ),
        (
            ("发现龋齿未治疗", "Caries found, not treated"),
            vec![untreated.into(), not_booked()],
        ),
    ];
    let mut first = None;
    for ((name, name_en), conditions) in all {
        let new = NewSegment {
            name: name.into(),
            name_en: name_en.into(),
            definition: Definition::all_of(conditions),
        };
        let id = segments::add(c, now, &Actor::system("demo"), new, |_, field| field.to_owned())?;
        first.get_or_insert(id);
    }
    first.ok_or_else(|| crate::platform::error::Error::Internal("no segments".into()))
}

/// Starts a campaign for a segment; it goes out from `first_day` on.
///
/// # Errors
/// Those of the database.
pub fn start_campaign(c: &mut Conn, now: Instant, first_day: NaiveDate, segment: SegmentId) -> Result<()> {
    let actor = Actor::system("demo");
    let wanted = Wanted {
        name: "半年未就诊的老患者".into(),
        name_en: "Not seen for 6 months".into(),
        segment: Some(segment),
        template: "campaign-check-up".into(),
        document: None,
        pace: Pace {
            per_day: 12,
            weekdays: (1..=7).collect(),
            from: 9 * 60,
            until: 17 * 60,
            first_day,
        },
        skip_booked: true,
        rest_days: 30,
    };
    let picked = Vec::new();
    let id = campaigns::add(c, now, &actor, NewCampaign { wanted, picked })?;
    campaigns::step(c, now, &actor, (id, 1), Step::Start)
}
