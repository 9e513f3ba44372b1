//! Documents: the clinic's journal and leaflets, what belongs to one patient, and what was sent to whom.

mod api;
mod campaign;
mod link;
mod pages;

use chairside::patients::PatientId;
use chairside::platform::db::schema::{messages as m, patients as p};
use chrono::NaiveDate;
use diesel::prelude::*;

use crate::support::{Browser, Clinic, make_patient};

/// What is taken for a PDF.
pub const PDF: &[u8] = b"%PDF-1.4\nnot much of one\n%%EOF";
/// And for another.
pub const OTHER: &[u8] = b"%PDF-1.4\nanother one\n%%EOF";

/// A patient born on 7 March 1985, who prefers email when `mailed`.
pub async fn born(clinic: &Clinic, mobile: &str, mailed: bool) -> PatientId {
    let id = make_patient(clinic, "孙丽", mobile).await;
    let email = mailed.then(|| format!("p{mobile}@patient.example"));
    clinic
        .sql(move |c| {
            diesel::update(p::table.find(id))
                .set((
                    p::birth_date.eq(NaiveDate::from_ymd_opt(1985, 3, 7)),
                    p::channel.eq(if mailed { "email" } else { "sms" }),
                    p::email.eq(email),
                ))
                .execute(c)?;
            Ok(())
        })
        .await;
    id
}

/// Puts a document in by its form; gives its id.
pub async fn put_in(desk: &Browser, at: &str, kind: &str, title: &str) -> i64 {
    let fields = [("kind", kind), ("title", title)];
    let answer = desk.post_files(at, &fields, &[("file_zh", "文件.pdf", PDF)]).await;
    let (status, to) = (answer.status(), answer.headers().get("location").cloned());
    assert_eq!(status, 303, "{}", answer.text().await.unwrap());
    match to.unwrap().to_str().unwrap().strip_prefix("/documents/") {
        Some(id) => id.parse().unwrap(),
        None => 0,
    }
}

/// The id of the latest document.
pub async fn latest(clinic: &Clinic) -> i64 {
    clinic.count("SELECT max(id) AS n FROM documents").await
}

/// The texts that went out for a purpose.
pub async fn bodies(clinic: &Clinic, purpose: &'static str) -> Vec<String> {
    clinic
        .sql(move |c| {
            let sent = m::table.filter(m::purpose.eq(purpose).and(m::state.eq("accepted")));
            let all: Vec<Option<String>> = sent.order(m::id).select(m::body).load(c)?;
            Ok(all.into_iter().flatten().collect())
        })
        .await
}

/// Two minutes later, what was sent by a click goes out.
pub async fn goes_out(clinic: &Clinic) {
    clinic.minutes_pass(2);
    clinic.app.dispatcher().dispatch().await.unwrap();
}

/// The path of the link in a text.
pub fn link_of(clinic: &Clinic, text: &str) -> String {
    let (_, rest) = text.split_once(&clinic.base).expect("a link");
    rest.split_whitespace().next().unwrap().to_owned()
}
