//! Calendars as other programs read them (RFC 5545), and invitations (RFC 5546). The crate `icalendar` writes them; here is
//! what of it we use.

use icalendar::{Attendee, Calendar, Component, EventLike, EventStatus, PartStat, Property};
use lettre::message::Mailbox;

use super::clock::Instant;

/// The media type of a calendar.
pub const CONTENT_TYPE: &str = "text/calendar; charset=utf-8";
/// Longest line, in octets without its end.
const LINE_MAX: usize = 75;
/// What a line that is too long is cut with.
const CUT: &str = "\r\n ";
/// Who writes these.
const PRODUCT: &str = "-//Chairside//Chairside//EN";
/// How often a feed is worth reading.
const REFRESH: chrono::Duration = chrono::Duration::hours(1);

/// What the reader's calendar is to do with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Keep it; nobody else knows of it.
    Publish,
    /// Keep it, or the newer state of it: an invitation.
    Request,
    /// Strike it out.
    Cancel,
}

impl Method {
    /// As it stands in a calendar and in the type of the part of a mail that holds it.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Publish => "PUBLISH",
            Method::Request => "REQUEST",
            Method::Cancel => "CANCEL",
        }
    }
}

/// Something that takes place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Names it for as long as it exists, among all calendars.
    pub uid: String,
    /// Rises with every change.
    pub sequence: i64,
    /// When it last changed.
    pub changed_at: Instant,
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// One line.
    pub summary: String,
    /// More of it; empty: nothing.
    pub description: String,
    /// Where; empty: not told.
    pub location: String,
    /// The page about it.
    pub url: Option<String>,
    /// Whether it does not take place after all.
    pub cancelled: bool,
}

/// A calendar that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// What it asks for; its part of the mail says so, too.
    pub method: Method,
    /// The calendar.
    pub text: String,
}

/// Invites `to`, or tells that it is cancelled. `now` is when it is written; mail programs go by sequence, then by that. No answer is
/// asked for: nobody reads such answers at the sender's address.
pub fn invitation(event: &Event, from: &Mailbox, to: &str, now: Instant) -> Invitation {
    let method = if event.cancelled {
        Method::Cancel
    } else {
        Method::Request
    };
    let mut organizer = Property::new("ORGANIZER", format!("mailto:{}", from.email));
    if let Some(name) = &from.name {
        // No escape stands for a quotation mark here.
        organizer.add_parameter("CN", &clean(name).replace(['"', '\n'], " "));
    }
    let attendee = Attendee::new(format!("mailto:{to}"))
        .partstat(PartStat::Accepted)
        .rsvp(false);
    let mut entry = entry(event, now);
    entry.append_property(organizer).attendee(attendee);
    Invitation {
        method,
        text: calendar(Some(method), None, [entry]),
    }
}

/// Events for whoever opens the file, written at `now`.
pub fn file(events: &[Event], now: Instant) -> String {
    calendar(Some(Method::Publish), None, events.iter().map(|e| entry(e, now)))
}

/// A calendar of this name to subscribe to. It depends on its events alone: nothing of it changes while they do not.
pub fn feed(name: &str, events: &[Event]) -> String {
    calendar(None, Some(name), events.iter().map(|e| entry(e, e.changed_at)))
}

fn calendar(method: Option<Method>, name: Option<&str>, entries: impl IntoIterator<Item = icalendar::Event>) -> String {
    let mut calendar = Calendar::empty();
    for (key, value) in [("VERSION", "2.0"), ("PRODID", PRODUCT), ("CALSCALE", "GREGORIAN")] {
        calendar.append_property(Property::new(key, value));
    }
    if let Some(method) = method {
        calendar.append_property(Property::new("METHOD", method.as_str()));
    }
    if let Some(name) = name {
        calendar.append_property(Property::new("X-WR-CALNAME", clean(name)));
        calendar.ttl(&REFRESH);
    }
    calendar.extend(entries);
    fold(&calendar.to_string())
}

fn entry(event: &Event, written_at: Instant) -> icalendar::Event {
    let mut entry = icalendar::Event::new();
    entry
        .uid(&event.uid)
        .sequence(u32::try_from(event.sequence).unwrap_or(u32::MAX))
        .timestamp(written_at.utc())
        .last_modified(event.changed_at.utc())
        .starts(event.starts_at.utc())
        .ends(event.ends_at.utc())
        .summary(&clean(&event.summary))
        .add_property("TRANSP", if event.cancelled { "TRANSPARENT" } else { "OPAQUE" });
    for (key, text) in [("DESCRIPTION", &event.description), ("LOCATION", &event.location)] {
        if !text.is_empty() {
            entry.add_property(key, clean(text));
        }
    }
    if let Some(url) = &event.url {
        entry.url(url);
    }
    entry.status(if event.cancelled {
        EventStatus::Cancelled
    } else {
        EventStatus::Confirmed
    });
    entry.done()
}

/// Without what no calendar may hold: control characters other than the end of a line.
fn clean(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

/// Cuts lines anew, between characters. The crate's own last piece of a line can be an octet too long.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for line in text.replace(CUT, "").split_terminator("\r\n") {
        let (mut rest, mut room) = (line, LINE_MAX);
        while rest.len() > room {
            let (piece, more) = rest.split_at(rest.floor_char_boundary(room));
            folded.push_str(piece);
            folded.push_str(CUT);
            (rest, room) = (more, LINE_MAX - 1);
        }
        folded.push_str(rest);
        folded.push_str("\r\n");
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(summary: &str) -> Event {
        Event {
            uid: "0123456789abcdef".into(),
            sequence: 3,
            changed_at: Instant(1_795_000_000_000),
            starts_at: Instant(1_795_050_000_000),
            ends_at: Instant(1_795_051_800_000),
            summary: summary.into(),
            description: String::new(),
            location: String::new(),
            url: Some("https://clinic.example/v/AAAA".into()),
            cancelled: false,
        }
    }

    /// The rules of RFC 5545, 3.1, and what an independent reader finds.
    fn read(text: &str) -> Calendar {
        assert!(text.ends_with("END:VCALENDAR\r\n"));
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "{text:?}");
        for line in text.split("\r\n") {
            assert!(line.len() <= LINE_MAX, "{} octets: {line}", line.len());
        }
        text.parse().expect("a calendar")
    }

    #[test]
    fn chinese_with_commas_semicolons_and_lines_comes_back_whole() {
        let said = "请带好既往病历，含X光片; 路径：C:\\影像, 到院后先到前台；\n如需改期，请致电我们。谢谢！".repeat(3);
        let text = file(&[event(&said)], Instant(1_795_000_001_000));
        let calendar = read(&text);
        let entry = calendar.events().next().expect("an event");
        assert_eq!(entry.get_summary(), Some(said.as_str()));
        let unfolded = text.replace(CUT, "");
        assert!(
            unfolded.contains("SUMMARY:请带好既往病历，含X光片\\; 路径：C:\\\\影像\\, 到院后先到前台；\\n如需改期")
        );
        for line in [
            "METHOD:PUBLISH",
            "UID:0123456789abcdef",
            "SEQUENCE:3",
            "DTSTAMP:20261118T110641Z",
            "LAST-MODIFIED:20261118T110640Z",
            "DTSTART:20261119T010000Z",
            "DTEND:20261119T013000Z",
            "STATUS:CONFIRMED",
            "TRANSP:OPAQUE",
            "URL:https://clinic.example/v/AAAA",
        ] {
            assert!(unfolded.lines().any(|l| l == line), "{line} in {unfolded}");
        }
    }

    #[test]
    fn a_name_opens_no_second_property() {
        let from: Mailbox = "\"知齿, \\\"诊\\\";所\" <desk@clinic.example>"
            .parse()
            .expect("a mailbox");
        let cancelled = Event {
            cancelled: true,
            ..event("x\r\nATTENDEE:mailto:evil@example.com")
        };
        let made = invitation(&cancelled, &from, "zhang@clinic.example", Instant(1_795_000_001_000));
        assert_eq!(made.method, Method::Cancel);
        read(&made.text);
        let unfolded = made.text.replace(CUT, "");
        for line in [
            "METHOD:CANCEL",
            "STATUS:CANCELLED",
            "ORGANIZER;CN=\"知齿,  诊 ;所\":mailto:desk@clinic.example",
            "ATTENDEE;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:zhang@clinic.example",
            "SUMMARY:x\\nATTENDEE:mailto:evil@example.com",
        ] {
            assert!(unfolded.lines().any(|l| l == line), "{line} in {unfolded}");
        }
        assert!(!unfolded.lines().any(|l| l.starts_with("ATTENDEE:mailto:evil")));
    }

    proptest! {
        #[test]
        fn any_text_comes_back_and_no_line_is_too_long(said in "[^\\x00-\\x1f\\x7f-\\x9f]{1,300}") {
            let text = feed(&said, &[event(&said)]);
            let calendar = read(&text);
            prop_assert_eq!(calendar.events().next().and_then(|e| e.get_summary()), Some(said.as_str()));
            prop_assert_eq!(calendar.property_value("X-WR-CALNAME"), Some(said.as_str()));
        }
    }
}
