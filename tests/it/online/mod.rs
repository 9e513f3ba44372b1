//! Patients book by themselves, without a login: by complaint or service; new ones show that their number is theirs; known
//! ones come by their link; notice, horizon and limits hold.

mod families;
mod known;
mod limits;
mod listing;
mod settings;
mod strangers;

use chairside::appointments::Appointment;
use chairside::platform::clock::Instant;
use chairside::platform::db::schema::{appointments as a, messages as m};
use diesel::prelude::*;
use reqwest::Response;

use crate::support::{Browser, Clinic};

/// `/book?s=…` of a service.
fn service(clinic: &Clinic, code: &str) -> i64 {
    clinic.sample.services.iter().find(|s| s.code == code).unwrap().id.0
}

/// The times that a page links to, in order.
fn times(page: &str) -> Vec<Instant> {
    let mut found: Vec<Instant> = Vec::new();
    for part in page.split("t=").skip(1) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        if digits.len() == 13 {
            found.push(Instant(digits.parse().unwrap()));
        }
    }
    found
}

/// What a stranger types.
fn typed<'a>(name: &'a str, address: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("name", name), ("address", address), ("agree", "1")]
}

/// Asks for the first free time of a service from a page, as who types `fields`.
async fn ask(clinic: &Clinic, browser: &Browser, code: &str, fields: &[(&str, &str)]) -> (Instant, Response) {
    let s = service(clinic, code).to_string();
    let page = browser.page(&format!("/book?s={s}")).await;
    let at = *times(&page).first().expect("a free time");
    let t = at.0.to_string();
    let mut form = vec![("s", s.as_str()), ("t", t.as_str())];
    form.extend(fields);
    (at, browser.post_form("/book", &form).await)
}

/// The latest message that proves a number, once it has been sent: address and link.
async fn proof(clinic: &Clinic) -> (String, String) {
    clinic.app.dispatcher().dispatch().await.unwrap();
    let (to, body): (Option<String>, Option<String>) = clinic
        .sql(|c| {
            Ok(m::table
                .filter(m::subject.eq("booking-request"))
                .order(m::id.desc())
                .select((m::recipient, m::body))
                .first(c)?)
        })
        .await;
    let body = body.expect("sent");
    let link = body
        .split("/b/")
        .nth(1)
        .expect("a link")
        .chars()
        .take(40)
        .collect::<String>();
    (to.unwrap(), format!("/b/{link}"))
}

/// The visits that patients booked.
async fn booked(clinic: &Clinic) -> Vec<Appointment> {
    clinic
        .sql(|c| Ok(a::table.filter(a::source.eq("online")).order(a::id).load(c)?))
        .await
}

fn location(answer: &Response) -> String {
    answer.headers()["location"].to_str().unwrap().to_owned()
}

/// As a page says it in Chinese.
fn day_time(at: Instant) -> String {
    chairside::platform::i18n::Lang::Zh.day_time(at, chrono_tz::Asia::Shanghai)
}
