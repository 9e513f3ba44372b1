//! Letters: what patients answer by email is read like a text, where it is certain who wrote it; else somebody decides.

use chairside::appointments::{Appointment, Status};
use chairside::platform::db::schema::{appointments as a, inbound_texts as t, messages as m};
use chairside::platform::mail::tag;
use diesel::prelude::*;

use super::bounces::{BY_EMAIL, taken, with_mailbox};
use super::patient;
use crate::both;
use crate::support::{Clinic, book_cleaning};

/// Booked and confirmed by email; the visit, and the name of that mail.
async fn booked(clinic: &Clinic) -> (Appointment, String) {
    let who = patient(clinic, BY_EMAIL).await;
    let visit = book_cleaning(clinic, who, "2026-11-25T09:00:00+08:00", true).await;
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    let who = visit.patient_id;
    let id: i64 = clinic
        .sql(move |c| Ok(m::table.filter(m::patient_id.eq(who)).select(m::id).first(c)?))
        .await;
    (visit, tag::make(&clinic.app.keys, id))
}

fn letter(from: &str, answers: &str, id: &str, text: &str) -> String {
    format!(
        "From: Zhang Wei <{from}>\nTo: desk@clinic.example\nSubject: Re: visit\nMessage-ID: <{id}@x.example>\n\
         In-Reply-To: <m{answers}@clinic.example>\nContent-Type: text/plain; charset=utf-8\n\n{text}\n\n\
         On Mon, 23 Nov 2026 at 10:45, Clinic <desk@clinic.example> wrote:\n> cancel\n"
    )
}

async fn status(clinic: &Clinic, visit: &Appointment) -> Status {
    let id = visit.id;
    clinic
        .sql(move |c| Ok(a::table.find(id).select(a::status).first(c)?))
        .await
}

/// What the last letter was read as, and its words.
async fn last(clinic: &Clinic) -> (String, String) {
    clinic
        .sql(|c| Ok(t::table.order(t::id.desc()).select((t::reading, t::body)).first(c)?))
        .await
}

/// The mails that went out by themselves: template, address.
async fn answers(clinic: &Clinic) -> Vec<(String, String)> {
    clinic.app.dispatcher().dispatch().await.unwrap();
    clinic
        .sql(|c| {
            let sent = m::table
                .filter(m::template.like("%answer%").and(m::channel.eq("email")))
                .filter(m::state.eq("accepted"))
                .order(m::id);
            Ok(sent.select((m::template, m::recipient.assume_not_null())).load(c)?)
        })
        .await
}

both!(an_answer_by_email_is_done_once, |clinic| {
    let clinic = with_mailbox(&clinic);
    let (visit, name) = booked(&clinic).await;
    // However the mail program writes the address.
    let yes = letter("Zhang@Clinic.Example", &name, "1", "确认，谢谢！");
    assert_eq!(taken(&clinic, yes.clone()).await, "letter");
    assert_eq!(status(&clinic, &visit).await, Status::Confirmed);
    assert_eq!(last(&clinic).await, ("confirm".into(), "确认，谢谢！".into()));
    assert_eq!(taken(&clinic, yes).await, "ignored: known already");
    let confirmed = ("answer-confirmed".to_owned(), "zhang@clinic.example".to_owned());
    assert_eq!(answers(&clinic).await, std::slice::from_ref(&confirmed));
    let no = letter("zhang@clinic.example", &name, "2", "Cancel please");
    assert_eq!(taken(&clinic, no).await, "letter");
    assert_eq!(status(&clinic, &visit).await, Status::Cancelled);
    assert_eq!(answers(&clinic).await.len(), 2);
    let desk = clinic.signed_in("desk").await;
    let record = desk.page(&format!("/patients/{}?lang=zh", visit.patient_id)).await;
    assert!(record.contains("来信：Cancel please"), "{record}");
});

both!(nobody_cancels_by_a_letter_that_anybody_could_have_written, |clinic| {
    let clinic = with_mailbox(&clinic);
    let (visit, name) = booked(&clinic).await;
    let forged = format!("1{name}");
    for (from, answers, id) in [
        ("zhang@clinic.example", forged.as_str(), "1"),
        ("somebody@x.example", name.as_str(), "2"),
    ] {
        let said = taken(&clinic, letter(from, answers, id, "取消")).await;
        assert_eq!(said, "letter", "{from}");
        assert_eq!(status(&clinic, &visit).await, Status::Booked, "{from}");
        let (read_as, words) = last(&clinic).await;
        assert!(read_as == "words" && words.contains("取消"), "{words}");
    }
    let stop = letter("zhang@clinic.example", &forged, "3", "退订");
    assert_eq!(taken(&clinic, stop).await, "letter");
    assert_eq!(clinic.count("SELECT count(*) AS n FROM opt_outs").await, 0);
    assert!(answers(&clinic).await.is_empty());
    // Somebody at the desk sees them, and answers by email.
    let desk = clinic.signed_in("desk").await;
    let inbox = desk.page("/inbox?lang=en").await;
    assert!(
        inbox.contains("zhang@clinic.example") && inbox.contains("somebody@x.example"),
        "{inbox}"
    );
    let id = clinic
        .count("SELECT id AS n FROM conversations WHERE address = 'somebody@x.example'")
        .await;
    let talk = desk.page(&format!("/inbox/{id}?lang=en")).await;
    assert!(
        talk.contains("No patient has this address") && talk.contains("/patients/new?email=somebody%40x.example"),
        "{talk}"
    );
    let version = clinic
        .count("SELECT version AS n FROM conversations WHERE address = 'somebody@x.example'")
        .await
        .to_string();
    let answer = [("version", version.as_str()), ("text", "Who are you?")];
    assert_eq!(
        desk.post_form(&format!("/inbox/{id}/answer"), &answer).await.status(),
        303
    );
    let talk = desk.page(&format!("/inbox/{id}?lang=en")).await;
    assert!(talk.contains("Who are you?"), "shown before it is sent: {talk}");
    clinic.minutes_pass(2);
    let sent = [("desk-answer".to_owned(), "somebody@x.example".to_owned())];
    assert_eq!(answers(&clinic).await, sent);
});

both!(no_more_mail_is_said_in_a_letter, |clinic| {
    let clinic = with_mailbox(&clinic);
    let (_, name) = booked(&clinic).await;
    let stop = letter("zhang@clinic.example", &name, "1", "STOP");
    assert_eq!(taken(&clinic, stop).await, "letter");
    let noted = "SELECT count(*) AS n FROM opt_outs WHERE channel = 'email' AND address = 'zhang@clinic.example'";
    assert!(clinic.count(noted).await > 0);
    let start = letter("zhang@clinic.example", &name, "2", "START");
    assert_eq!(taken(&clinic, start).await, "letter");
    assert_eq!(clinic.count(noted).await, 0);
});
