//! What has been chosen so far, as the address of the page says it. Pure.

use chrono::NaiveDate;

use crate::clinic::{Complaint, ProviderId, Service, ServiceId, Snapshot};
use crate::platform::clock::Instant;
use crate::platform::web::form::Input;

/// What, with whom, when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// `c`: what troubles them.
    pub complaint: Option<i64>,
    /// `s`: the service itself.
    pub service: Option<ServiceId>,
    /// `w`: with whom.
    pub with: Option<ProviderId>,
    /// `f`: not before this day.
    pub from: Option<NaiveDate>,
    /// `d`: the day looked at.
    pub day: Option<NaiveDate>,
    /// `t`: the time.
    pub at: Option<Instant>,
}

impl Choice {
    /// From an address or a form; what cannot be read is not chosen.
    pub(super) fn read(input: &Input) -> Choice {
        Choice {
            complaint: input.get("c").parse().ok(),
            service: input.get("s").parse().ok(),
            with: input.get("w").parse().ok(),
            from: input.get("f").parse().ok(),
            day: input.get("d").parse().ok(),
            at: input.get("t").parse().ok().map(Instant),
        }
    }

    /// Name and value of what is chosen, for a form.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("c", self.complaint.map(|v| v.to_string())),
            ("s", self.service.map(|v| v.to_string())),
            ("w", self.with.map(|v| v.to_string())),
            ("f", self.from.map(|v| v.to_string())),
            ("d", self.day.map(|v| v.to_string())),
            ("t", self.at.map(|v| v.0.to_string())),
        ];
        pairs.into_iter().filter_map(|(name, v)| Some((name, v?))).collect()
    }

    /// `?s=3&w=2`; empty when nothing is chosen.
    pub(super) fn query(&self) -> String {
        let list: Vec<String> = self.pairs().into_iter().map(|(n, v)| format!("{n}={v}")).collect();
        match list.is_empty() {
            true => String::new(),
            false => format!("?{}", list.join("&")),
        }
    }

    /// The complaint chosen, if it leads to something that can be booked.
    pub(super) fn complaint_in<'c>(&self, clinic: &'c Snapshot) -> Option<&'c Complaint> {
        let id = self.complaint?;
        complaints(clinic).into_iter().find(|x| x.id == id)
    }

    /// The service that is to be booked. Where there is only one and nothing else to say, nobody has to choose.
    pub(super) fn service_in<'c>(&self, clinic: &'c Snapshot) -> Option<&'c Service> {
        let bookable = clinic.bookable_online();
        let wanted = self.complaint_in(clinic).map(|x| x.service_id).or(self.service);
        match wanted {
            Some(id) => bookable.into_iter().find(|s| s.id == id),
            None => match bookable.as_slice() {
                [one] if complaints(clinic).is_empty() => Some(*one),
                _ => None,
            },
        }
    }
}

/// The complaints that lead to something that can be booked.
pub(super) fn complaints(clinic: &Snapshot) -> Vec<&Complaint> {
    let bookable = clinic.bookable_online();
    let leads = |x: &&Complaint| bookable.iter().any(|s| s.id == x.service_id);
    clinic.complaints.iter().filter(leads).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_was_chosen() {
        let input = Input::from_pairs([("c", "3"), ("w", "x"), ("d", "2026-12-01"), ("t", "1795000000000")]);
        let choice = Choice::read(&input);
        assert_eq!(choice.with, None);
        assert_eq!(choice.query(), "?c=3&d=2026-12-01&t=1795000000000");
        assert_eq!(Choice::read(&Input::from_pairs(choice.pairs())), choice);
        assert_eq!(Choice::default().query(), "");
    }
}
