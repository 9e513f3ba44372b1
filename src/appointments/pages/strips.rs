//! What a board is drawn from: its columns, by provider or by chair, and what takes their time beside visits.

use chrono::NaiveDate;

use super::super::model::board::{Board, Facts, Of, Strip, board};
use super::super::model::free::{Span, merge, sessions};
use super::super::model::marks::{Held, HeldFor};
use super::super::model::suggest::Candidate;
use super::super::store::{Hold, HoldPurpose};
use super::desk::{Day, Request};
use crate::clinic::{Provider, ProviderId, Snapshot};
use crate::platform::i18n::{Lang, Text};

/// The time that is kept for some services on the days of the board.
pub(super) fn kept(
    clinic: &Snapshot,
    providers: &[Provider],
    days: &[NaiveDate],
    today: NaiveDate,
) -> Vec<(ProviderId, Span, Text)> {
    let zone = clinic.site.tz();
    let mut kept = Vec::new();
    for day in days {
        for p in providers {
            for b in clinic.blockouts.iter().filter(|b| b.keeps(p.id, *day, today)) {
                let (from, until) = b.span(zone, *day);
                kept.push((p.id, Span { from, until }, Text::new(b.name.clone(), b.name_en.clone())));
            }
        }
    }
    kept
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
            let kept = self.kept.iter().filter(|(whose, _, _)| *whose == c.provider);
            let mut open = c.clone();
            open.timetable.reserved = kept.map(|(_, span, name)| (*span, name.clone())).collect();
            open
        };
        self.timetables.iter().map(without).collect()
    }

    fn of_providers(&self) -> Vec<Strip<'_>> {
        let zone = self.desk.site.tz();
        let one = |day: NaiveDate| {
            self.timetables.iter().filter_map(move |c| {
                Some(Strip {
                    of: Of::Provider(self.desk.provider(c.provider)?),
                    sessions: sessions(&c.timetable, zone, day),
                    leave: &c.timetable.leave,
                    day,
                })
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
            strips.extend(used.map(|chair| Strip {
                of: Of::Chair(chair),
                sessions: open.clone(),
                leave: &[],
                day,
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
