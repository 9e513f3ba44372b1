//! Visits in calendars outside: invitations by email, the patient's file, a provider's feed. What we write is read here by a
//! parser, and mails by Python's own.

mod feed;
mod file;
mod invitations;

use icalendar::{Calendar, Component, Event};
use serde_json::{Value, json};

use crate::support::{Browser, Clinic};

/// A calendar by the rules of RFC 5545, 3.1: whole lines of 75 octets at most, ended by CRLF.
fn calendar(text: &str) -> Calendar {
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"));
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    text.parse().unwrap()
}
fn only(calendar: &Calendar) -> &Event {
    assert_eq!(calendar.events().count(), 1);
    calendar.events().next().unwrap()
}
fn value<'e>(event: &'e Event, key: &str) -> &'e str {
    event.property_value(key).unwrap_or_default()
}

async fn book(api: &Browser, clinic: &Clinic, who: i64, provider: usize, at: &str) -> Value {
    let service = clinic.sample.services.iter().find(|s| s.code == "check-up").unwrap();
    let body = json!({ "patient_id": who, "service_id": service.id, "provider_id": clinic.sample.providers[provider].id,
        "starts_at": at, "notify": true });
    let (status, booked) = api.post_json("/api/v1/appointments", &body).await;
    assert_eq!(status, 201, "{booked}");
    booked
}
async fn step(api: &Browser, visit: &Value, action: &str, mut body: Value) -> Value {
    body["version"] = visit["version"].clone();
    let path = format!("/api/v1/appointments/{}/{action}", visit["id"]);
    let (status, done) = api.post_json(&path, &body).await;
    assert_eq!(status, 200, "{done}");
    done
}
