//! Who of everybody has which place when a greeting is spread over time.
//!
//! The first 120 ids have a place each; of the next 240 two share a place, of the next 480 four, and so on. A place is thus a
//! few ranges of ids, which the database finds without looking at anybody else, and everybody keeps theirs whoever is added:
//! slices between the lowest and the highest id would move with the highest, past some who have not had their turn. No place
//! has more than about twice the average.

use std::ops::{Range, RangeInclusive};

use crate::patients::PatientId;

/// How many places there are.
pub const PLACES: i64 = 120;

/// In which round an id is: with how many (a power of two) it shares its place there.
fn round_of(id: i64) -> u32 {
    (id.max(0) / PLACES + 1).ilog2()
}

/// The first id of a round.
fn begin_of(round: u32) -> i64 {
    PLACES * ((1 << round) - 1)
}

/// The place of a patient, from 0.
pub fn place_of(id: PatientId) -> i64 {
    let round = round_of(id.0);
    (id.0.max(0) - begin_of(round)) >> round
}

/// The ids that have one of these places, by rounds, as far as there are ids: up to `last`.
pub fn ids_at(places: &RangeInclusive<i64>, last: PatientId) -> Vec<Range<PatientId>> {
    let ids = |round: u32| {
        let id = |place: i64| PatientId(begin_of(round) + (place << round));
        id(*places.start())..id(*places.end() + 1)
    };
    (0..=round_of(last.0)).map(ids).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// However the places are cut, whoever was there is in exactly one of the cuts, whoever is added meanwhile.
        #[test]
        fn everybody_has_one_place(id in 1_i64..5_000_000, more in 0_i64..5_000_000, cut in 0_i64..PLACES - 1) {
            let (id, last) = (PatientId(id), PatientId(id + more));
            let there = |places: RangeInclusive<i64>| ids_at(&places, last).iter().filter(|ids| ids.contains(&id)).count();
            let place = place_of(id);
            proptest::prop_assert!((0..PLACES).contains(&place));
            proptest::prop_assert_eq!(there(place..=place), 1);
            proptest::prop_assert_eq!(there(0..=cut), usize::from(place <= cut));
            proptest::prop_assert_eq!(there(cut + 1..=PLACES - 1), usize::from(place > cut));
        }
    }

    #[test]
    fn no_place_is_crowded() {
        for last in [120, 359, 360, 1_000, 10_000, 77_777] {
            let mut places = [0_i64; 120];
            for id in 1..=last {
                places[usize::try_from(place_of(PatientId(id))).expect("a place")] += 1;
            }
            let most = places.into_iter().max().expect("places");
            assert!(most <= 2 * (last / PLACES) + 1, "{last}: {most}");
        }
    }
}
