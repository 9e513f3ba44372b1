//! What patients write: read, done where it is clear, and else kept for somebody at the desk.

mod calls;
mod opted_out;
mod which;

use chairside::appointments::{self, Appointment, Status};
use chairside::platform::db::schema::{appointments as a, inbound_texts, messages as m};
use chairside::staff::{Actor, Role};
use diesel::prelude::*;
use serde_json::json;

use crate::both;
use crate::support::{Browser, Clinic, book_cleaning, make_patient};

const MOTHER: &str = "13900007731";

/// Booked, and the patient has been told.
async fn booked(clinic: &Clinic, name: &str, mobile: &str, time: &str) -> Appointment {
    let who = make_patient(clinic, name, mobile).await;
    let visit = book_cleaning(clinic, who, time, true).await;
    // What a click sends is held for a while.
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    visit
}

async fn status(clinic: &Clinic, visit: &Appointment) -> Status {
    let id = visit.id;
    clinic
        .sql(move |c| Ok(a::table.find(id).select(a::status).first(c)?))
        .await
}

/// A text comes in from a number of mainland China.
async fn writes(clinic: &Clinic, mobile: &str, text: &str) {
    let id = rand::random::<u32>();
    let query = serde_json::Map::from_iter([
        ("from".to_owned(), json!(format!("86{mobile}"))),
        ("text".to_owned(), json!(text)),
        ("id".to_owned(), json!(id.to_string())),
    ]);
    let query: Vec<String> = query
        .iter()
        .map(|(k, v)| {
            form_urlencoded::Serializer::new(String::new())
                .append_pair(k, v.as_str().unwrap())
                .finish()
        })
        .collect();
    assert_eq!(
        clinic
            .visitor()
            .page(&format!("/gateway/kannel/inbound?{}", query.join("&")))
            .await,
        ""
    );
}

/// What the last text was read as.
async fn read_as(clinic: &Clinic) -> String {
    clinic
        .sql(|c| {
            let all = inbound_texts::table.order(inbound_texts::id.desc());
            Ok(all.select(inbound_texts::reading).first(c)?)
        })
        .await
}

/// The texts that went out since the last look, after a round of sending: template and words.
async fn answers(clinic: &Clinic) -> Vec<(String, String)> {
    clinic.app.dispatcher().dispatch().await.unwrap();
    clinic
        .sql(|c| {
            let sent = m::table
                .filter(
                    m::template
                        .like("answer-%")
                        .or(m::template.eq_any(["desk-answer", "missed-call"])),
                )
                .filter(m::state.eq("accepted"));
            let rows: Vec<(String, Option<String>)> = sent.order(m::id).select((m::template, m::body)).load(c)?;
            Ok(rows.into_iter().map(|(t, b)| (t, b.unwrap_or_default())).collect())
        })
        .await
}

async fn waiting(desk: &Browser) -> String {
    desk.page("/inbox?lang=zh").await
}

both!(a_digit_confirms_and_a_word_cancels, |clinic| {
    let visit = booked(&clinic, "孙丽", MOTHER, "2026-11-25T09:00:00+08:00").await;
    writes(&clinic, MOTHER, "１").await;
    assert_eq!(status(&clinic, &visit).await, Status::Confirmed);
    assert_eq!(read_as(&clinic).await, "confirm");
    // Said twice, it is confirmed once.
    writes(&clinic, MOTHER, "好的，谢谢").await;
    assert_eq!(status(&clinic, &visit).await, Status::Confirmed);
    writes(&clinic, MOTHER, "取消预约").await;
    assert_eq!(status(&clinic, &visit).await, Status::Cancelled);
    let sent = answers(&clinic).await;
    assert_eq!(
        sent.iter().map(|(t, _)| t.as_str()).collect::<Vec<_>>(),
        ["answer-confirmed", "answer-confirmed", "answer-cancelled"]
    );
    assert!(
        sent[0].1.contains("孙丽") && sent[0].1.contains("09:00"),
        "{}",
        sent[0].1
    );
    let by = "SELECT count(*) AS n FROM appointment_events WHERE action = 'cancel' AND user_id IS NULL";
    assert_eq!(clinic.count(by).await, 1, "the patient did it");
    let desk = clinic.signed_in("desk").await;
    assert!(
        waiting(&desk).await.contains("没有需要处理的来信"),
        "nothing is left to do"
    );
    // It stands in the record, with the words.
    let record = desk.page(&format!("/patients/{}?lang=zh", visit.patient_id)).await;
    assert!(record.contains("来信：取消预约"), "{record}");
    // Cancelled, there is no question left: the next word is for a person.
    writes(&clinic, MOTHER, "1").await;
    assert_eq!(read_as(&clinic).await, "words");
});

both!(a_text_is_taken_in_whatever_is_in_it, |clinic| {
    for (text, kept) in [("改天\0再说", "改天再说"), ("😀\u{202e}\n\t", "😀\u{202e}")] {
        writes(&clinic, MOTHER, text).await;
        let last: String = clinic
            .sql(|c| {
                let all = inbound_texts::table.order(inbound_texts::id.desc());
                Ok(all.select(inbound_texts::body).first(c)?)
            })
            .await;
        assert_eq!(last.trim(), kept);
    }
});

both!(a_family_on_one_number_is_asked_which_visit, |clinic| {
    let one = booked(&clinic, "李明", MOTHER, "2026-11-25T09:00:00+08:00").await;
    let two = booked(&clinic, "李娜", MOTHER, "2026-11-25T10:00:00+08:00").await;
    let three = booked(&clinic, "李刚", MOTHER, "2026-11-25T11:00:00+08:00").await;
    writes(&clinic, MOTHER, "2").await;
    assert_eq!(read_as(&clinic).await, "which");
    for visit in [&one, &two, &three] {
        assert_eq!(
            status(&clinic, visit).await,
            Status::Booked,
            "nobody's visit is cancelled by a guess"
        );
    }
    let sent = answers(&clinic).await;
    assert_eq!(sent.len(), 1);
    let list = &sent[0].1;
    assert!(
        list.contains("1 李明") && list.contains("2 李娜") && list.contains("3 李刚"),
        "{list}"
    );
    // The desk cancels the first: the numbers of the list still mean the same.
    let actor = Actor::system("test");
    appointments::cancel(&clinic.app.db, clinic.now(), actor, (one.id, one.version), "x")
        .await
        .unwrap();
    writes(&clinic, MOTHER, "2确认 3取消").await;
    assert_eq!(status(&clinic, &two).await, Status::Confirmed);
    assert_eq!(status(&clinic, &three).await, Status::Cancelled);
    writes(&clinic, MOTHER, "1取消").await;
    assert_eq!(read_as(&clinic).await, "words", "that one is gone");
    assert_eq!(status(&clinic, &two).await, Status::Confirmed);
});

both!(all_of_a_family_is_confirmed_in_one_word, |clinic| {
    let one = booked(&clinic, "李明", MOTHER, "2026-11-25T09:00:00+08:00").await;
    let two = booked(&clinic, "李娜", MOTHER, "2026-11-25T10:00:00+08:00").await;
    writes(&clinic, MOTHER, "都确认").await;
    for visit in [&one, &two] {
        assert_eq!(status(&clinic, visit).await, Status::Confirmed);
    }
    assert_eq!(answers(&clinic).await.len(), 2);
});

both!(what_is_not_clear_waits_for_somebody_and_is_answered, |clinic| {
    let visit = booked(&clinic, "孙丽", MOTHER, "2026-11-25T09:00:00+08:00").await;
    writes(&clinic, MOTHER, "可以带孩子一起来吗？<b>").await;
    assert_eq!(status(&clinic, &visit).await, Status::Booked);
    let desk = clinic.signed_in("desk").await;
    let list = waiting(&desk).await;
    assert!(
        list.contains("孙丽") && list.contains("可以带孩子一起来吗？&lt;b&gt;"),
        "{list}"
    );
    let path = list.split("href=\"/inbox/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/inbox/{path}");
    let version = |page: &str| {
        let rest = page.split("name=\"version\" value=\"").nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let page = desk.page(&path).await;
    assert!(
        page.contains("孙丽") && page.contains("预约确认"),
        "what was sent stands beside it: {page}"
    );
    let seen = version(&page);
    let step = desk
        .post_form(&format!("{path}/step"), &[("version", &seen), ("step", "take")])
        .await;
    assert_eq!(step.status(), 303);
    // Two at once: the second learns of it, and what they typed stays.
    let nurse = clinic.signed_in("nurse").await;
    let late = nurse
        .post_form(
            &format!("{path}/answer"),
            &[("version", &seen), ("text", "可以的，欢迎")],
        )
        .await;
    assert_eq!(late.status(), 409);
    assert!(late.text().await.unwrap().contains("可以的，欢迎"));
    let page = desk.page(&path).await;
    let seen = version(&page);
    let answer = format!("{path}/answer");
    let empty = desk.post_form(&answer, &[("version", &seen), ("text", " ")]).await;
    assert_eq!(empty.status(), 422);
    let long = "长".repeat(601);
    let too_long = desk.post_form(&answer, &[("version", &seen), ("text", &long)]).await;
    assert_eq!(too_long.status(), 422);
    assert!(too_long.text().await.unwrap().contains(&long));
    assert!(answers(&clinic).await.is_empty());
    let sent = desk
        .post_form(&answer, &[("version", &seen), ("text", "可以的，欢迎")])
        .await;
    assert_eq!(sent.status(), 303);
    // It is held for two minutes: taken back, what was written stands in the form again.
    assert!(answers(&clinic).await.is_empty());
    let page = desk.page(&path).await;
    assert!(page.contains(" 发出</small>"), "{page}");
    let held = |n: i64| format!("{path}/answers/{n}");
    let back = desk.post_form(&held(1), &[("step", "take-back")]).await;
    let page = back.text().await.unwrap();
    assert!(
        page.contains(">可以的，欢迎</textarea>") && page.contains("已由工作人员停止"),
        "{page}"
    );
    clinic.minutes_pass(3);
    assert!(answers(&clinic).await.is_empty());
    let late = desk.post_form(&held(1), &[("step", "take-back")]).await;
    assert_eq!(late.status(), 409);
    let again = [("version", version(&page)), ("text", "可以的，欢迎！".to_owned())];
    let again = again.each_ref().map(|(k, v)| (*k, v.as_str()));
    assert_eq!(desk.post_form(&answer, &again).await.status(), 303);
    // Another's answer is not found under a conversation that is not its own.
    let elsewhere = desk.post_form("/inbox/999999/answers/2", &[("step", "send-now")]).await;
    assert_eq!(elsewhere.status(), 404);
    assert_eq!(desk.post_form(&held(2), &[("step", "send-now")]).await.status(), 303);
    let out = answers(&clinic).await;
    assert_eq!(out.len(), 1);
    assert!(out[0].1.ends_with("可以的，欢迎！"), "{}", out[0].1);
    // One that did not arrive is sent again, held as well, and taken back in the same place.
    let failed = "UPDATE messages SET state = 'failed' WHERE template = 'desk-answer' AND state = 'accepted'";
    clinic.sql(move |c| Ok(diesel::sql_query(failed).execute(c)?)).await;
    let id = clinic
        .count("SELECT max(id) AS n FROM messages WHERE template = 'desk-answer'")
        .await;
    let resent = desk.post_form(&format!("/messages/{id}/again"), &[]).await;
    assert_eq!(resent.status(), 303);
    let back = desk.post_form(&held(2), &[("step", "take-back")]).await;
    assert!(back.text().await.unwrap().contains(">可以的，欢迎！</textarea>"));
    clinic.minutes_pass(3);
    assert!(answers(&clinic).await.is_empty());
    let page = desk.page(&path).await;
    let done = [("version", version(&page)), ("step", "done".to_owned())];
    let done = done.each_ref().map(|(k, v)| (*k, v.as_str()));
    assert_eq!(desk.post_form(&format!("{path}/step"), &done).await.status(), 303);
    assert!(waiting(&desk).await.contains("没有需要处理的来信"));
    // The next text takes it out again.
    writes(&clinic, MOTHER, "谢谢医生，还想问下停车").await;
    assert!(waiting(&desk).await.contains("停车"));
});

both!(too_late_to_change_by_text_is_told_and_seen_to, |clinic| {
    let visit = booked(&clinic, "孙丽", MOTHER, "2026-11-23T11:00:00+08:00").await;
    writes(&clinic, MOTHER, "2").await;
    assert_eq!(read_as(&clinic).await, "too-late");
    assert_eq!(status(&clinic, &visit).await, Status::Booked);
    assert_eq!(answers(&clinic).await[0].0, "answer-too-late");
    assert!(waiting(&clinic.signed_in("desk").await).await.contains("孙丽"));
    // Confirming is never too late.
    writes(&clinic, MOTHER, "1").await;
    assert_eq!(status(&clinic, &visit).await, Status::Confirmed);
});

both!(another_time_and_a_call_are_wishes_for_the_desk, |clinic| {
    booked(&clinic, "孙丽", MOTHER, "2026-11-27T09:00:00+08:00").await;
    writes(&clinic, MOTHER, "改期").await;
    assert_eq!(read_as(&clinic).await, "move");
    let sent = answers(&clinic).await;
    let link = sent[0].1.split(&clinic.base).nth(1).unwrap().split(' ').next().unwrap();
    let page = clinic.visitor().page(link).await;
    assert!(page.contains("name=\"to\""), "the link leads to other times: {page}");
    writes(&clinic, MOTHER, "请给我回电话").await;
    assert_eq!(read_as(&clinic).await, "call-me");
    let list = waiting(&clinic.signed_in("desk").await).await;
    assert!(list.contains("请求回电"), "{list}");
    // Nobody asked a stranger anything; a call is wanted all the same.
    writes(&clinic, "13900009999", "回电").await;
    assert_eq!(read_as(&clinic).await, "call-me");
});

both!(a_question_can_be_answered_for_three_days, |clinic| {
    let visit = booked(&clinic, "孙丽", MOTHER, "2026-12-07T09:00:00+08:00").await;
    clinic.it_is("2026-11-26T11:00:00+08:00");
    writes(&clinic, MOTHER, "2").await;
    assert_eq!(read_as(&clinic).await, "words");
    assert_eq!(status(&clinic, &visit).await, Status::Booked);
});

both!(
    a_text_brought_twice_is_one_and_machines_do_not_talk_for_ever,
    |clinic| {
        let visit = booked(&clinic, "孙丽", MOTHER, "2026-11-27T09:00:00+08:00").await;
        let path = format!("/gateway/kannel/inbound?from=86{MOTHER}&text=1&id=same");
        for _ in 0..3 {
            clinic.visitor().page(&path).await;
        }
        assert_eq!(clinic.count("SELECT count(*) AS n FROM inbound_texts").await, 1);
        assert_eq!(status(&clinic, &visit).await, Status::Confirmed);
        assert_eq!(answers(&clinic).await.len(), 1);
        for _ in 0..14 {
            writes(&clinic, MOTHER, "1").await;
            clinic.app.dispatcher().dispatch().await.unwrap();
        }
        assert_eq!(answers(&clinic).await.len(), 10, "ten a day at most");
    }
);

both!(an_operators_number_is_kept_and_not_answered, |clinic| {
    clinic
        .visitor()
        .page("/gateway/kannel/inbound?from=10086&text=%E4%BD%99%E9%A2%9D&id=1")
        .await;
    let desk = clinic.signed_in("desk").await;
    let list = waiting(&desk).await;
    assert!(list.contains("10086") && list.contains("余额"), "{list}");
    let path = list.split("href=\"/inbox/").nth(1).unwrap().split('"').next().unwrap();
    assert!(desk.page(&format!("/inbox/{path}")).await.contains("不能回复"));
    let version = "1";
    let answer = desk
        .post_form(&format!("/inbox/{path}/answer"), &[("version", version), ("text", "x")])
        .await;
    assert!([409, 422].contains(&answer.status().as_u16()));
});

both!(the_inbox_over_the_api, |clinic| {
    booked(&clinic, "孙丽", MOTHER, "2026-11-27T09:00:00+08:00").await;
    writes(&clinic, MOTHER, "可以刷卡吗").await;
    let api = clinic.api(Role::FrontDesk).await;
    let (_, list) = api.get_json("/api/v1/inbox?state=new").await;
    let id = list["items"][0]["id"].as_i64().unwrap();
    let (_, one) = api.get_json(&format!("/api/v1/inbox/{id}")).await;
    assert_eq!(one["texts"][0]["text"], "可以刷卡吗");
    assert_eq!(one["texts"][0]["read_as"], "words");
    let version = one["version"].as_i64().unwrap();
    let answers_path = format!("/api/v1/inbox/{id}/answers");
    let body = json!({ "version": version, "text": "可以" });
    let (status, done) = api.post_json(&answers_path, &body).await;
    assert_eq!((status, done["state"].as_str()), (200, Some("done")), "{done}");
    assert_eq!(api.post_json(&answers_path, &body).await.0, 409, "stale");
    let version = done["version"].as_i64().unwrap();
    let steps = format!("/api/v1/inbox/{id}/steps");
    let (status, _) = api
        .post_json(
            &steps,
            &json!({ "version": version, "step": "give", "owner_id": 999_999 }),
        )
        .await;
    assert_eq!(status, 422);
    let (status, open) = api
        .post_json(&steps, &json!({ "version": version, "step": "reopen" }))
        .await;
    assert_eq!((status, open["state"].as_str()), (200, Some("new")));
    assert_eq!(
        (answers(&clinic).await.len(), &open["answers"][0]["text"]),
        (0, &json!("可以"))
    );
    let held = format!("{answers_path}/{}", open["answers"][0]["id"]);
    let now = json!({ "step": "send-now" });
    assert_eq!(api.post_json(&held, &now).await.0, 200);
    assert_eq!(answers(&clinic).await.len(), 1);
    assert_eq!(api.post_json(&held, &now).await.0, 409, "it has gone");
});
