//! When messages to come would really go out, by the clinic's manners: the hours, holidays and limits by which the dispatcher
//! holds them back, asked of many at once. Nothing is written.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::super::model::{Carrier, HOLIDAYS_AHEAD, Manners, Purpose, Reason, Receiver, Sent, is_for_all, may_combine};
use super::super::store;
use crate::clinic;
use crate::patients::PatientId;
use crate::platform::clock::{Instant, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// A message to come.
#[derive(Debug, Clone, Copy)]
pub struct ToCome<'a> {
    /// To whom.
    pub patient: PatientId,
    /// What for.
    pub purpose: Purpose,
    /// The kind of its cause.
    pub cause: &'a str,
    /// By which way, and where that leads; none: not known.
    pub to: Option<(Carrier, &'a str)>,
    /// When it is due.
    pub due_at: Instant,
    /// Until when it is of use.
    pub expires_at: Instant,
}

/// What becomes of it.
#[derive(Debug, Clone)]
pub enum Place {
    /// It goes at this time; why not when it is due, if it does not.
    Goes(Instant, Option<Reason>),
    /// When it might go it is too late, and why.
    Never(Reason),
}

/// What was sent, and what of the messages to come has been placed.
pub struct Schedule {
    manners: Manners,
    zone: Tz,
    zones: HashMap<PatientId, Tz>,
    holidays: BTreeSet<NaiveDate>,
    person: HashMap<PatientId, Vec<Sent>>,
    family: HashMap<(Carrier, String), Vec<Sent>>,
}

impl Schedule {
    /// With what was sent until `now` to whom these messages go, all of which are due within `[first, last]`.
    pub fn of(c: &mut Conn, now: Instant, (first, last): (Instant, Instant), all: &[ToCome<'_>]) -> Result<Schedule> {
        let (site, manners) = (clinic::the_site(c)?, store::the_manners(c)?);
        let since = manners.looks_back(now);
        let mut who: Vec<PatientId> = all.iter().map(|m| m.patient).collect();
        who.sort_unstable();
        who.dedup();
        let mut family = HashMap::new();
        for carrier in Carrier::ALL {
            let to = all.iter().filter_map(|m| m.to.filter(|(way, _)| way == carrier));
            let addresses: BTreeSet<String> = to.map(|(_, address)| address.to_owned()).collect();
            let addresses: Vec<String> = addresses.into_iter().collect();
            for (address, sent) in store::sent_to_addresses(c, *carrier, &addresses, since)? {
                family.insert((*carrier, address), sent);
            }
        }
        let zone = site.tz();
        let days = (
            plus_days(first.day(zone), -1),
            plus_days(last.day(zone), HOLIDAYS_AHEAD),
        );
        Ok(Schedule {
            zones: store::zones_of(c, &who)?,
            person: store::sent_to_patients(c, &who, since)?,
            holidays: clinic::list_holidays(c, days.0, days.1)?
                .into_iter()
                .map(|h| h.day)
                .collect(),
            family,
            manners,
            zone,
        })
    }

    /// Places the next of them; they come in the order in which they are due.
    pub fn place(&mut self, m: &ToCome<'_>) -> Place {
        let limited = m.purpose.is_limited();
        let address = m.to.map(|(way, address)| (way, address.to_owned()));
        let (nothing, no_days) = (Vec::new(), BTreeSet::new());
        let person = self.person.get(&m.patient).filter(|_| limited);
        let family = address.as_ref().and_then(|a| self.family.get(a)).filter(|_| limited);
        let receiver = Receiver {
            zone: self.zones.get(&m.patient).copied().unwrap_or(self.zone),
            holidays: if limited { &self.holidays } else { &no_days },
            person: person.unwrap_or(&nothing),
            family: family.unwrap_or(&nothing),
            for_all: is_for_all(m.purpose, m.cause),
        };
        let (at, wait) = self.manners.when(m.purpose, &receiver, m.due_at);
        if let Some(wait) = wait.filter(|_| at >= m.expires_at) {
            return Place::Never(Reason::code(wait.codes().1));
        }
        let sent = Sent {
            at,
            purpose: m.purpose,
            for_all: receiver.for_all,
        };
        self.person.entry(m.patient).or_default().push(sent);
        if let Some(address) = address {
            let theirs = self.family.entry(address).or_default();
            // What is told to several at once is one message.
            if !(may_combine(m.purpose) && theirs.contains(&sent)) {
                theirs.push(sent);
            }
        }
        Place::Goes(at, wait.map(|wait| Reason::code(wait.codes().0)))
    }
}
