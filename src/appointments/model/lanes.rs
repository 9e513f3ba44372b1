//! Cards at the same time stand beside each other. Pure.

use super::board::Card;

/// Puts cards that overlap (a no-show and who took the time) side by side.
pub(super) fn lanes(cards: &mut [Card]) {
    cards.sort_by_key(|c| (c.start, c.id));
    let mut from = 0;
    while from < cards.len() {
        let mut until = from;
        let mut end = i64::MIN;
        while let Some(c) = cards.get(until).filter(|c| until == from || c.start < end) {
            end = end.max(c.start + c.length);
            until += 1;
        }
        if let Some(group) = cards.get_mut(from..until) {
            lanes_of_group(group);
        }
        from = until;
    }
}

fn lanes_of_group(group: &mut [Card]) {
    let mut ends: Vec<i64> = Vec::new();
    for card in group.iter_mut() {
        let free = ends.iter().position(|end| *end <= card.start);
        let lane = free.unwrap_or(ends.len());
        match ends.get_mut(lane) {
            Some(end) => *end = card.start + card.length,
            None => ends.push(card.start + card.length),
        }
        card.lane = i64::try_from(lane).unwrap_or(0);
    }
    for card in group {
        card.lanes = i64::try_from(ends.len()).unwrap_or(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::board::Timing;
    use super::super::{AppointmentId, Status};
    use super::*;
    use crate::clinic::{ProviderId, ServiceId};
    use crate::patients::PatientId;
    use crate::platform::clock::Instant;

    fn card_at(id: i64, start: i64, length: i64) -> Card {
        Card {
            id: AppointmentId(id),
            patient: PatientId(id),
            name: String::new(),
            vip: false,
            alert: String::new(),
            service: ServiceId(1),
            status: Status::Booked,
            version: 1,
            start,
            length,
            lane: 0,
            lanes: 1,
            starts_at: Instant(0),
            ends_at: Instant(0),
            is_new: false,
            note: String::new(),
            timing: Timing::Fine,
            provider: ProviderId(1),
            grid: 15,
            also: Vec::new(),
        }
    }

    #[test]
    fn overlapping_cards_stand_side_by_side() {
        let mut cards = vec![card_at(1, 0, 6), card_at(2, 3, 6), card_at(3, 6, 3), card_at(4, 20, 3)];
        lanes(&mut cards);
        let got: Vec<_> = cards.iter().map(|c| (c.lane, c.lanes)).collect();
        assert_eq!(got, [(0, 2), (1, 2), (0, 2), (0, 1)]);
    }

    proptest::proptest! {
        #[test]
        fn no_two_cards_of_a_lane_overlap(spans in proptest::collection::vec((0_i64..120, 1_i64..24), 0..30)) {
            let mut cards: Vec<_> = spans.iter().zip(1..).map(|((s, d), id)| card_at(id, *s, *d)).collect();
            lanes(&mut cards);
            for (i, a) in cards.iter().enumerate() {
                proptest::prop_assert!(a.lane < a.lanes);
                for b in cards.iter().skip(i + 1) {
                    proptest::prop_assert!(a.lane != b.lane || a.start + a.length <= b.start || b.start + b.length <= a.start);
                }
            }
        }
    }
}
