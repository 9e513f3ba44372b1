//! What the patient opens.

use super::*;
use crate::both;

/// A report sent to its patient; the path of the link.
async fn sent(clinic: &Clinic, mobile: &str) -> (PatientId, String) {
    let who = born(clinic, mobile, false).await;
    (who, report_to(clinic, who).await)
}

/// A new report sent to a patient; the path of the link.
async fn report_to(clinic: &Clinic, who: PatientId) -> String {
    let nurse = clinic.signed_in("nurse").await;
    put_in(&nurse, &format!("/patients/{who}/documents"), "report", "全景片报告").await;
    send_latest(clinic, &nurse, who).await
}

async fn send_latest(clinic: &Clinic, by: &Browser, who: PatientId) -> String {
    let id = latest(clinic).await.to_string();
    let send = format!("/patients/{who}/documents/send");
    assert_eq!(by.post_form(&send, &[("document", &id)]).await.status(), 303);
    goes_out(clinic).await;
    let texts = bodies(clinic, "documents").await;
    link_of(clinic, texts.last().unwrap())
}

both!(a_report_opens_by_the_date_of_birth_and_is_noted_as_opened, |clinic| {
    let (who, link) = sent(&clinic, "13900004411").await;
    let visitor = clinic.visitor();
    let page = visitor.page(&format!("{link}?lang=zh")).await;
    assert!(page.contains("出生日期") && !page.contains("全景片"), "{page}");
    assert!(!page.contains("孙丽"), "it names nobody: {page}");
    // The file itself asks, too.
    let document = latest(&clinic).await;
    let direct = visitor.get(&format!("{link}/{document}/zh")).await;
    assert_eq!(direct.status(), 303);
    let opened = "SELECT count(*) AS n FROM sendings WHERE opens > 0";
    assert_eq!(clinic.count(opened).await, 0);
    // As people write it.
    let answer = visitor.post_form(&link, &[("birth_date", "1985/3/7")]).await;
    assert_eq!(answer.status(), 303);
    let inside = answer.headers()["location"].to_str().unwrap().to_owned();
    let page = visitor.page(&inside).await;
    assert!(page.contains("全景片报告") && page.contains("(PDF, 1 KB)"), "{page}");
    let (_, rest) = page.split_once(&format!("href=\"{link}/{document}/")).unwrap();
    let file = format!(
        "{link}/{document}/{}",
        rest.split('"').next().unwrap().replace("&amp;", "&")
    );
    let answer = visitor.get(&file).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/pdf".parse().unwrap())
    );
    assert_eq!(&answer.bytes().await.unwrap()[..], PDF);
    assert_eq!(clinic.count(opened).await, 1);
    let desk = clinic.signed_in("desk").await;
    let timeline = desk.page(&format!("/patients/{who}?lang=zh")).await;
    assert!(timeline.contains("患者已打开"), "{timeline}");
    // The key lasts a quarter of an hour, the link a quarter of a year.
    clinic.minutes_pass(16);
    assert_eq!(visitor.get(&file).await.status(), 303);
    clinic.minutes_pass(91 * 24 * 60);
    assert_eq!(visitor.get(&link).await.status(), 410);
});

both!(a_wrong_date_is_counted_and_the_link_rests_after_five, |clinic| {
    let (_, link) = sent(&clinic, "13900004412").await;
    let visitor = clinic.visitor();
    for (said, why) in [
        ("", "此项必填"),
        ("上周", "f-birth_date-e"),
        ("2085-03-07", "不能晚于今天"),
    ] {
        let answer = visitor
            .post_form(&format!("{link}?lang=zh"), &[("birth_date", said)])
            .await;
        let status = answer.status();
        let page = answer.text().await.unwrap();
        assert!(status == 422 && page.contains(why), "{said}: {status} {page}");
    }
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM sendings WHERE wrong > 0").await,
        0,
        "what is no date is no try"
    );
    // Many at once are no more tries than one after the other.
    let tries = (1..=12).map(|day| {
        let (visitor, link) = (&visitor, &link);
        async move {
            let said = format!("1985-04-{day:02}");
            visitor
                .post_form(link, &[("birth_date", &said)])
                .await
                .status()
                .as_u16()
        }
    });
    let mut answers = crate::support::all(tries).await;
    answers.sort_unstable();
    assert_eq!(answers, [vec![422; 5], vec![429; 7]].concat());
    let right = [("birth_date", "1985-03-07")];
    assert_eq!(
        visitor.post_form(&link, &right).await.status(),
        429,
        "not even the right one now"
    );
    clinic.minutes_pass(61);
    assert_eq!(visitor.post_form(&link, &right).await.status(), 303);
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM sendings WHERE wrong > 0").await,
        0
    );
    // Who goes on guessing has fifteen in all; then somebody has to send it anew.
    for day in 1..=15 {
        let said = format!("1985-05-{day:02}");
        assert_eq!(
            visitor.post_form(&link, &[("birth_date", &said)]).await.status(),
            422,
            "{day}"
        );
        clinic.minutes_pass(if day % 5 == 0 { 61 } else { 0 });
    }
    clinic.minutes_pass(24 * 60);
    let shut = visitor.post_form(&format!("{link}?lang=zh"), &right).await;
    assert_eq!(shut.status(), 429);
    assert!(shut.text().await.unwrap().contains("已关闭"));
    let nurse = clinic.signed_in("nurse").await;
    let who = clinic.count("SELECT max(patient_id) AS n FROM sendings").await;
    assert!(
        nurse
            .page(&format!("/patients/{who}/documents?lang=zh"))
            .await
            .contains("链接已关闭")
    );
    let audited = "SELECT count(*) AS n FROM audit_log WHERE action = 'unlock-failed' AND subject = 'sendings'";
    assert_eq!(clinic.count(audited).await, 4);
});

both!(who_has_several_links_of_a_patient_has_no_more_tries, |clinic| {
    let (who, one) = sent(&clinic, "13900004417").await;
    let two = report_to(&clinic, who).await;
    let (_, other) = sent(&clinic, "13900004418").await;
    let desk = clinic.signed_in("desk").await;
    put_in(&desk, "/documents", "leaflet", "刷牙方法").await;
    let leaflet = send_latest(&clinic, &desk, who).await;
    let visitor = clinic.visitor();
    let say = async |link: &str, day: &str| {
        let said = [("birth_date", day)];
        visitor.post_form(link, &said).await.status().as_u16()
    };
    let right = "1985-03-07";
    // The leaflet asks for nothing: it neither takes a try nor tells whether a date is right.
    for said in ["1985-01-01", right] {
        assert_eq!(say(&leaflet, said).await, 303);
    }
    for (n, link) in [&one, &two, &one, &two, &one].into_iter().enumerate() {
        assert_eq!(say(link, &format!("1985-06-{:02}", n + 1)).await, 422);
    }
    assert_eq!((say(&one, right).await, say(&two, right).await), (429, 429));
    assert_eq!(say(&other, right).await, 303, "another patient's");
    // After fifteen in all both are shut, and one that is sent anew opens.
    for n in 0..10 {
        clinic.minutes_pass(if n % 5 == 0 { 61 } else { 0 });
        let link = if n % 2 == 0 { &one } else { &two };
        assert_eq!(say(link, &format!("1985-07-{:02}", n + 1)).await, 422, "{n}");
    }
    clinic.minutes_pass(24 * 60);
    assert_eq!((say(&one, right).await, say(&two, right).await), (429, 429));
    let three = report_to(&clinic, who).await;
    assert_eq!((say(&three, right).await, say(&one, right).await), (303, 429));
    let audited = "SELECT count(*) AS n FROM audit_log WHERE action = 'unlock-failed' AND subject = 'sendings'";
    assert_eq!(clinic.count(audited).await, 3);
});

both!(a_link_opens_only_what_it_is_of, |clinic| {
    let (_, one) = sent(&clinic, "13900004413").await;
    let first = latest(&clinic).await;
    let (_, two) = sent(&clinic, "13900004414").await;
    let visitor = clinic.visitor();
    let answer = visitor.post_form(&two, &[("birth_date", "1985-03-07")]).await;
    let inside = answer.headers()["location"].to_str().unwrap().to_owned();
    let key = inside.split_once("k=").unwrap().1.split('&').next().unwrap().to_owned();
    // The key of one sending opens neither another's link nor another's document.
    assert_eq!(visitor.get(&format!("{one}/{first}/zh?k={key}")).await.status(), 303);
    assert_eq!(visitor.get(&format!("{two}/{first}/zh?k={key}")).await.status(), 410);
    assert!(visitor.page(&format!("{one}?k={key}")).await.contains("birth_date"));
    for wrong in [
        "/f/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "/f/x",
        &format!("{one}x"),
    ] {
        assert_eq!(visitor.get(wrong).await.status(), 404, "{wrong}");
    }
    // Withdrawn, it opens no more.
    let nurse = clinic.signed_in("nurse").await;
    let path = format!(
        "/patients/{}/documents",
        clinic.count("SELECT max(patient_id) AS n FROM documents").await
    );
    let id = latest(&clinic).await;
    assert_eq!(
        nurse
            .post_form(&format!("{path}/{first}/withdraw"), &[("version", "1")])
            .await
            .status(),
        404,
        "another's"
    );
    assert_eq!(
        nurse
            .post_form(&format!("{path}/{id}/withdraw"), &[("version", "1")])
            .await
            .status(),
        303
    );
    assert_eq!(visitor.get(&two).await.status(), 410);
    assert_eq!(visitor.get(&format!("{two}/{id}/zh?k={key}")).await.status(), 410);
});

both!(a_leaflet_opens_at_once_in_the_readers_language, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let fields = [("kind", "leaflet"), ("title", "刷牙方法"), ("title_en", "How to brush")];
    let files: [(&str, &str, &[u8]); 2] = [("file_zh", "a.pdf", PDF), ("file_en", "b.pdf", OTHER)];
    assert_eq!(desk.post_files("/documents", &fields, &files).await.status(), 303);
    let who = born(&clinic, "13900004415", false).await;
    let id = latest(&clinic).await;
    let send = format!("/patients/{who}/documents/send");
    assert_eq!(
        desk.post_form(&send, &[("document", &id.to_string())]).await.status(),
        303
    );
    goes_out(&clinic).await;
    let link = link_of(&clinic, &bodies(&clinic, "documents").await[0]);
    let visitor = clinic.visitor();
    let page = visitor.page(&format!("{link}?lang=en")).await;
    let (en, zh) = (
        page.find(&format!("{link}/{id}/en")),
        page.find(&format!("{link}/{id}/zh")),
    );
    assert!(page.contains("How to brush") && en < zh && en.is_some(), "{page}");
    assert_eq!(
        &visitor.get(&format!("{link}/{id}/en")).await.bytes().await.unwrap()[..],
        OTHER
    );
});
