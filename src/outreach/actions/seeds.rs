//! The rules and days that a new installation begins with. What is more than reminders, recall and birthdays waits switched off
//! until somebody wants it.

use super::super::model::{Anchor, Channels, Occasion, OccasionId, Rule, RuleAction, RuleId, SHIPPED, Step, Steps};
use super::super::store::{occasions, rules};
use crate::messaging::Purpose;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;

const DAY: i32 = 24 * 60;

/// Adds them where there are none.
///
/// # Errors
/// Those of the database.
pub fn seed_rules(c: &mut Conn, now: Instant) -> Result<()> {
    if occasions::list(c)?.is_empty() {
        seed_occasions(c, now)?;
    }
    if rules::any_rule(c)? {
        return Ok(());
    }
    for rule in usual(now).into_iter().chain(on_wish(now)).chain(festivals(c, now)?) {
        rules::insert_rule(c, &rule)?;
    }
    Ok(())
}

fn seed_occasions(c: &mut Conn, now: Instant) -> Result<()> {
    for (code, (name, name_en), calendar, month, day) in SHIPPED {
        let occasion = Occasion {
            id: OccasionId(0),
            code: code.into(),
            name: name.into(),
            name_en: name_en.into(),
            calendar,
            month: Some(month),
            day: Some(day),
            on_date: None,
            version: 1,
            updated_at: now,
        };
        occasions::insert(c, &occasion)?;
    }
    Ok(())
}

/// A rule of its kind, with no step yet.
pub(super) fn seed(now: Instant, code: &str, (name, name_en): (&str, &str), anchor: Anchor) -> Rule {
    Rule {
        id: RuleId(0),
        code: code.into(),
        name: name.into(),
        name_en: name_en.into(),
        anchor,
        purpose: anchor.purposes().first().copied().unwrap_or(Purpose::Reminder),
        service_id: None,
        occasion_id: None,
        date_kind_id: None,
        channels: Channels::Preferred,
        stop_booked: anchor.ends_when_booked(),
        stop_answered: false,
        stop_confirmed: false,
        catch_up: anchor.usual_catch_up(),
        rest_days: 0,
        holdout_percent: 0,
        steps: Steps::default(),
        priority: 3,
        active: true,
        planned_until: now,
        version: 1,
        updated_at: now,
        segment_id: None,
        treatment: String::new(),
        last_step: 0,
        late_a_day: 0,
    }
}

/// A message so many days from the anchor at an hour.
fn message(days: i32, hour: i32, window_minutes: i32, template: &str) -> Step {
    Step {
        id: 0,
        action: RuleAction::Message,
        offset_days: days,
        offset_minutes: 0,
        at_minute: Some(hour * 60),
        window_minutes,
        template: template.into(),
        channels: None,
    }
}

fn call(days: i32, hour: i32) -> Step {
    Step {
        action: RuleAction::Call,
        ..message(days, hour, 7 * DAY, "")
    }
}

/// Those that are on.
fn usual(now: Instant) -> Vec<Rule> {
    let two_hours_before = Step {
        offset_minutes: -120,
        at_minute: None,
        ..message(0, 0, 110, "reminder-same-day")
    };
    let before = ("前一天就诊提醒", "Visit reminder, day before");
    let same_day = ("当天就诊提醒", "Visit reminder, same day");
    let birthday = ("生日祝福", "Birthday greeting");
    vec![
        Rule {
            steps: Steps(vec![message(-1, 18, 120, "reminder-day-before")]),
            ..seed(now, "reminder-day-before", before, Anchor::VisitStart)
        },
        Rule {
            steps: Steps(vec![two_hours_before]),
            priority: 2,
            ..seed(now, "reminder-2-hours", same_day, Anchor::VisitStart)
        },
        recalls(now),
        Rule {
            steps: Steps(vec![message(0, 9, 11 * 60, "birthday")]),
            priority: 8,
            ..seed(now, "birthday", birthday, Anchor::Birthday)
        },
    ]
}

/// The recall ladder: two weeks before and on the day by text, two weeks after by the other way, then somebody calls, and that is
/// all. It ends with a visit, booked or not, and with an answer; who has opted out of texts is still called.
fn recalls(now: Instant) -> Rule {
    let by = |way: Channels, step: Step| Step {
        channels: Some(way),
        ..step
    };
    let steps = vec![
        by(Channels::SmsFirst, message(-14, 10, 7 * DAY, "recall-soon")),
        by(Channels::SmsFirst, message(0, 10, 7 * DAY, "recall")),
        by(Channels::EmailFirst, message(14, 10, 7 * DAY, "recall-again")),
        call(45, 10),
    ];
    Rule {
        steps: Steps(steps),
        stop_answered: true,
        priority: 6,
        ..seed(now, "recall-due", ("复诊提醒", "Recall"), Anchor::RecallDue)
    }
}

/// A rule that waits to be switched on.
fn off(seed: Rule, priority: i32, steps: Vec<Step>) -> Rule {
    Rule {
        steps: Steps(steps),
        priority,
        active: false,
        ..seed
    }
}

/// Those that wait to be switched on.
fn on_wish(now: Instant) -> Vec<Rule> {
    let save = ("提前两周告知", "Save the date, two weeks before");
    let missed = ("爽约后联系", "After a missed visit");
    let thanks = ("感谢介绍", "Thank-you for a referral");
    vec![
        off(
            seed(now, "save-the-date", save, Anchor::VisitStart),
            5,
            vec![message(-14, 10, 3 * DAY, "save-the-date")],
        ),
        off(
            seed(now, "missed-visit", missed, Anchor::VisitMissed),
            5,
            vec![message(1, 10, 3 * DAY, "missed-visit"), call(3, 10)],
        ),
        follow_ups(now),
        after_extraction(now),
        plans(now),
        survey(now),
        off(
            seed(now, "referral-thanks", thanks, Anchor::Referral),
            7,
            vec![message(1, 10, 3 * DAY, "referral-thanks")],
        ),
    ]
}

fn follow_ups(now: Instant) -> Rule {
    let names = ("治疗后 1、3、7 天随访", "Follow-up 1, 3 and 7 days after");
    let on_day = |days: i32, template: &str| message(days, 10, 10 * 60, template);
    let rule = seed(now, "follow-up-days", names, Anchor::VisitFinished);
    let steps = vec![
        on_day(1, "follow-up"),
        on_day(3, "follow-up-3"),
        on_day(7, "follow-up-7"),
    ];
    Rule {
        stop_answered: true,
        ..off(rule, 4, steps)
    }
}

fn after_extraction(now: Instant) -> Rule {
    let names = ("拔牙后 24 小时随访", "Follow-up 24 hours after an extraction");
    let rule = seed(now, "after-extraction", names, Anchor::VisitFinished);
    let a_day_later = Step {
        at_minute: None,
        ..message(1, 0, 10 * 60, "after-surgery")
    };
    Rule {
        treatment: "拔牙, 拔除, extraction".into(),
        rest_days: 1,
        ..off(rule, 4, vec![a_day_later])
    }
}

fn plans(now: Instant) -> Rule {
    let names = ("治疗未完成提醒", "Treatment not finished");
    let after = |days: i32| message(days, 10, 7 * DAY, "plan-waits");
    let rule = seed(now, "plan-waits", names, Anchor::PlanWaits);
    Rule {
        stop_answered: true,
        rest_days: 30,
        ..off(rule, 6, vec![after(14), after(30), call(45, 10)])
    }
}

fn survey(now: Instant) -> Rule {
    let names = ("满意度调查", "Survey");
    let rule = seed(now, "survey", names, Anchor::VisitFinished);
    Rule {
        purpose: Purpose::Survey,
        rest_days: 90,
        ..off(rule, 7, vec![message(1, 19, 3 * DAY, "survey")])
    }
}

/// Greetings on the two great festivals, off.
fn festivals(c: &mut Conn, now: Instant) -> Result<Vec<Rule>> {
    let all = occasions::list(c)?;
    let wanted = ["spring-festival", "mid-autumn"];
    let found = all.iter().filter(|o| wanted.contains(&o.code.as_str()));
    Ok(found
        .map(|o| Rule {
            occasion_id: Some(o.id),
            steps: Steps(vec![message(0, 9, 10 * 60, "greeting")]),
            priority: 8,
            active: false,
            ..seed(
                now,
                &format!("greeting-{}", o.code),
                (&format!("{}祝福", o.name), &format!("Greetings for {}", o.name_en)),
                Anchor::Occasion,
            )
        })
        .collect())
}
