//! Why a time is not free, for programs and for people.

use chrono_tz::Tz;

use super::Span;
use crate::platform::i18n::{Lang, Text};

/// Why a start is not free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// Before the earliest allowed start.
    TooEarly,
    /// After the latest allowed start.
    TooLate,
    /// The site is closed that day.
    Closed,
    /// Outside the provider's hours.
    OutsideHours,
    /// The provider is on leave.
    OnLeave,
    /// Outside the hours of this chair.
    ChairShut(Text),
    /// This chair is out of service, from when until when, and why.
    ChairClosed(Span, Text, String),
    /// Kept for other services, under this name.
    Reserved(Span, Text),
    /// The provider has as many of these visits that day as there may be.
    DayFull,
    /// The provider has as many visits that day as they take.
    ProviderFull,
    /// The provider is taken, from and until.
    Taken(Span),
    /// The chair is taken, from and until.
    ChairTaken(Span),
    /// Somebody else is about to book it, or has been offered it.
    Held(Span),
    /// Nobody is free to be the second person.
    NoSecond,
    /// The patient has another visit then.
    PatientElsewhere(Span),
}

impl Blocked {
    /// For programs.
    pub fn code(&self) -> &'static str {
        match self {
            Blocked::TooEarly => "too_early",
            Blocked::TooLate => "too_late",
            Blocked::Closed => "closed",
            Blocked::OutsideHours => "outside_hours",
            Blocked::OnLeave => "on_leave",
            Blocked::ChairShut(_) => "chair_outside_hours",
            Blocked::ChairClosed(..) => "chair_out_of_service",
            Blocked::Reserved(..) => "reserved",
            Blocked::DayFull => "day_full",
            Blocked::ProviderFull => "provider_full",
            Blocked::Taken(_) => "provider_taken",
            Blocked::ChairTaken(_) => "chair_taken",
            Blocked::Held(_) => "held",
            Blocked::NoSecond => "no_second_person",
            Blocked::PatientElsewhere(_) => "patient_elsewhere",
        }
    }
    /// What lies there, if that is what blocks.
    pub fn span(&self) -> Option<Span> {
        match self {
            Blocked::Reserved(s, _)
            | Blocked::ChairClosed(s, ..)
            | Blocked::Taken(s)
            | Blocked::ChairTaken(s)
            | Blocked::Held(s)
            | Blocked::PatientElsewhere(s) => Some(*s),
            _ => None,
        }
    }
    /// Whether somebody was faster: another time will do. All else is a rule.
    pub fn is_taken(&self) -> bool {
        matches!(
            self,
            Blocked::Taken(_)
                | Blocked::ChairTaken(_)
                | Blocked::Held(_)
                | Blocked::NoSecond
                | Blocked::PatientElsewhere(_)
        )
    }
    /// Whether somebody with the permission may book over it: nobody turns back the clock, no patient is in two places, and
    /// what has been promised to somebody is theirs.
    pub fn may_be_overruled(&self) -> bool {
        !matches!(
            self,
            Blocked::TooEarly | Blocked::PatientElsewhere(_) | Blocked::Held(_)
        )
    }
    /// For people.
    pub fn text(&self, zone: Tz) -> Text {
        let times = self.span().map(|s| {
            let (a, b) = (s.from.local(zone), s.until.local(zone));
            format!("{}–{}", a.format("%H:%M"), b.format("%H:%M"))
        });
        let times = times.unwrap_or_default();
        match self {
            Blocked::TooEarly => Text::new("这个时间已经过去", "This time has passed"),
            Blocked::TooLate => Text::new("还不能预约这么远的时间", "This is too far ahead"),
            Blocked::Closed => Text::new("当天休诊", "The clinic is closed that day"),
            Blocked::OutsideHours => Text::new("不在该医生的出诊时间内", "This is outside the provider's hours"),
            Blocked::OnLeave => Text::new("该医生当时请假", "The provider is on leave then"),
            Blocked::ChairShut(name) => Text::new(
                format!("“{}”当时不开放", name.zh),
                format!("“{}” is not open then", name.en),
            ),
            Blocked::ChairClosed(span, name, why) => out_of_service(zone, *span, name, why),
            Blocked::Reserved(_, name) => Text::new(
                format!("该时段留给“{}”（{times}）", name.zh),
                format!("This time is kept for “{}” ({times})", name.en),
            ),
            Blocked::DayFull => Text::new(
                "该医生当天此项目已约满",
                "The provider has no more of these visits that day",
            ),
            Blocked::ProviderFull => Text::new("该医生当天已约满", "The provider takes no more visits that day"),
            Blocked::Taken(_) => Text::new(
                format!("该时段已被占用（{times}）"),
                format!("This time is taken ({times})"),
            ),
            Blocked::ChairTaken(_) => Text::new(
                format!("牙椅当时已被占用（{times}）"),
                format!("The chair is taken then ({times})"),
            ),
            Blocked::Held(_) => Text::new(
                format!("有人正在预约该时段（{times}）"),
                format!("Somebody is booking this time ({times})"),
            ),
            Blocked::NoSecond => Text::new("当时没有配合的人手", "Nobody is free to assist then"),
            Blocked::PatientElsewhere(_) => Text::new(
                format!("患者当时已有预约（{times}）"),
                format!("The patient has another appointment then ({times})"),
            ),
        }
    }
}

/// `“3号椅”停用至 11月25日 周三 12:00（维修）`
fn out_of_service(zone: Tz, span: Span, name: &Text, why: &str) -> Text {
    let (zh, en) = (Lang::Zh.day_time(span.until, zone), Lang::En.day_time(span.until, zone));
    let why = if why.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("（{why}）"), format!(" ({why})"))
    };
    Text::new(
        format!("“{}”停用至 {zh}{}", name.zh, why.0),
        format!("“{}” is out of service until {en}{}", name.en, why.1),
    )
}
