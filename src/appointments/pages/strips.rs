//! What a board is drawn from: its columns, by provider or by chair, and what takes their time beside visits.

use chrono::NaiveDate;

use super::super::model::board::{Board, Facts, Of, Strip, board};
use super::super::model::free::{Span, merge, sessions, without};
use super::super::model::marks::{Held, HeldFor, Kept};
use super::super::model::suggest::Candidate;
use super::super::store::{Hold, HoldPurpose, chair_time};
use super::desk::{Day, Request};
use crate::clinic::Snapshot;
use crate::platform::clock::day_bounds;
use crate::platform::i18n::{Lang, Text};

/// The time that is kept for some services on the days of the board.
pub(super) fn kept(clinic: &Snapshot, days: &[NaiveDate], today: NaiveDate) -> Vec<Kept> {
    let zone = clinic.site.tz();
    let on = |day: NaiveDate| {
        let that_day = clinic.blockouts.iter().filter(move |b| b.holds_on(day, today));
        that_day.map(move |b| {
            let (from, until) = b.span(zone, day);
            Kept {
                provider: b.provider_id,
                chair: b.chair_id,
                span: Span { from, until },
                name: Text::new(b.name.clone(), b.name_en.clone()),
            }
        })
    };
    days.iter().copied().flat_map(on).collect()
}

/// A hold as the board shows it.
pub(super) fn held(h: &Hold) -> Held {
    Held {
        provider: h.provider_id,
        chair: h.chair_id,
        span: h.span(),
        why: match h.purpose {
            HoldPurpose::Desk => HeldFor::Colleague(h.actor.clone()),
            HoldPurpose::Online => HeldFor::Online,
            HoldPurpose::Offer => HeldFor::Offered,
        },
    }
}

/// What the board says of a provider's only chair while it is out of service.
fn chair_closed(name: &Text) -> Text {
    Text::new(format!("{}停用", name.zh), format!("{} out of service", name.en))
}

/// What the board says of a chair that is out of service.
fn closed(why: &str) -> Text {
    match why {
        "" => Text::new("停用", "Out of service"),
        why => Text::new(format!("停用：{why}"), format!("Out of service: {why}")),
    }
}

impl Day {
    /// The board.
    pub(super) fn board(&self, r: &Request) -> Board {
        let strips = if self.desk.shown.by_chair {
            self.of_chairs()
        } else {
            self.of_providers()
        };
        board(&Facts {
            zone: self.desk.site.tz(),
            now: r.now,
            strips: &strips,
            clinic: &self.clinic,
            reader: r.actor.user,
            holidays: &self.holidays,
            booked: &self.booked,
            kept: &self.kept,
            held: &self.held,
            seen: &self.seen,
        })
    }

    /// The timetables without the time that is kept for some services, or for the way: it is not for whoever asks.
    pub(super) fn for_anybody(&self) -> Vec<Candidate> {
        let without = |c: &Candidate| {
            let kept = self.kept.iter().filter(|k| k.is_of(c.provider, c.chair));
            let mut open = c.clone();
            open.timetable.reserved = kept.map(|k| (k.span, k.name.clone())).collect();
            open
        };
        self.timetables.iter().map(without).collect()
    }

    fn of_providers(&self) -> Vec<Strip<'_>> {
        let zone = self.desk.site.tz();
        let one = |day: NaiveDate| {
            self.timetables.iter().filter_map(move |c| {
                let on_leave = Text::new("请假", "On leave");
                let leave = c.timetable.leave.iter().map(|span| (*span, on_leave.clone()));
                let mut strip = Strip {
                    of: Of::Provider(self.desk.provider(c.provider)?),
                    sessions: sessions(&c.timetable, zone, day),
                    leave: leave.collect(),
                    day,
                };
                // Who has no other chair can see nobody while theirs is closed.
                if self.clinic.further_chairs(c.provider).next().is_none() {
                    let chair = &c.timetable.chair;
                    strip.sessions = without(&strip.sessions, &chair.shut(zone, day));
                    let closed = chair.closed.iter().map(|(span, _)| (*span, chair_closed(&chair.name)));
                    strip.leave.extend(closed);
                }
                Some(strip)
            })
        };
        self.days.iter().copied().flat_map(one).collect()
    }

    /// The chairs in use, and those that somebody is booked in all the same.
    fn of_chairs(&self) -> Vec<Strip<'_>> {
        let zone = self.desk.site.tz();
        let mut strips = Vec::new();
        for day in self.days.iter().copied() {
            let theirs = self.timetables.iter().flat_map(|c| sessions(&c.timetable, zone, day));
            let mut open: Vec<Span> = theirs.collect();
            open.sort();
            let open = merge(open);
            let used = self
                .clinic
                .chairs
                .iter()
                .filter(|ch| ch.active || self.booked.iter().any(|(a, _)| a.chair_id == ch.id));
            strips.extend(used.map(|chair| {
                let time = chair_time(&self.clinic, chair.id, day_bounds(zone, day));
                Strip {
                    of: Of::Chair(chair),
                    sessions: without(&open, &time.shut(zone, day)),
                    leave: time
                        .closed
                        .into_iter()
                        .map(|(span, why)| (span, closed(&why)))
                        .collect(),
                    day,
                }
            }));
        }
        strips
    }

    /// Why nobody is in; empty when somebody is.
    pub(super) fn closed_because(&self, lang: Lang) -> String {
        let zone = self.desk.site.tz();
        if let (Some(h), [_]) = (self.holidays.first(), self.days.as_slice()) {
            return lang.pick(format!("休诊：{}", h.name), format!("Closed: {}", h.name_en));
        }
        let nobody = |day: &NaiveDate| {
            self.timetables
                .iter()
                .all(|c| sessions(&c.timetable, zone, *day).is_empty())
        };
        if self.days.iter().all(nobody) {
            return match self.desk.shown.week_of {
                None => lang.pick("当天没有人出诊", "Nobody works on this day"),
                Some(_) => lang.pick("本周不出诊", "Not in this week"),
            }
            .to_owned();
        }
        String::new()
    }
}
