//! Families: one text, one call, one search of a time.

use chairside::outreach;
use chairside::patients::PatientId;

use super::{book, dispatch, rows, visit};
use crate::both;
use crate::support::{Clinic, make_patient};

/// Two at one number, due on 15 November and 10 December; a third, due only in January; and a stranger.
async fn family(clinic: &Clinic) -> Vec<PatientId> {
    let mut who = Vec::new();
    for (name, mobile, day) in [
        ("孙丽", "13900007701", "2026-05-15"),
        ("孙小明", "13900007701", "2026-06-10"),
        ("孙大伟", "13900007701", "2026-07-20"),
        ("王敏", "13900007702", "2026-05-16"),
    ] {
        let id = make_patient(clinic, name, mobile).await;
        visit(clinic, id, "cleaning", day).await;
        who.push(id);
    }
    let now = clinic.now();
    clinic.sql(move |c| outreach::recalls_from_history(c, now)).await;
    who
}

async fn recall(clinic: &Clinic, who: PatientId) -> i64 {
    let sql = format!("SELECT id AS n FROM recalls WHERE patient_id = {who}");
    clinic.count(&sql).await
}

async fn attempts(clinic: &Clinic) -> i64 {
    clinic.count("SELECT sum(attempts) AS n FROM recalls").await
}

both!(a_family_stands_together_and_gets_one_text, |clinic| {
    let who = family(&clinic).await;
    let desk = clinic.signed_in("desk").await;
    let page = desk.page("/recall?lang=en").await;
    let block = page
        .split("class=\"fam\"")
        .nth(1)
        .unwrap()
        .split("</tbody>")
        .next()
        .unwrap();
    for part in ["孙丽", "孙小明", "10 Dec 2026", "due soon", "One text for all"] {
        assert!(block.contains(part), "{part} in {block}");
    }
    assert!(!block.contains("孙大伟") && !block.contains("王敏"), "{block}");
    let find = format!("/find?patient={}&amp;service=", who[0]);
    assert!(block.contains(&find) && block.contains("from=2026-12-10"), "{block}");
    let (first, second) = (recall(&clinic, who[0]).await, recall(&clinic, who[1]).await);
    let members = [("member", format!("{first}:1")), ("member", format!("{second}:1"))];
    let form: Vec<(&str, &str)> = members.iter().map(|(a, b)| (*a, b.as_str())).collect();
    assert_eq!(desk.post_form("/recall/family/text", &form).await.status(), 303);
    assert_eq!(
        desk.post_form("/recall/family/text", &form).await.status(),
        409,
        "pressed twice"
    );
    assert_eq!((attempts(&clinic).await, rows(&clinic).await.len()), (2, 1));
    clinic.minutes_pass(3);
    dispatch(&clinic).await;
    let told = rows(&clinic).await;
    assert!(
        told[0].body.as_deref().unwrap().contains("孙丽、孙小明，您好"),
        "{told:?}"
    );
    assert_eq!(
        desk.post_form("/recall/family/text", &[("member", "x")]).await.status(),
        400
    );
});

both!(ticked_one_by_one_they_get_one_text_too, |clinic| {
    let who = family(&clinic).await;
    let desk = clinic.signed_in("desk").await;
    let mut ids = Vec::new();
    for id in &who[..2] {
        ids.push(recall(&clinic, *id).await.to_string());
    }
    ids.push(recall(&clinic, who[3]).await.to_string());
    let query: Vec<String> = ids.iter().map(|id| format!("id={id}")).collect();
    let page = desk.page(&format!("/recall/preview?{}&lang=zh", query.join("&"))).await;
    for part in ["给 3 位患者", "发送 2 条", "家庭合并", "孙丽、孙小明，您好"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let form: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    let answer = desk.post_form("/recall/text", &form).await;
    assert_eq!(answer.headers()["location"], "/recall?texted=2");
    assert_eq!((attempts(&clinic).await, rows(&clinic).await.len()), (3, 2));
});

both!(a_family_text_goes_out_for_those_who_still_wait, |clinic| {
    let who = family(&clinic).await;
    let desk = clinic.signed_in("desk").await;
    let (first, second) = (recall(&clinic, who[0]).await, recall(&clinic, who[1]).await);
    let members = [("member", format!("{first}:1")), ("member", format!("{second}:1"))];
    let form: Vec<(&str, &str)> = members.iter().map(|(a, b)| (*a, b.as_str())).collect();
    desk.post_form("/recall/family/text", &form).await;
    book(&clinic, who[0], "cleaning", "2026-11-24T10:00:00+08:00").await;
    clinic.minutes_pass(3);
    dispatch(&clinic).await;
    let told = rows(&clinic).await;
    let body = told[0].body.as_deref().unwrap();
    assert!(body.contains("孙小明，您好") && !body.contains("孙丽"), "{body}");
});

both!(one_call_notes_what_each_of_them_said, |clinic| {
    let who = family(&clinic).await;
    let desk = clinic.signed_in("desk").await;
    let (first, second) = (recall(&clinic, who[0]).await, recall(&clinic, who[1]).await);
    let path = format!("/recall/{first}/call");
    let page = desk.page(&format!("{path}?lang=en")).await;
    assert!(
        page.contains("孙小明") && page.contains("Not spoken about") && !page.contains("孙大伟"),
        "{page}"
    );
    let named = |name: &str| format!("{name}-{second}");
    let (id, result, version, later) = (second.to_string(), named("result"), named("version"), named("later"));
    let mut form = vec![
        ("version", "1"),
        ("result", "booked"),
        ("member", id.as_str()),
        (version.as_str(), "1"),
    ];
    form.extend([(result.as_str(), "later"), (later.as_str(), "2026-11-23")]);
    let answer = desk.post_form(&path, &form).await;
    assert_eq!(answer.status(), 422);
    let body = answer.text().await.unwrap();
    assert!(
        body.contains(&format!("f-{later}-e")) && body.contains(r#"value="booked" checked"#),
        "{body}"
    );
    assert_eq!(attempts(&clinic).await, 0, "all or nothing");
    form.pop();
    form.push((later.as_str(), "2026-12-20"));
    assert_eq!(desk.post_form(&path, &form).await.status(), 303);
    let noted = format!(
        "SELECT count(*) AS n FROM recalls WHERE (id = {first} AND last_result = 'booked') \
         OR (id = {second} AND last_result = 'later' AND hidden_until = '2026-12-20')"
    );
    assert_eq!(clinic.count(&noted).await, 2);
});
