//! Registering and changing with forms; who may.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::{ID_MALE_1990, register, text_of};
use crate::both;

both!(a_clerk_registers_finds_and_changes_a_patient, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let page = desk.page("/patients/new?name=%E5%AD%99%E4%B8%BD&lang=zh").await;
    assert!(page.contains(r#"value="孙丽""#) && page.contains("新建患者") && !page.contains(" checked"));
    let form = [
        ("name", " 孙丽 "),
        ("sex", "female"),
        ("birth_date", "1984年3月5日"),
        ("phone", "+86 138-0000-7731"),
        ("allergies", "青霉素过敏"),
        ("language", "zh"),
        ("channel", "sms"),
        ("consent_sms", "1"),
        ("vip", "1"),
    ];
    let answer = desk.post_form("/patients", &form).await;
    assert_eq!(answer.status(), 303);
    let path = answer.headers()["location"].to_str().unwrap().to_owned();
    let page = desk.page(&path).await;
    for expected in [
        "孙丽",
        "女 42",
        "138 0000 7731",
        "青霉素过敏",
        "VIP",
        "同意短信",
        "邮件：未询问",
        "P00001",
        "1984年3月5日",
        "缺：身份证号",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    for q in [
        "sl77",
        "sl",
        "%E5%AD%99",
        "7731",
        "731",
        "13800007731",
        "p00001",
        "0086%20138%200000%207731",
        "%E4%B8%BD",
        "SL%2031",
    ] {
        let list = desk.page(&format!("/patients?q={q}")).await;
        assert!(list.contains(&format!(r#"href="{path}""#)), "{q}");
        let pick = desk.page(&format!("/patients/pick?q={q}")).await;
        assert!(
            pick.contains(&format!(r#"href="{path}""#)) && !pick.contains("<html"),
            "{q}: {pick}"
        );
        assert!(pick.contains("/day?book="), "{pick}");
    }
    assert!(!desk.page("/patients?q=sl99").await.contains(&path));
    // Nobody is called that, and SQLite takes no such pattern.
    let endless = clinic.sql(|c| chairside::patients::search_patients(c, &"x".repeat(60_000), 5));
    assert_eq!(endless.await.len(), 0);
    let edit = desk.page(&format!("{path}/edit")).await;
    assert!(edit.contains(r#"name="version" value="1""#) && edit.contains("1984-03-05"));
    let mut change = form.to_vec();
    change.retain(|(f, _)| *f != "consent_sms");
    change.extend([("version", "1"), ("marketing", "1"), ("address", "文三路 90 号")]);
    assert_eq!(desk.post_form(&format!("{path}/edit"), &change).await.status(), 303);
    let page = desk.page(&path).await;
    assert!(
        page.contains("文三路 90 号") && page.contains("短信未同意") && page.contains("愿收问候"),
        "{page}"
    );
    assert_eq!(clinic.count("SELECT count(*) AS n FROM consents").await, 3);
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM consents WHERE channel = 'sms' AND NOT granted")
            .await,
        1
    );
    let stale = text_of(desk.post_form(&format!("{path}/edit"), &change).await, 409).await;
    assert!(
        stale.contains("刚被其他人修改") && stale.contains("文三路 90 号"),
        "{stale}"
    );
    let reads = "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND subject = 'patients' AND patient_id = 1";
    assert_eq!(clinic.count(reads).await, 3);
    let update = "SELECT count(*) AS n FROM audit_log WHERE action = 'update' AND detail = 'address, marketing'";
    assert_eq!(clinic.count(update).await, 1);
});

both!(
    a_change_made_meanwhile_is_told_field_by_field_and_saved_at_the_second_try,
    |clinic| {
        let (mine, theirs) = (clinic.signed_in("desk").await, clinic.signed_in("doctor").await);
        let api = clinic.api(Role::FrontDesk).await;
        let first = json!({ "name": "孙丽", "phone": "13800007701", "note": "怕疼", "sex": "female" });
        let id = register(&api, first).await;
        let path = format!("/patients/{id}/edit");
        let opened = mine.page(&format!("{path}?lang=en")).await;
        let was = hidden(&opened, "was");
        let phone = ("phone", "+8613800007701");
        let their = form(
            "1",
            "",
            &[
                phone,
                ("sex", "female"),
                ("allergies", "青霉素"),
                ("note", "怕疼，要麻药"),
                ("vip", "1"),
            ],
        );
        assert_eq!(theirs.post_form(&path, &their).await.status(), 303);
        // The note was changed on both sides, the address only here, allergies and VIP only there.
        let my = form(
            "1",
            &was,
            &[
                phone,
                ("sex", "female"),
                ("note", "怕疼，带女儿"),
                ("address", "文三路 90 号"),
            ],
        );
        let page = text_of(mine.post_form(&format!("{path}?lang=en"), &my).await, 409).await;
        for told in [
            "Someone else has just changed this",
            "<b>Note</b>: was changed to “怕疼，要麻药”; saving puts yours in its place",
            "was changed to “青霉素”, which is filled in here",
            "was changed to “yes”, which is filled in here",
            "怕疼，带女儿",
            r#"value="文三路 90 号""#,
            r#"name="version" value="2""#,
        ] {
            assert!(page.contains(told), "{told}: {page}");
        }
        assert!(!page.contains("<b>Address</b>"), "{page}");
        let zh = text_of(mine.post_form(&format!("{path}?lang=zh"), &my).await, 409).await;
        assert!(
            zh.contains("<b>备注</b>：已被改为“怕疼，要麻药”；保存会换成您填的内容"),
            "{zh}"
        );
        let (version, was) = (hidden(&page, "version"), hidden(&page, "was"));
        let rest = [
            phone,
            ("sex", "female"),
            ("note", "怕疼，带女儿"),
            ("address", "文三路 90 号"),
            ("allergies", "青霉素"),
            ("vip", "1"),
        ];
        let again = form(&version, &was, &rest);
        assert_eq!(mine.post_form(&path, &again).await.status(), 303);
        let (_, kept) = api.get_json(&format!("/api/v1/patients/{id}")).await;
        for (field, value) in [
            ("note", "怕疼，带女儿"),
            ("address", "文三路 90 号"),
            ("allergies", "青霉素"),
        ] {
            assert_eq!(kept[field], value, "{kept}");
        }
        assert_eq!((&kept["vip"], &kept["version"]), (&json!(true), &json!(3)));
        // Sent by a page that carries nothing: all that differs is told, nothing typed is lost, and it can be saved.
        let bare = text_of(
            mine.post_form(&format!("{path}?lang=en"), &form("1", "", &[phone]))
                .await,
            409,
        )
        .await;
        assert!(bare.contains("was changed to “青霉素”; saving puts yours"), "{bare}");
        let (version, was) = (hidden(&bare, "version"), hidden(&bare, "was"));
        let again = form(&version, &was, &[phone]);
        assert_eq!(mine.post_form(&path, &again).await.status(), 303);
    }
);

/// An edit form: what every one sends, and these.
fn form<'a>(version: &'a str, was: &'a str, extra: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![("name", "孙丽"), ("language", "zh"), ("channel", "sms")];
    form.extend([("version", version), ("was", was)]);
    form.extend(extra);
    form
}

/// The value of a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!(r#"name="{name}" value=""#)).expect(name);
    let value = rest.split('"').next().unwrap_or("");
    value
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

both!(a_wrong_form_is_shown_again_with_all_that_was_typed, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let form = [
        ("name", "李明"),
        ("sex", "female"),
        ("birth_date", "2030-01-01"),
        ("phone", "138001"),
        ("national_id", "110101199001011219"),
        ("note", "怕疼"),
    ];
    let zh = text_of(desk.post_form("/patients?lang=zh", &form).await, 422).await;
    for expected in [
        "出生日期不能晚于今天",
        "没有这样的号码",
        "校验位不对",
        "怕疼",
        r#"value="138001""#,
        r#"value="2030-01-01""#,
    ] {
        assert!(zh.contains(expected), "{expected}: {zh}");
    }
    let en = text_of(desk.post_form("/patients?lang=en", &form).await, 422).await;
    for expected in [
        "A birthday cannot be after today",
        "There is no such number",
        "The check digit does not fit",
    ] {
        assert!(en.contains(expected), "{expected}");
    }
    let disagree = [
        ("name", "李明"),
        ("sex", "female"),
        ("birth_date", "1990-01-02"),
        ("phone", "13800001234"),
        ("national_id", ID_MALE_1990),
    ];
    let page = text_of(desk.post_form("/patients?lang=en", &disagree).await, 422).await;
    assert!(
        page.contains("not the sex that the national ID says")
            && page.contains("not the birthday that the national ID says")
    );
    assert_eq!(clinic.count("SELECT count(*) AS n FROM patients").await, 0);
});

both!(each_role_does_its_own, |clinic| {
    let doctor = clinic.signed_in("doctor").await;
    assert_eq!(doctor.post_form("/patients", &[("name", "x")]).await.status(), 403);
    assert_eq!(doctor.get("/patients/new").await.status(), 403);
    let list = doctor.page("/patients").await;
    assert!(!list.contains("/patients/new"));
    let visitor = clinic.visitor();
    assert_eq!(visitor.get("/patients/1").await.status(), 303);
    assert_eq!(visitor.get_json("/api/v1/patients").await.0, 401);
    assert_eq!(doctor.get("/patients/999").await.status(), 404);
    let none = clinic
        .count("SELECT count(*) AS n FROM audit_log WHERE action = 'read'")
        .await;
    assert_eq!(none, 0);
});

both!(the_head_of_a_record_tells_what_is_planned_and_nothing_else, |clinic| {
    let desk = clinic.api(Role::FrontDesk).await;
    let who = register(&desk, json!({ "name": "孙丽", "phone": "13800007701" })).await;
    let service = |code: &str| clinic.sample.services.iter().find(|s| s.code == code).unwrap().id;
    let provider = clinic.sample.providers[0].id;
    let book = async |at: &str| {
        let body =
            json!({ "patient_id": who, "service_id": service("check-up"), "provider_id": provider, "starts_at": at });
        let (status, made) = desk.post_json("/api/v1/appointments", &body).await;
        assert_eq!(status, 201, "{made}");
        made
    };
    let cancel = async |made: &Value| {
        let path = format!("/api/v1/appointments/{}/cancel", made["id"]);
        let body = json!({ "version": made["version"], "reason": "有事" });
        assert_eq!(desk.post_json(&path, &body).await.0, 200);
    };
    let (recalled, now) = (service("cleaning"), clinic.now());
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::recalls as r;
            use diesel::ExpressionMethods;
            let day = chrono::NaiveDate::from_ymd_opt(2027, 5, 21).unwrap();
            let own = (r::patient_id.eq(who), r::service_id.eq(recalled.0));
            let rest = (
                r::calculated_on.eq(day),
                r::due_on.eq(day),
                r::state.eq("due"),
                r::attempts.eq(0),
                r::version.eq(1_i64),
                r::created_at.eq(now),
                r::updated_at.eq(now),
            );
            let row = diesel::insert_into(r::table).values((own, rest));
            Ok(diesel::RunQueryDsl::execute(row, c)?)
        })
        .await;
    let soon = book("2026-11-25T10:30:00+08:00").await;
    let later = book("2027-01-06T10:30:00+08:00").await;
    let page = async |login: &str| {
        clinic
            .signed_in(login)
            .await
            .page(&format!("/patients/{who}?lang=zh"))
            .await
    };
    let shown = page("desk").await;
    assert!(
        shown.contains("下次：<b>11月25日 周三 10:30</b> 检查 · 李医生"),
        "{shown}"
    );
    assert!(shown.contains("复诊到期</a> <b>2027-05-21</b> 洁牙"), "{shown}");
    // A cancelled visit is not the next one, though it stands in the timeline; another year is named.
    cancel(&soon).await;
    let shown = page("desk").await;
    assert!(
        shown.contains("下次：<b>2027年1月6日 周三 10:30</b>") && shown.contains("已取消"),
        "{shown}"
    );
    cancel(&later).await;
    let shown = page("desk").await;
    assert!(
        !shown.contains("下次：") && shown.contains("复诊到期</a> <b>2027-05-21</b>"),
        "{shown}"
    );
    // Who may not book is shown no way to it.
    let book = format!("/day?book={who}");
    assert!(shown.contains(&book));
    assert!(!page("doctor").await.contains(&book));
});
