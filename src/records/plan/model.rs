//! A treatment plan and its rules. Pure.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::super::model::VisitId;
use crate::clinic::{ServiceId, Snapshot};
use crate::patients::PatientId;
use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;
use crate::platform::ids::id_type;
use crate::platform::web::form::Faults;

/// Most items of a plan that are open at one time.
pub(super) const OPEN_MAX: usize = 30;
/// Days between two items.
const DAYS: std::ops::RangeInclusive<i32> = 0..=365;
/// Minutes of a visit.
const MINUTES: std::ops::RangeInclusive<i32> = 5..=480;
/// Longest note and longest reason, in characters.
const NOTE_MAX: usize = 500;
const REASON_MAX: usize = 200;

id_type! {
    /// Row id of a plan's item.
    PlanItemId
}

text_enum! {
    /// Where an item of a plan stands.
    PlanState {
        /// To come, without a date.
        Planned = "planned",
        /// It has an appointment.
        Booked = "booked",
        /// That visit is over.
        Done = "done",
        /// It will not be done, and why.
        Dropped = "dropped",
    }
}

impl PlanState {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            PlanState::Planned => Text::new("未约", "Planned"),
            PlanState::Booked => Text::new("已约", "Booked"),
            PlanState::Done => Text::new("已完成", "Done"),
            PlanState::Dropped => Text::new("已取消", "Dropped"),
        }
    }
    /// Whether something is still to come of it.
    pub fn is_open(self) -> bool {
        matches!(self, PlanState::Planned | PlanState::Booked)
    }
}

/// A plan's item as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct PlanItem {
    /// Row id.
    pub id: PlanItemId,
    /// Whose plan.
    pub patient_id: PatientId,
    /// Its place in the plan.
    pub position: i32,
    /// What is to be done.
    pub service_id: ServiceId,
    /// Teeth in FDI notation.
    pub teeth: Option<String>,
    /// For colleagues.
    pub note: String,
    /// How long; none: as the service says.
    pub minutes: Option<i32>,
    /// Days after the item before it.
    pub days_after: i32,
    /// Where it stands.
    pub state: PlanState,
    /// The appointment that it is, or last was, booked as.
    pub appointment_id: Option<i64>,
    /// The visit whose record it was written beside.
    pub visit_id: Option<VisitId>,
    /// Day on which it was written, in the clinic's zone.
    pub written_on: NaiveDate,
    /// Day on which it was done.
    pub done_on: Option<NaiveDate>,
    /// Why it was dropped.
    pub drop_reason: String,
    /// When it was written.
    pub created_at: Instant,
}

/// An item in its plan.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The item.
    pub item: PlanItem,
    /// Begin of its appointment, while it is booked.
    pub booked_for: Option<Instant>,
    /// Not before this day.
    pub from: NaiveDate,
    /// The how many-th of how many of the same service on the same teeth.
    pub nth: (usize, usize),
}

/// A patient's treatment plan.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whose.
    pub patient: PatientId,
    /// Rises with every change; 0: nothing was ever planned.
    pub version: i64,
    /// All items, in order.
    pub items: Vec<Planned>,
}

impl Plan {
    /// Puts a plan together from its rows, in order; beside each the begin of its appointment.
    pub(super) fn new((patient, version): (PatientId, i64), rows: Vec<(PlanItem, Option<Instant>)>, zone: Tz) -> Plan {
        let mut items: Vec<Planned> = Vec::with_capacity(rows.len());
        let mut last: Option<NaiveDate> = None;
        for (item, at) in rows {
            let booked_for = at.filter(|_| item.state == PlanState::Booked);
            // What was added to a plan of long ago counts from the day on which it was added.
            let base = last.map_or(item.written_on, |day| day.max(item.written_on));
            let from = plus_days(base, i64::from(item.days_after));
            if item.state != PlanState::Dropped {
                last = Some(item.done_on.or(booked_for.map(|at| at.day(zone))).unwrap_or(from));
            }
            items.push(Planned {
                item,
                booked_for,
                from,
                nth: (1, 1),
            });
        }
        let like = |a: &PlanItem, b: &PlanItem| {
            b.state != PlanState::Dropped && (a.service_id, &a.teeth) == (b.service_id, &b.teeth)
        };
        let nths = items.iter().enumerate().map(|(i, p)| {
            let before = items.iter().take(i).filter(|o| like(&p.item, &o.item)).count();
            let all = items.iter().filter(|o| like(&p.item, &o.item)).count();
            (before + 1, all.max(before + 1))
        });
        let nths: Vec<(usize, usize)> = nths.collect();
        for (planned, nth) in items.iter_mut().zip(nths) {
            planned.nth = nth;
        }
        Plan {
            patient,
            version,
            items,
        }
    }
    /// The items of which something is still to come.
    pub fn open(&self) -> impl Iterator<Item = &Planned> {
        self.items.iter().filter(|p| p.item.state.is_open())
    }
    /// The items that have no appointment yet.
    pub fn unbooked(&self) -> impl Iterator<Item = &Planned> {
        self.items.iter().filter(|p| p.item.state == PlanState::Planned)
    }
    /// What the patient most likely comes for.
    pub fn next(&self) -> Option<&Planned> {
        self.unbooked().next()
    }
    /// An item by id.
    pub(super) fn find(&self, id: PlanItemId) -> Option<&PlanItem> {
        self.items.iter().map(|p| &p.item).find(|i| i.id == id)
    }
    /// `lines` without those that repeat what is done or dropped by now.
    pub(super) fn still_open<'a>(&self, lines: &'a [PlanLine]) -> Vec<&'a PlanLine> {
        let closed = |line: &PlanLine| {
            let item = line.id.and_then(|id| self.find(id));
            item.is_some_and(|i| !i.state.is_open() && line.says(i))
        };
        lines.iter().filter(|line| !closed(line)).collect()
    }
    /// Whether the open items are these, in this order.
    pub(super) fn says(&self, lines: &[&PlanLine]) -> bool {
        let open: Vec<&PlanItem> = self.open().map(|p| &p.item).collect();
        open.len() == lines.len() && open.iter().zip(lines).all(|(i, l)| l.id == Some(i.id) && l.says(i))
    }
    /// Everything that is wrong with `lines` as what this plan is to be. A fault names the field of its row:
    /// `plan_days-2`.
    pub(super) fn check(&self, lines: &[&PlanLine], clinic: &Snapshot) -> Faults {
        let mut faults = Faults::default();
        for line in lines {
            line.check(&mut faults);
            self.check_against(line, clinic, &mut faults);
        }
        if lines.iter().filter(|l| l.drop.is_empty()).count() > OPEN_MAX {
            faults.add(
                "plan",
                "too_many",
                format!("未完成的计划项目最多 {OPEN_MAX} 个"),
                format!("At most {OPEN_MAX} open items"),
            );
        }
        let named = |p: &&Planned| lines.iter().any(|l| l.id == Some(p.item.id));
        if self.open().any(|p| !named(&p)) {
            faults.add(
                "plan",
                "missing",
                "未完成的项目须全部列出；不做的请注明原因",
                "Every open item has to be in the list; one that will not be done says why",
            );
        }
        faults
    }
    fn check_against(&self, line: &PlanLine, clinic: &Snapshot, faults: &mut Faults) {
        let row = line.row;
        let known = clinic.find_service(line.service);
        let old = line.id.and_then(|id| self.find(id));
        let kept = old.is_some_and(|i| i.service_id == line.service);
        if !known.is_some_and(|s| s.active || kept) {
            let (zh, en) = ("没有这个项目", "There is no such service");
            faults.add(&format!("plan_service-{row}"), "unknown", zh, en);
        }
        match old {
            Some(i) if i.state == PlanState::Booked && !line.drop.is_empty() => faults.add(
                &format!("plan_drop-{row}"),
                "booked",
                "此项已预约：请先取消预约",
                "It is booked: cancel that appointment first",
            ),
            Some(i) if i.state == PlanState::Booked && !kept => faults.add(
                &format!("plan_service-{row}"),
                "booked",
                "此项已预约，不能换项目：请先取消预约",
                "It is booked as this service: cancel that appointment first",
            ),
            Some(i) if i.state.is_open() => {}
            None if line.id.is_none() && line.drop.is_empty() => {}
            None if line.id.is_none() => faults.add(
                &format!("plan_drop-{row}"),
                "not_yet",
                "新项目还没有保存，不用填写取消原因：请清空这一行",
                "A new item needs no reason for dropping it: empty the row instead",
            ),
            _ => faults.add(
                &format!("plan_service-{row}"),
                "gone",
                "此项已完成、已取消或不在此计划中",
                "This item is done, dropped or not of this plan",
            ),
        }
    }
}

/// What is to be of an item: written on the form, or sent by a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLine {
    /// Row it was written in: faults name it.
    pub row: usize,
    /// Which item; none: a new one.
    pub id: Option<PlanItemId>,
    /// What is to be done.
    pub service: ServiceId,
    /// Teeth in FDI notation, joined.
    pub teeth: Option<String>,
    /// For colleagues.
    pub note: String,
    /// How long; none: as the service says.
    pub minutes: Option<i32>,
    /// Days after the item before it.
    pub days_after: i32,
    /// Why it will not be done; empty: it will.
    pub drop: String,
}

impl PlanLine {
    /// Whether an item is as this says.
    fn says(&self, i: &PlanItem) -> bool {
        let line = (self.service, &self.teeth, &self.note, self.minutes, self.days_after);
        line == (i.service_id, &i.teeth, &i.note, i.minutes, i.days_after) && self.drop == i.drop_reason
    }
    fn check(&self, faults: &mut Faults) {
        let mut outside = |name: &str, zh: &str, en: &str| {
            faults.add(&format!("{name}-{}", self.row), "out_of_range", zh, en);
        };
        if !DAYS.contains(&self.days_after) {
            outside("plan_days", "间隔应为 0 到 365 天", "From 0 to 365 days");
        }
        if self.minutes.is_some_and(|m| !MINUTES.contains(&m)) {
            outside("plan_minutes", "时长应为 5 到 480 分钟", "A visit has 5 to 480 minutes");
        }
        for (name, text, most) in [
            ("plan_note", &self.note, NOTE_MAX),
            ("plan_drop", &self.drop, REASON_MAX),
        ] {
            if text.chars().count() > most {
                let (zh, en) = (format!("最多 {most} 字"), format!("At most {most} characters"));
                faults.add(&format!("{name}-{}", self.row), "too_long", zh, en);
            }
        }
    }
}

/// Items in one line, for the audit: `root-canal 36 +7; crown 36 +14`.
pub(super) fn in_short<'a>(items: impl Iterator<Item = &'a PlanItem>, clinic: &Snapshot) -> String {
    let one = |i: &PlanItem| {
        let code = clinic.find_service(i.service_id).map_or("?", |s| s.code.as_str());
        let teeth = i.teeth.as_ref().map(|t| format!(" {t}")).unwrap_or_default();
        format!("{code}{teeth} +{}", i.days_after)
    };
    items.map(one).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, d).expect("day")
    }
    fn item(id: i64, days_after: i32, state: PlanState) -> PlanItem {
        PlanItem {
            id: PlanItemId(id),
            patient_id: PatientId(1),
            position: 1,
            service_id: ServiceId(1),
            teeth: Some("36".into()),
            note: String::new(),
            minutes: None,
            days_after,
            state,
            appointment_id: None,
            visit_id: None,
            written_on: day(2),
            done_on: None,
            drop_reason: String::new(),
            created_at: Instant(0),
        }
    }
    fn plan(rows: Vec<(PlanItem, Option<Instant>)>) -> Plan {
        Plan::new((PatientId(1), 1), rows, Tz::UTC)
    }

    #[test]
    fn each_counts_from_when_the_one_before_was_done_is_booked_or_is_to_be() {
        let done = PlanItem {
            done_on: Some(day(5)),
            ..item(1, 0, PlanState::Done)
        };
        let at = Instant::parse_rfc3339("2026-11-16T10:00:00Z").expect("time");
        let p = plan(vec![
            (done, None),
            (item(2, 7, PlanState::Booked), Some(at)),
            (item(3, 3, PlanState::Dropped), None),
            (item(4, 7, PlanState::Planned), None),
            // What was cancelled does not count as booked.
            (item(5, 4, PlanState::Planned), Some(at)),
        ]);
        let from: Vec<NaiveDate> = p.items.iter().map(|i| i.from).collect();
        assert_eq!(from, [day(2), day(12), day(19), day(23), day(27)]);
        let nth: Vec<(usize, usize)> = p.items.iter().map(|i| i.nth).collect();
        assert_eq!(nth, [(1, 4), (2, 4), (3, 4), (3, 4), (4, 4)]);
        assert_eq!(p.next().map(|i| i.item.id), Some(PlanItemId(4)));
        assert_eq!(p.open().count(), 3);
    }
    #[test]
    fn a_plan_taken_up_again_counts_from_the_day_it_is_written() {
        let old = PlanItem {
            done_on: Some(day(1)),
            written_on: day(1),
            ..item(1, 0, PlanState::Done)
        };
        let p = plan(vec![(old, None), (item(2, 7, PlanState::Planned), None)]);
        assert_eq!(p.next().map(|i| i.from), Some(day(9)));
    }

    proptest::proptest! {
        #[test]
        fn what_is_to_come_lies_in_order_and_is_counted_once(
            rows in proptest::collection::vec((0..4_usize, 0..=365_i32, 1..28_u32), 0..12)
        ) {
            let row = |(id, (state, days, done)): (i64, &(usize, i32, u32))| {
                let state = PlanState::ALL[*state];
                let done_on = (state == PlanState::Done).then(|| day(*done));
                (PlanItem { done_on, ..item(id, *days, state) }, None)
            };
            let p = plan((1..).zip(&rows).map(row).collect());
            let mut counted = std::collections::BTreeSet::new();
            for i in p.items.iter().filter(|i| i.item.state != PlanState::Dropped) {
                proptest::prop_assert!(i.from >= i.item.written_on);
                proptest::prop_assert!(i.nth.0 <= i.nth.1 && counted.insert(i.nth.0));
            }
            let to_come: Vec<NaiveDate> = p.items.iter().rev().map_while(|i| {
                (i.item.state == PlanState::Planned).then_some(i.from)
            }).collect();
            proptest::prop_assert!(to_come.is_sorted_by(|later, earlier| later >= earlier));
        }
    }
}
