//! Settings: the clinic's data, chairs, providers, hours, leave, services and their rules, holidays, kept time; the API that
//! reads them.

pub mod api;
mod blockouts;
mod calendar;
mod chairs;
mod hours;
mod providers;
mod rules;
mod rules_api;
mod services;
mod site;
mod whole;

use chairside::platform::clock::Instant;
use chairside::platform::db::Conn;
use chairside::platform::error::Result;
use diesel::prelude::*;
use reqwest::Response;

use crate::support::{Browser, Clinic};

/// A planned visit of a new patient with the sample's provider and their chair.
async fn book(clinic: &Clinic, provider: usize, start: &str, minutes: i64) {
    use chairside::platform::db::schema::appointments as a;
    let start = Instant::parse_rfc3339(start).unwrap();
    let end = start.plus_minutes(minutes);
    let who = clinic.sample.providers[provider].clone();
    let (site, service, now) = (clinic.sample.site.id, clinic.sample.services[0].id, clinic.now());
    let chart = format!("T{provider}-{}", start.0);
    let place = (
        a::site_id.eq(site),
        a::provider_id.eq(who.id),
        a::chair_id.eq(who.chair_id),
    );
    let time = (
        a::starts_at.eq(start),
        a::ends_at.eq(end),
        a::busy_from.eq(start),
        a::busy_until.eq(end),
    );
    clinic
        .sql(move |c| {
            let patient = patient(c, &chart, now)?;
            let what = (
                a::patient_id.eq(patient),
                a::service_id.eq(service),
                a::status.eq("booked"),
                a::note.eq(""),
            );
            let row = (
                a::source.eq("desk"),
                a::version.eq(1_i64),
                a::created_at.eq(now),
                a::updated_at.eq(now),
            );
            diesel::insert_into(a::table)
                .values((place, time, what, row))
                .execute(c)?;
            Ok(())
        })
        .await;
}

#[rustfmt::skip]
fn patient(c: &mut Conn, chart: &str, now: Instant) -> Result<i64> {
    use chairside::platform::db::schema::patients as p;
    let row = (
        (p::chart_no.eq(chart), p::name.eq("试"), p::search_name.eq("试"), p::initials.eq("s"), p::sex.eq("unknown")),
        (p::language.eq("zh"), p::channel.eq("sms"), p::marketing.eq(false), p::vip.eq(false), p::needs.eq("")),
        (p::allergies.eq(""), p::history.eq(""), p::occupation.eq(""), p::address.eq(""), p::source.eq(""), p::note.eq("")),
        (p::completeness.eq(0), p::deceased.eq(false), p::version.eq(1_i64), p::created_at.eq(now), p::updated_at.eq(now)),
    );
    Ok(diesel::insert_into(p::table).values(row).returning(p::id).get_result(c)?)
}

/// Follows a save to the page it leads to; it must have been saved.
async fn saved(browser: &Browser, answer: Response, word: &str) -> String {
    let status = answer.status();
    let location = answer.headers().get("location").map(|l| l.to_str().unwrap().to_owned());
    assert_eq!(status, 303, "{}", answer.text().await.unwrap());
    let location = location.unwrap();
    assert!(location.contains(word), "{location}");
    browser.page(location.split('#').next().unwrap()).await
}

async fn text(answer: Response, status: u16) -> String {
    let got = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(got, status, "{text}");
    text
}

const SITE: [(&str, &str); 9] = [
    ("name", "知齿口腔"),
    ("name_en", "Zhichi Dental"),
    ("phone", "0571 1111 2222"),
    ("address", "杭州"),
    ("address_en", "Hangzhou"),
    ("zone", "Asia/Shanghai"),
    ("language", "zh"),
    ("currency", "CNY"),
    ("country", "CN"),
];

fn with<'a>(fields: &[(&'a str, &'a str)], change: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all: Vec<_> = fields
        .iter()
        .filter(|(n, _)| !change.iter().any(|(c, _)| c == n))
        .copied()
        .collect();
    all.extend_from_slice(change);
    all
}

const SERVICE: [(&str, &str); 12] = [
    ("code", "whitening"),
    ("name", "美白"),
    ("name_en", "Whitening"),
    ("minutes", "60"),
    ("buffer_before", "0"),
    ("buffer_after", "10"),
    ("colour", "#3B78DF"),
    ("price", "1280.50"),
    ("recall_months", "12"),
    ("follow_up_days", ""),
    ("follow_up_at", "16:30"),
    ("active", "1"),
];
