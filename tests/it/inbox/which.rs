//! Answers by numbers, where several visits were asked about.

use chairside::appointments::Status::{Booked, Cancelled, Confirmed};

use super::{MOTHER, answers, booked, read_as, status, writes};
use crate::both;
use crate::support::Clinic;

async fn three(clinic: &Clinic) -> [chairside::appointments::Appointment; 3] {
    [
        booked(clinic, "李明", MOTHER, "2026-11-25T09:00:00+08:00").await,
        booked(clinic, "李娜", MOTHER, "2026-11-25T10:00:00+08:00").await,
        booked(clinic, "李刚", MOTHER, "2026-11-25T11:00:00+08:00").await,
    ]
}

both!(the_number_alone_goes_with_the_wish_said_before, |clinic| {
    let [one, two, three] = three(&clinic).await;
    writes(&clinic, MOTHER, "取消").await;
    assert_eq!(
        (read_as(&clinic).await.as_str(), answers(&clinic).await.len()),
        ("which", 1)
    );
    writes(&clinic, MOTHER, "１、3").await;
    assert_eq!(status(&clinic, &one).await, Cancelled);
    assert_eq!(status(&clinic, &two).await, Booked);
    assert_eq!(status(&clinic, &three).await, Cancelled);
    // The question has been answered: a number is a wish again.
    writes(&clinic, MOTHER, "1").await;
    assert_eq!(status(&clinic, &two).await, Confirmed);
});

both!(both_is_an_answer_and_so_is_a_wish_said_anew, |clinic| {
    let [one, two, three] = three(&clinic).await;
    writes(&clinic, MOTHER, "ok").await;
    assert_eq!(read_as(&clinic).await, "which");
    answers(&clinic).await;
    writes(&clinic, MOTHER, "3取消").await;
    assert_eq!(status(&clinic, &three).await, Cancelled);
    writes(&clinic, MOTHER, "ok").await;
    answers(&clinic).await;
    writes(&clinic, MOTHER, "都").await;
    for visit in [&one, &two] {
        assert_eq!(status(&clinic, visit).await, Confirmed);
    }
});

both!(
    a_digit_may_have_been_a_number_so_nothing_is_taken_away_by_two,
    |clinic| {
        let [one, two, three] = three(&clinic).await;
        writes(&clinic, MOTHER, "2").await;
        assert_eq!(
            (read_as(&clinic).await.as_str(), answers(&clinic).await.len()),
            ("which", 1)
        );
        writes(&clinic, MOTHER, "2").await;
        assert_eq!(read_as(&clinic).await, "words", "somebody has to read it");
        for visit in [&one, &two, &three] {
            assert_eq!(status(&clinic, visit).await, Booked);
        }
        writes(&clinic, MOTHER, "1").await;
        assert_eq!(read_as(&clinic).await, "which");
        answers(&clinic).await;
        writes(&clinic, MOTHER, "2").await;
        assert_eq!(status(&clinic, &two).await, Confirmed);
        writes(&clinic, MOTHER, "9").await;
        assert_eq!(read_as(&clinic).await, "words");
    }
);

both!(a_digit_to_nobodys_question_is_no_wish, |clinic| {
    for digit in ["1", "4"] {
        writes(&clinic, MOTHER, digit).await;
        assert_eq!(read_as(&clinic).await, "words");
    }
    assert!(answers(&clinic).await.is_empty());
});
