//! Weekly hours as people write them.

use unicode_normalization::UnicodeNormalization;

use super::{Hours, Leave};
use crate::platform::clock::Instant;
use crate::platform::i18n::Text;

/// Minutes of a day.
const DAY_MINUTES: i32 = 1440;
/// Most sessions in one day.
const SESSIONS_MAX: usize = 6;

/// One session of a day: minutes of the day, `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Session {
    /// Minute it begins.
    pub start: i32,
    /// Minute it ends (at most 1440).
    pub end: i32,
}

/// The sessions of a provider or a chair from Monday to Sunday, each day in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Week(pub [Vec<Session>; 7]);

/// Monday to Sunday, as the audit writes them.
pub const WEEKDAY_CODES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Reads a day such as `08:45-12:00, 13:30-18:00`; empty is a day off. Whole hours may go without minutes (`8-12`), a blank may
/// stand for a comma; full-width signs and digits, 至, 到, 点 and 半 are understood.
///
/// # Errors
/// What is wrong with it, for the field: unreadable, ends before it begins, out of order, or overlapping.
pub fn parse_day(text: &str) -> Result<Vec<Session>, Text> {
    let mut sessions: Vec<Session> = Vec::new();
    for part in parts(text) {
        let session = parse_session(&part).ok_or_else(|| {
            Text::new(
                format!("看不懂“{part}”，请写成 08:45-12:00, 13:30-18:00"),
                format!("Cannot read \"{part}\"; write it like 08:45-12:00, 13:30-18:00"),
            )
        })?;
        if session.start >= session.end {
            return Err(ends_before(&part, session));
        }
        if let Some(before) = sessions.last() {
            if session.start < before.start {
                return Err(Text::new(
                    "各时段请按时间先后填写",
                    "Write the sessions in order of time",
                ));
            }
            if session.start < before.end {
                return Err(Text::new(
                    format!("“{part}”与前一时段重叠"),
                    format!("\"{part}\" overlaps the session before it"),
                ));
            }
        }
        sessions.push(session);
    }
    if sessions.len() > SESSIONS_MAX {
        return Err(Text::new("每天最多 6 个时段", "At most 6 sessions a day"));
    }
    Ok(sessions)
}

/// A session that ends before it begins may be one over midnight: a day's sessions end with the day, so it is two.
fn ends_before(part: &str, session: Session) -> Text {
    let (mut zh, mut en) = (
        format!("“{part}”的结束时间必须晚于开始时间"),
        format!("\"{part}\" must end later than it begins"),
    );
    if session.end < session.start && session.start < DAY_MINUTES {
        let (start, end) = (show_minute(session.start), show_minute(session.end));
        zh += "。跨过午夜的班次请分两天填写：这一天写 ";
        zh += &format!("{start}-24:00");
        en += &format!(". Write a shift over midnight on both days: {start}-24:00 on this one");
        if session.end > 0 {
            zh += &format!("，第二天写 00:00-{end}");
            en += &format!(", 00:00-{end} on the next");
        }
    }
    Text::new(zh, en)
}

/// The sessions of a day, each as `from-to`.
fn parts(text: &str) -> Vec<String> {
    let narrow: String = text
        .nfkc()
        .map(|c| match c {
            '–' | '—' | '−' | '~' | '至' | '到' => '-',
            ',' | '、' | ';' | '/' | '\n' | '\r' => ',',
            other => other,
        })
        .collect();
    let mut joined = String::new();
    for word in narrow.split_whitespace() {
        // A blank parts two sessions, unless a dash or comma stands beside it.
        let glued = joined.is_empty() || joined.ends_with(['-', ',']) || word.starts_with(['-', ',']);
        if !glued {
            joined.push(',');
        }
        joined.push_str(word);
    }
    joined.split(',').filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

fn parse_session(part: &str) -> Option<Session> {
    let (from, to) = part.split_once('-')?;
    Some(Session {
        start: parse_minute(from)?,
        end: parse_minute(to)?,
    })
}

/// `8:45`, `08:45`, `0845`, `8`, `8点半` as minute of the day; 24:00 is 1440.
pub fn parse_minute(text: &str) -> Option<i32> {
    let text: String = text.trim().nfkc().collect();
    let (hour, minute) = match text.split_once([':', '点', '时']) {
        Some((hour, "半")) => (hour, "30"),
        Some((hour, "")) if !text.ends_with(':') => (hour, "00"),
        Some((hour, minute)) => (hour, minute.strip_suffix('分').unwrap_or(minute)),
        None if text.is_ascii() && text.len() > 2 => text.split_at(text.len() - 2),
        None => (text.as_str(), "00"),
    };
    let number = |t: &str| -> Option<i32> {
        let well = (1..=2).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
        well.then(|| t.parse().ok())?
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY_MINUTES).then_some(total)
}

/// `08:45`
pub fn show_minute(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// `08:45-12:00, 13:30-18:00`
pub fn show_day(sessions: &[Session]) -> String {
    let shown: Vec<String> = sessions
        .iter()
        .map(|s| format!("{}-{}", show_minute(s.start), show_minute(s.end)))
        .collect();
    shown.join(", ")
}

impl Week {
    /// The week that these sessions make.
    pub fn of<'a>(hours: impl IntoIterator<Item = &'a Hours>) -> Week {
        let mut week = Week::default();
        for h in hours {
            let day = usize::try_from(h.weekday - 1).ok().and_then(|i| week.0.get_mut(i));
            if let Some(day) = day {
                day.push(Session {
                    start: h.start_minute,
                    end: h.end_minute,
                });
                day.sort();
            }
        }
        week
    }
    /// The sessions of a weekday, 1 = Monday … 7 = Sunday.
    pub fn of_weekday(&self, weekday: i32) -> &[Session] {
        let day = usize::try_from(weekday - 1).ok().and_then(|i| self.0.get(i));
        day.map_or(&[], Vec::as_slice)
    }
    /// What the audit says of it.
    pub fn show(&self) -> String {
        let days: Vec<String> = WEEKDAY_CODES
            .iter()
            .zip(&self.0)
            .filter(|(_, sessions)| !sessions.is_empty())
            .map(|(name, sessions)| format!("{name} {}", show_day(sessions)))
            .collect();
        days.join(" | ")
    }
}

impl Leave {
    /// Whether it takes any of `[from, until)`.
    pub fn touches(&self, from: Instant, until: Instant) -> bool {
        self.starts_at < until && from < self.ends_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Vec<Session> {
        parse_day(text).expect(text)
    }

    #[test]
    fn a_day_is_read_as_people_write_it() {
        let usual = [Session { start: 525, end: 720 }, Session { start: 810, end: 1080 }];
        for text in [
            "08:45-12:00, 13:30-18:00",
            " 8:45 – 12:00，13：30至18:00 ",
            "0845-1200;1330-1800",
            "08:45-12:00, 13:30-18:00,",
        ] {
            assert_eq!(day(text), usual, "{text}");
        }
        let whole = [Session { start: 480, end: 720 }, Session { start: 810, end: 1080 }];
        for text in [
            "8-12, 13:30-18",
            "8:00～12:00，13:30～18:00",
            "８：００－１２：００、１３：３０－１８：００",
            "8-12 13:30 - 18",
            "8点到12点，13点半到18点",
            "8:00-12:00\n1330-1800",
        ] {
            assert_eq!(day(text), whole, "{text}");
        }
        assert!(day("").is_empty() && day(" ， ").is_empty());
        assert_eq!(day("00:00-24:00"), [Session { start: 0, end: 1440 }]);
        assert_eq!(day("9:00-12:00,12:00-13:00").len(), 2);
    }
    #[test]
    fn what_is_wrong_with_a_day_is_said() {
        for (text, why) in [
            ("morning", "Cannot read"),
            ("9:-12", "Cannot read"),
            ("9-12-15", "Cannot read"),
            ("08:60-12:00", "Cannot read"),
            ("08:00-24:01", "Cannot read"),
            ("+8:00-12:00", "Cannot read"),
            ("12:00-08:00", "must end later"),
            (
                "22:00-02:00",
                "over midnight on both days: 22:00-24:00 on this one, 00:00-02:00 on the next",
            ),
            ("22-0", "22:00-24:00 on this one"),
            ("09:00-09:00", "must end later"),
            ("13:00-18:00, 08:00-12:00", "in order"),
            ("08:00-12:00, 11:59-18:00", "overlaps"),
        ] {
            let fault = parse_day(text).expect_err(text);
            assert!(fault.en.contains(why), "{text}: {}", fault.en);
        }
    }
    proptest::proptest! {
        #[test]
        fn what_is_shown_reads_back(cuts in proptest::collection::btree_set(0_i32..=1440, 0..6)) {
            let cuts: Vec<i32> = cuts.into_iter().collect();
            let sessions: Vec<Session> = cuts.chunks_exact(2).map(|c| Session { start: c[0], end: c[1] }).collect();
            proptest::prop_assert_eq!(parse_day(&show_day(&sessions)).expect("reads"), sessions);
        }
    }
}
