//! Recalls: made by visits, sent by rule, worked as a list.

use chairside::appointments;
use chairside::outreach::{self, Recalls};
use chairside::patients::PatientId;
use chairside::platform::db::schema::{messages as m, patients as p, visits as v};
use chairside::records::VisitObserver;
use chairside::staff::{Actor, Role};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{book, dispatch, due, plan_at, rows, visit};
use crate::both;
use crate::support::{Clinic, make_patient};

both!(finished_visits_make_recalls_and_undo_takes_them_back, |clinic| {
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let first = visit(&clinic, who, "cleaning", "2026-08-31").await;
    let now = clinic.now();
    let told = first.clone();
    clinic.sql(move |c| Recalls.finished(c, now, &told)).await;
    let of = |day: &str| vec![(who.0, day.to_owned(), "due".to_owned())];
    assert_eq!(due(&clinic).await, of("2027-02-28"));
    let second = visit(&clinic, who, "cleaning", "2026-11-23").await;
    let told = second.clone();
    clinic.sql(move |c| Recalls.finished(c, now, &told)).await;
    assert_eq!(due(&clinic).await, of("2027-05-23"));
    let told = first.clone();
    clinic.sql(move |c| Recalls.finished(c, now, &told)).await;
    assert_eq!(
        due(&clinic).await,
        of("2027-05-23"),
        "correcting an old visit does not set the clock back"
    );
    clinic.sql(move |c| Recalls.reopened(c, now, &second)).await;
    assert_eq!(due(&clinic).await, of("2027-02-28"));
    let drop_second = |c: &mut chairside::platform::db::Conn| {
        Ok(
            diesel::delete(v::table.filter(v::day.eq(chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap())))
                .execute(c)?,
        )
    };
    clinic.sql(drop_second).await;
    clinic.sql(move |c| Recalls.reopened(c, now, &first)).await;
    assert_eq!(due(&clinic).await, []);
    clinic.sql(|c| Ok(diesel::delete(v::table).execute(c)?)).await;
    let filling = visit(&clinic, who, "check-up", "2026-11-23").await;
    clinic.sql(move |c| Recalls.finished(c, now, &filling)).await;
    assert_eq!(due(&clinic).await, [], "a service without a recall rule");
});

both!(
    history_gives_each_patient_and_service_its_latest_recall_and_twice_is_once,
    |clinic| {
        let (a, b) = (
            make_patient(&clinic, "孙丽", "13900007731").await,
            make_patient(&clinic, "王敏", "13900007732").await,
        );
        visit(&clinic, a, "cleaning", "2025-08-31").await;
        visit(&clinic, a, "cleaning", "2026-03-31").await;
        visit(&clinic, a, "filling", "2025-11-30").await;
        visit(&clinic, b, "cleaning", "2025-08-31").await;
        visit(&clinic, b, "check-up", "2026-08-31").await;
        let now = clinic.now();
        assert_eq!(clinic.sql(move |c| outreach::recalls_from_history(c, now)).await, 3);
        let mut list: Vec<_> = due(&clinic).await.into_iter().map(|(id, day, _)| (id, day)).collect();
        list.sort();
        let mut wanted = vec![
            (a.0, "2026-09-30".to_owned()),
            (a.0, "2026-11-30".to_owned()),
            (b.0, "2026-02-28".to_owned()),
        ];
        wanted.sort();
        assert_eq!(list, wanted);
        assert_eq!(clinic.sql(move |c| outreach::recalls_from_history(c, now)).await, 0);
    }
);

both!(
    a_recall_is_sent_six_months_after_the_cleaning_unless_booked_or_done,
    |clinic| {
        let mut who = Vec::new();
        for (i, name) in ["孙丽", "王敏", "赵一", "钱二"].iter().enumerate() {
            let id = make_patient(&clinic, name, &format!("1390000776{i}")).await;
            visit(&clinic, id, "cleaning", "2026-06-15").await;
            who.push(id);
        }
        let now = clinic.now();
        clinic.sql(move |c| outreach::recalls_from_history(c, now)).await;
        book(&clinic, who[1], "cleaning", "2026-12-21T09:00:00+08:00").await;
        let no_consent = who[3];
        clinic
            .sql(move |c| {
                Ok(diesel::update(p::table.find(no_consent))
                    .set(p::marketing.eq(false))
                    .execute(c)?)
            })
            .await;
        assert_eq!(plan_at(&clinic, "2026-12-15T09:59:00+08:00").await.queued, 0);
        let report = plan_at(&clinic, "2026-12-15T10:00:00+08:00").await;
        assert_eq!((report.queued, report.excluded), (2, 2));
        // Between queue and send one of the two books.
        book(&clinic, who[2], "cleaning", "2026-12-22T09:00:00+08:00").await;
        dispatch(&clinic).await;
        let list = rows(&clinic).await;
        let states: Vec<&str> = list.iter().map(|x| x.state.as_str()).collect();
        assert_eq!(states, ["accepted", "skipped"], "{list:?}");
        assert!(list[1].reason.as_deref().unwrap().contains("recall-booked"));
        assert!(list[0].key.contains(":2026-12-15:recall-due"), "{}", list[0].key);
    }
);

/// Three overdue recalls; gives the patients.
async fn overdue(clinic: &Clinic) -> Vec<PatientId> {
    let mut who = Vec::new();
    for (i, name) in ["孙丽", "王敏", "赵一"].iter().enumerate() {
        let id = make_patient(clinic, name, &format!("1390000777{i}")).await;
        visit(clinic, id, "cleaning", &format!("2026-03-1{i}")).await;
        who.push(id);
    }
    let now = clinic.now();
    clinic.sql(move |c| outreach::recalls_from_history(c, now)).await;
    who
}

async fn listed(api: &crate::support::Browser) -> Vec<Value> {
    let (status, list) = api.get_json("/api/v1/recalls").await;
    assert_eq!(status, 200, "{list}");
    list["items"].as_array().unwrap().clone()
}

both!(the_recall_list_is_worked_by_text_and_call, |clinic| {
    overdue(&clinic).await;
    let (desk, api) = (clinic.signed_in("desk").await, clinic.api(Role::FrontDesk).await);
    let page = desk.page("/recall?lang=zh").await;
    assert!(
        page.contains("孙丽") && page.contains("<b>10</b> 周") && page.contains("洁牙"),
        "{page}"
    );
    assert!(desk.page("/recall?lang=en").await.contains("Cleaning"));
    let list = listed(&api).await;
    let reads =
        "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND subject = 'recalls' AND detail LIKE 'list of %'";
    assert_eq!(clinic.count(reads).await, 3, "two pages and the API");
    let id = |i: usize| list[i]["id"].as_i64().unwrap();
    let text = |i: usize| format!("/recall/{}/text", id(i));
    let call = |i: usize| format!("/recall/{}/call", id(i));
    assert_eq!(desk.post_form(&text(0), &[("version", "1")]).await.status(), 303);
    assert_eq!(
        desk.post_form(&text(0), &[("version", "1")]).await.status(),
        409,
        "pressed twice"
    );
    // A call: bad input is told and kept.
    let answer = desk.post_form(&call(1), &[("version", "1"), ("result", "later")]).await;
    assert_eq!(answer.status(), 422);
    let body = answer.text().await.unwrap();
    assert!(body.contains(r#"value="later" checked"#), "{body}");
    assert_eq!(
        desk.post_form(&call(1), &[("version", "1"), ("result", "nonsense")])
            .await
            .status(),
        422
    );
    let later = [("version", "1"), ("result", "later"), ("later", "2026-12-07")];
    let answer = desk.post_form(&call(1), &later).await;
    assert_eq!(answer.headers()["location"], "/recall?back=2026-12-07&done=later");
    assert!(
        desk.page("/recall?back=2026-12-07&done=later&lang=en")
            .await
            .contains("Back on Mon 7 Dec")
    );
    let declined = [("version", "1"), ("result", "declined")];
    assert_eq!(desk.post_form(&call(2), &declined).await.status(), 303);
    assert_eq!(listed(&api).await.len(), 0);
    assert!(desk.page("/recall?lang=en").await.contains("Everyone is up to date"));
    // The text is held for two minutes, then goes out.
    dispatch(&clinic).await;
    assert_eq!(rows(&clinic).await[0].state, "queued");
    clinic.minutes_pass(2);
    dispatch(&clinic).await;
    assert_eq!(rows(&clinic).await[0].state, "accepted");
    clinic.it_is("2026-12-07T10:00:00+08:00");
    let back = listed(&clinic.api(Role::FrontDesk).await).await;
    let attempts: Vec<_> = back
        .iter()
        .map(|x| (x["patient_name"].clone(), x["attempts"].clone()))
        .collect();
    assert_eq!(attempts, [(json!("孙丽"), json!(1)), (json!("王敏"), json!(1))]);
    let audited = "SELECT count(*) AS n FROM audit_log WHERE subject = 'recalls' AND action = 'contact'";
    assert_eq!(clinic.count(audited).await, 3);
});

both!(several_are_texted_after_a_preview_that_says_who_is_skipped, |clinic| {
    let who = overdue(&clinic).await;
    let calls = who[1];
    clinic
        .sql(move |c| {
            Ok(diesel::update(p::table.find(calls))
                .set(p::channel.eq("phone"))
                .execute(c)?)
        })
        .await;
    let (desk, api) = (clinic.signed_in("desk").await, clinic.api(Role::FrontDesk).await);
    let list = listed(&api).await;
    let ids: Vec<String> = list.iter().map(|x| x["id"].to_string()).collect();
    let query: Vec<String> = ids.iter().map(|id| format!("id={id}")).collect();
    let page = desk.page(&format!("/recall/preview?{}&lang=en", query.join("&"))).await;
    assert!(
        page.contains("2 patients will be texted") && page.contains("Wants to be called instead"),
        "{page}"
    );
    assert_eq!(rows(&clinic).await.len(), 0, "looking sends nothing");
    let form: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    let answer = desk.post_form("/recall/text", &form).await;
    assert_eq!(answer.headers()["location"], "/recall?texted=2");
    assert_eq!(rows(&clinic).await.len(), 2);
    assert_eq!(listed(&api).await.len(), 1);
    // Again: they were contacted already.
    assert_eq!(
        desk.post_form("/recall/text", &form).await.headers()["location"],
        "/recall?texted=0"
    );
    assert_eq!(rows(&clinic).await.len(), 2);
});

both!(the_preview_shows_the_very_text_in_each_language, |clinic| {
    let who = overdue(&clinic).await;
    let english = who[0];
    clinic
        .sql(move |c| {
            let row = diesel::update(p::table.find(english));
            Ok(row.set(p::language.eq("en")).execute(c)?)
        })
        .await;
    let (desk, api) = (clinic.signed_in("desk").await, clinic.api(Role::FrontDesk).await);
    let ids: Vec<String> = listed(&api).await.iter().map(|x| x["id"].to_string()).collect();
    let query: Vec<String> = ids.iter().map(|id| format!("id={id}")).collect();
    let address = format!("/recall/preview?service=&weeks=12%2B&{}", query.join("&"));
    let page = desk.page(&format!("{address}&lang=en")).await;
    for part in [
        "3 patients will be texted",
        "SMS · English · 1 patient",
        "SMS · Chinese · 2 patients",
        "gets it:",
        "href=\"/recall?weeks=12%2B\"",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let page = desk.page(&format!("{address}&lang=zh")).await;
    assert!(
        page.contains("短信 · 英文 · 1 位") && page.contains("短信 · 中文 · 2 位"),
        "{page}"
    );
    // What is then sent is what was shown.
    let form: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    desk.post_form("/recall/text", &form).await;
    clinic.minutes_pass(3);
    dispatch(&clinic).await;
    let bodies: Vec<(Option<i64>, Option<String>)> = clinic
        .sql(|c| {
            Ok(m::table
                .filter(m::purpose.eq("recall"))
                .select((m::patient_id, m::body))
                .load(c)?)
        })
        .await;
    let shown = |body: &str| page.contains(&html_text(body));
    let told = bodies.iter().filter(|(_, b)| shown(b.as_deref().unwrap())).count();
    assert_eq!(
        (bodies.len(), told),
        (3, 2),
        "the English one and the first Chinese one: {bodies:?} in {page}"
    );
});

fn html_text(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

both!(nobody_ticked_is_told_where_it_is_ticked, |clinic| {
    overdue(&clinic).await;
    let desk = clinic.signed_in("desk").await;
    let answer = desk.get("/recall/preview?weeks=12%2B").await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()),
        (303, "/recall?weeks=12%2B&nobody=1")
    );
    for (lang, text) in [("zh", "还没有勾选患者"), ("en", "Nobody is ticked")] {
        let page = desk.page(&format!("/recall?nobody=1&lang={lang}")).await;
        let bulk = page
            .split("id=\"bulk\"")
            .nth(1)
            .unwrap()
            .split("</form>")
            .next()
            .unwrap();
        assert!(bulk.contains(text) && bulk.contains("role=\"alert\""), "{bulk}");
        assert!(
            page.contains("<dialog id=\"keys\"") && page.contains("<kbd>Alt+L</kbd>"),
            "{page}"
        );
    }
});

both!(a_message_of_a_rule_is_a_contact_like_one_of_the_desk, |clinic| {
    // Due on 25 October; the second rule writes 30 days later, at 10:00.
    let who = make_patient(&clinic, "孙丽", "13900007771").await;
    visit(&clinic, who, "cleaning", "2026-04-25").await;
    let now = clinic.now();
    clinic.sql(move |c| outreach::recalls_from_history(c, now)).await;
    let api = clinic.api(Role::FrontDesk).await;
    let before = listed(&api).await;
    assert_eq!((before.len(), &before[0]["attempts"]), (1, &json!(0)));
    assert_eq!(plan_at(&clinic, "2026-11-24T10:00:00+08:00").await.queued, 1);
    dispatch(&clinic).await;
    assert_eq!(rows(&clinic).await[0].state, "accepted");
    assert_eq!(listed(&api).await.len(), 0, "who was texted today is not offered again");
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
    assert_eq!(clinic.sql(move |c| outreach::count_due_recalls(c, today)).await, 0);
    let desk = clinic.signed_in("desk").await;
    let page = desk.page("/recall?lang=en").await;
    assert!(
        page.contains("<b>1</b> contacted in 7 days") && page.contains("back on Tue 8 Dec"),
        "{page}"
    );
    let text = format!("/recall/{}/text", before[0]["id"]);
    assert_eq!(desk.post_form(&text, &[("version", "1")]).await.status(), 409);
    // What could not be delivered was no contact.
    let state =
        |state: &'static str| clinic.sql(move |c| Ok(diesel::update(m::table).set(m::state.eq(state)).execute(c)?));
    state("failed").await;
    assert_eq!(listed(&api).await.len(), 1);
    state("delivered").await;
    clinic.it_is("2026-12-07T23:00:00+08:00");
    assert_eq!(listed(&api).await.len(), 0);
    clinic.it_is("2026-12-08T00:10:00+08:00");
    let back = listed(&api).await;
    assert_eq!(
        (&back[0]["attempts"], &back[0]["last_result"]),
        (&json!(1), &json!("texted"))
    );
    let desk = clinic.signed_in("desk").await;
    assert!(desk.page("/recall?attempts=1").await.contains("孙丽"));
    assert!(!desk.page("/recall?attempts=0").await.contains("孙丽"));
});

both!(who_has_an_appointment_for_it_is_not_on_the_list, |clinic| {
    let who = overdue(&clinic).await;
    let api = clinic.api(Role::FrontDesk).await;
    let booked = book(&clinic, who[0], "cleaning", "2026-12-10T09:00:00+08:00").await;
    assert_eq!(listed(&api).await.len(), 2);
    book(&clinic, who[1], "check-up", "2026-12-10T09:00:00+08:00").await;
    assert_eq!(listed(&api).await.len(), 2, "an appointment for something else");
    let now = clinic.now();
    appointments::cancel(&clinic.app.db, now, Actor::system("test"), (booked.id, 1), "")
        .await
        .unwrap();
    assert_eq!(listed(&api).await.len(), 3);
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    assert_eq!(clinic.sql(move |c| outreach::count_due_recalls(c, today)).await, 3);
    let filtered = api.get_json("/api/v1/recalls?weeks_over=11").await;
    assert_eq!(filtered.1["items"].as_array().unwrap().len(), 0);
    assert_eq!(api.get_json("/api/v1/recalls?limit=0").await.0, 422);
    assert_eq!(api.get_json("/api/v1/recalls?nonsense=1").await.0, 422);
    assert_eq!(clinic.api(Role::Doctor).await.get_json("/api/v1/recalls").await.0, 403);
});
