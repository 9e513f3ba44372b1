//! What is offered first, and why.

use super::super::together::Filter;
use super::*;

#[test]
fn spread_times_give_a_choice_of_half_days() {
    let at = |day: i64, h: i64| Instant((day * 24 + h) * 3_600_000);
    let free: Vec<_> = (0..3).flat_map(|d| (9..17).map(move |h| at(d, h))).collect();
    let got = spread(&free, Tz::UTC, 6);
    let first_of_each: Vec<_> = (0..3).flat_map(|d| [at(d, 9), at(d, 12)]).collect();
    assert_eq!(got, first_of_each);
    assert_eq!(spread(&free, Tz::UTC, 8), {
        let mut more = first_of_each;
        more.extend([at(0, 10), at(0, 13)]);
        more.sort();
        more
    });
    assert_eq!(spread(&free[..2], Tz::UTC, 6), free[..2]);
}

fn at(hour: i64) -> Instant {
    Instant(hour * 3_600_000)
}

/// Every hour from the eighth on, with two providers in turn.
fn hourly() -> Vec<Free> {
    let free = |h| Free {
        start: at(h),
        provider: ProviderId(1 + h % 2),
        chair: ChairId(1),
    };
    (8..60).map(free).collect()
}

#[test]
fn the_first_offer_is_the_soonest_and_all_differ() {
    let z = Tz::UTC;
    let free = hourly();
    let habit = |provider, half| Habit {
        provider,
        half,
        said: None,
    };
    let got = offers(&free, habit(Some(ProviderId(2)), None), |_| false, z);
    assert_eq!(got.len(), 3);
    assert_eq!(got[0].start, at(8));
    assert_eq!(got[1].why, Why::Usual);
    assert!(got[0].start != got[1].start && got[1].start != got[2].start && got[0].start != got[2].start);
    assert!(offers(&[], Habit::default(), |_| false, z).is_empty());
    // Who mostly comes in the afternoon is offered one; the soonest stays what it is.
    let got = offers(&free, habit(None, Some(Half::Afternoon)), |_| true, z);
    assert_eq!((got[0].start, got[0].why), (at(8), Why::Soonest));
    assert_eq!((got[1].start, got[1].why), (at(12), Why::UsualTime));
    let got = offers(&free, habit(Some(ProviderId(2)), Some(Half::Afternoon)), |_| false, z);
    assert_eq!(
        (got[1].start, got[1].why),
        (at(13), Why::Usual),
        "the usual provider, in the afternoon"
    );
}

#[test]
fn what_was_said_comes_before_what_is_usual_and_one_offer_leaves_no_useless_gap() {
    let z = Tz::UTC;
    let free = hourly();
    let used = Habit {
        provider: Some(ProviderId(2)),
        half: Some(Half::Morning),
        said: None,
    };
    // 1970-01-02 is a Friday: on Fridays from 14 on, over by 16.
    let said = Filter {
        weekdays: [false, false, false, false, true, false, false],
        from: Some(14 * 60),
        until: Some(16 * 60),
    };
    let habit = used.preferring(None, said, 60);
    let got = offers(&free, habit, |f| f.start == at(51), z);
    let shown: Vec<_> = got.iter().map(|o| (o.start, o.why)).collect();
    assert_eq!(
        shown,
        [
            (at(8), Why::Soonest),
            (at(38), Why::Preferred),
            (at(51), Why::ClosesGap)
        ]
    );
    assert!(!habit.comes_at(at(40), z), "over by 16 it would not be");
    // With whom, too; the soonest may be it.
    let habit = used.preferring(Some(ProviderId(1)), said, 60);
    assert_eq!(offers(&free, habit, |_| true, z)[1].start, at(38));
    let habit = used.preferring(Some(ProviderId(1)), Filter::default(), 60);
    assert_eq!(offers(&free, habit, |_| true, z)[0].why, Why::SoonestPreferred);
    assert_eq!(habit.half, Some(Half::Morning), "what was not said is as usual");
}

#[test]
fn a_gap_is_closed_only_if_nothing_useless_is_left() {
    let span = |from: i64, until: i64| Span {
        from: Instant(from * 60_000),
        until: Instant(until * 60_000),
    };
    let wish = Wish::plain(30, 5);
    assert_eq!(useless_rest(span(0, 40), &wish, Instant(0)), 10);
    assert_eq!(useless_rest(span(0, 45), &wish, Instant(0)), 0);
    assert_eq!(useless_rest(span(0, 45), &wish, Instant(10 * 60_000)), 15);
}
