//! The engine by examples; against an oracle in `oracle`.

mod oracle;

use chrono::Datelike;

use super::*;
use crate::clinic::{Session, SiteDays, Week};
use crate::platform::clock::plus_days;
use oracle::slow;

fn rota(sessions: &[(i32, i32, i32)]) -> Rota {
    let mut week = Week::default();
    for (weekday, start, end) in sessions {
        let day = usize::try_from(weekday - 1).ok().and_then(|i| week.0.get_mut(i));
        day.expect("weekday").push(Session {
            start: *start,
            end: *end,
        });
    }
    Rota::weekly(week)
}
fn wish(minutes: i32, before: i32, after: i32) -> Wish {
    Wish {
        before,
        after,
        ..Wish::plain(minutes, 15)
    }
}
fn day(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).expect("date")
}
fn zone(name: &str) -> Tz {
    name.parse().expect("zone")
}
fn clock(zone: Tz, starts: &[Instant]) -> Vec<String> {
    starts
        .iter()
        .map(|s| s.local(zone).format("%H:%M").to_string())
        .collect()
}
fn monday(from: i32, until: i32) -> Span {
    let (z, d) = (zone("Asia/Shanghai"), day(2026, 11, 23));
    Span {
        from: at_minute(z, d, from),
        until: at_minute(z, d, until),
    }
}

#[test]
fn a_45_minute_visit_on_a_15_minute_grid_takes_three_cells() {
    let (z, d) = (zone("Asia/Shanghai"), day(2026, 11, 23));
    let t = Timetable {
        rota: rota(&[(1, 540, 660)]).into(),
        busy: vec![monday(585, 600)],
        ..Timetable::default()
    };
    assert_eq!(
        clock(z, &free_starts(&t, &wish(45, 0, 0), z, d)),
        ["09:00", "10:00", "10:15"]
    );
    assert_eq!(clock(z, &free_starts(&t, &wish(45, 0, 10), z, d)), ["10:00"]);
    let hourly = Wish {
        grid: 60,
        ..wish(45, 0, 0)
    };
    assert_eq!(clock(z, &free_starts(&t, &hourly, z, d)), ["09:00", "10:00"]);
}

#[test]
fn summer_time_days() {
    let z = zone("Europe/Berlin");
    let t = Timetable {
        rota: rota(&[(7, 60, 240)]).into(),
        ..Timetable::default()
    };
    // 29 March 2026: 02:00 to 03:00 does not exist.
    let spring = clock(z, &free_starts(&t, &wish(30, 0, 0), z, day(2026, 3, 29)));
    assert_eq!(spring, ["01:00", "01:15", "01:30", "01:45", "03:00", "03:15", "03:30"]);
    // 25 October 2026: 02:00 to 03:00 comes twice; each time is offered once.
    let autumn = clock(z, &free_starts(&t, &wish(30, 0, 0), z, day(2026, 10, 25)));
    assert_eq!(autumn.len(), 11);
}

/// A day with something of everything that stands against a time.
fn with_obstacles(d: NaiveDate) -> Timetable {
    let site = SiteDays {
        closed: BTreeSet::from([plus_days(d, 7)]),
        ..SiteDays::default()
    };
    Timetable {
        rota: rota(&[(1, 540, 1080)]).at(site.into()).into(),
        leave: vec![monday(690, 720)],
        busy: vec![monday(600, 630)],
        patient_busy: vec![monday(640, 650)],
        chair_busy: vec![monday(720, 750)],
        held: vec![monday(760, 790)],
        reserved: vec![(monday(800, 860), Text::new("手术", "Surgery"))],
        full: BTreeSet::from([plus_days(d, 14)]),
        full_in_all: BTreeSet::from([plus_days(d, 28)]),
        seconds: Vec::new(),
        chair: ChairTime {
            name: Text::new("3号椅", "Chair 3"),
            rota: Some(rota(&[(1, 540, 1020)]).at(SiteDays::default().into()).into()),
            closed: vec![(monday(870, 900), "维修".to_owned())],
        },
    }
}

#[test]
fn it_says_why_not() {
    let (z, d) = (zone("Asia/Shanghai"), day(2026, 11, 23));
    let at = |m| at_minute(z, d, m);
    let t = with_obstacles(d);
    let w = Wish {
        earliest: at(550),
        latest: Some(at(20 * 1440)),
        ..wish(30, 0, 0)
    };
    let why = |start| why_not(&t, &w, z, start);
    assert_eq!(why(at(540)), Some(Blocked::TooEarly));
    assert_eq!(why(at(1100)), Some(Blocked::OutsideHours));
    assert_eq!(why(at(690)), Some(Blocked::OnLeave));
    assert_eq!(why(at(585)), Some(Blocked::Taken(monday(600, 630))));
    assert_eq!(why(at(630)), Some(Blocked::PatientElsewhere(monday(640, 650))));
    assert_eq!(why(at(725)), Some(Blocked::ChairTaken(monday(720, 750))));
    assert_eq!(why(at(765)), Some(Blocked::Held(monday(760, 790))));
    let surgery = Text::new("手术", "Surgery");
    assert_eq!(why(at(840)), Some(Blocked::Reserved(monday(800, 860), surgery)));
    assert_eq!(why(at_minute(z, plus_days(d, 7), 600)), Some(Blocked::Closed));
    assert_eq!(why(at_minute(z, plus_days(d, 14), 600)), Some(Blocked::DayFull));
    let longer = Wish {
        latest: None,
        ..w.clone()
    };
    let in_all = why_not(&t, &longer, z, at_minute(z, plus_days(d, 28), 600));
    assert_eq!(in_all, Some(Blocked::ProviderFull));
    assert_eq!(why(at_minute(z, plus_days(d, 21), 600)), Some(Blocked::TooLate));
    assert_eq!(why(at(1000)), Some(Blocked::ChairShut(Text::new("3号椅", "Chair 3"))));
    let closed = why(at(880)).expect("out of service");
    assert_eq!(
        (closed.code(), closed.span()),
        ("chair_out_of_service", Some(monday(870, 900)))
    );
    let said = closed.text(z);
    assert_eq!(said.en, "“Chair 3” is out of service until Mon 23 Nov 15:00 (维修)");
    assert_eq!(said.zh, "“3号椅”停用至 11月23日 周一 15:00（维修）");
    assert!(!closed.is_taken() && closed.may_be_overruled());
    assert_eq!(why(at(555)), None);
    let helped = Wish {
        second: Some(Parts::default()),
        ..w
    };
    assert_eq!(why_not(&t, &helped, z, at(555)), Some(Blocked::NoSecond));
}

#[test]
fn a_dentist_runs_two_chairs() {
    let (z, d) = (zone("Asia/Shanghai"), day(2026, 11, 23));
    // In the other chair the dentist is needed from 9:10 to 9:20 and from 9:40 to 9:50.
    let t = Timetable {
        rota: rota(&[(1, 540, 600)]).into(),
        busy: vec![monday(550, 560), monday(580, 590)],
        ..Timetable::default()
    };
    let parts = |text: &str| Parts::parse(text).expect("parts");
    let pattern = Wish {
        parts: parts("0-10,30-40"),
        grid: 10,
        ..wish(40, 0, 0)
    };
    assert_eq!(clock(z, &free_starts(&t, &pattern, z, d)), ["09:00", "09:20"]);
    let all_the_time = Wish {
        parts: Parts::default(),
        ..pattern
    };
    assert!(free_starts(&t, &all_the_time, z, d).is_empty());
}

#[test]
fn the_29th_of_february_and_midnight() {
    let z = zone("Asia/Shanghai");
    let d = day(2028, 2, 29);
    let t = Timetable {
        rota: rota(&[(2, 0, 60), (2, 1380, 1440)]).into(),
        ..Timetable::default()
    };
    assert_eq!(d.weekday().number_from_monday(), 2);
    assert_eq!(
        clock(z, &free_starts(&t, &wish(30, 0, 0), z, d)),
        ["00:00", "00:15", "00:30", "23:00", "23:15", "23:30"]
    );
}

#[test]
fn a_chairs_hours_on_the_29th_of_february_and_where_midnight_is_skipped() {
    let around_the_clock = |d: NaiveDate, chair: &[(i32, i32, i32)]| {
        let weekday = i32::try_from(d.weekday().number_from_monday()).expect("weekday");
        let week: Vec<_> = chair.iter().map(|(_, from, until)| (weekday, *from, *until)).collect();
        Timetable {
            rota: rota(&[(weekday, 0, 1440)]).into(),
            chair: ChairTime {
                rota: Some(rota(&week).into()),
                ..ChairTime::default()
            },
            ..Timetable::default()
        }
    };
    let (z, leap) = (zone("Asia/Shanghai"), day(2028, 2, 29));
    let t = around_the_clock(leap, &[(0, 0, 30), (0, 1410, 1440)]);
    assert_eq!(clock(z, &free_starts(&t, &wish(30, 0, 0), z, leap)), ["00:00", "23:30"]);
    // In Beirut the 28th of March 2021 began at 01:00.
    let (z, gap) = (zone("Asia/Beirut"), day(2021, 3, 28));
    assert_eq!(day_bounds(z, gap).0.local(z).format("%H:%M").to_string(), "01:00");
    let t = around_the_clock(gap, &[(0, 0, 90)]);
    assert_eq!(clock(z, &free_starts(&t, &wish(30, 0, 0), z, gap)), ["01:00"]);
    let night = around_the_clock(gap, &[(0, 0, 60)]);
    assert!(
        free_starts(&night, &wish(15, 0, 0), z, gap).is_empty(),
        "its hour is skipped"
    );
    assert_eq!(
        slow(&t, &wish(30, 0, 0), z, gap),
        free_starts(&t, &wish(30, 0, 0), z, gap)
    );
}
