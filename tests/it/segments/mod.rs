//! Segments: built from conditions, counted, worked by the desk.

mod archive;
mod oracle;

use chairside::staff::Role;
use serde_json::{Value, json};

use crate::both;
use crate::support::{Browser, Clinic, make_patient};

fn definition(conditions: Value) -> Value {
    json!({ "groups": [{ "conditions": conditions }] })
}

async fn made(api: &Browser, name: &str, conditions: Value) -> Value {
    let body = json!({ "name": name, "name_en": name, "definition": definition(conditions) });
    let (status, segment) = api.post_json("/api/v1/segments", &body).await;
    assert_eq!(status, 201, "{segment}");
    segment
}

fn vip() -> Value {
    json!([{ "is": { "field": "vip" } }])
}

/// Three patients, of whom two are VIP.
async fn three(clinic: &Clinic) -> [i64; 3] {
    let one = make_patient(clinic, "孙丽", "13900007731").await;
    let two = make_patient(clinic, "李明", "13900007732").await;
    let three = make_patient(clinic, "张伟", "13900007733").await;
    let sql = format!("UPDATE patients SET vip = TRUE WHERE id IN ({one}, {two})");
    clinic
        .sql(move |c| Ok(diesel::connection::SimpleConnection::batch_execute(c, &sql)?))
        .await;
    [one.0, two.0, three.0]
}

both!(a_segment_is_built_without_scripts, |clinic| {
    three(&clinic).await;
    let manager = clinic.signed_in("manager").await;
    let page = manager.page("/segments/new?lang=zh").await;
    assert!(page.contains("添加条件"), "{page}");
    // Rows are added by buttons; what was typed stays.
    let blank = [
        ("name", "老患者"),
        ("name_en", "Old hands"),
        ("join", "all"),
        ("g0-join", "all"),
        ("g0-add", "last-visit"),
        ("do", "add-0"),
    ];
    let answer = manager.post_form("/segments/new", &blank).await;
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("value=\"老患者\"") && page.contains("name=\"g0c0-n\""),
        "{page}"
    );
    assert!(page.contains("最近一次就诊早于 6 个月前"), "{page}");
    // What cannot be read is told at its field, and stays.
    let wrong = [
        ("name", "老患者"),
        ("name_en", "Old hands"),
        ("g0-join", "all"),
        ("g0c0-field", "last-visit"),
        ("g0c0-when", "before"),
        ("g0c0-n", "六"),
        ("g0c0-unit", "months"),
        ("do", "save"),
    ];
    let answer = manager.post_form("/segments/new", &wrong).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("id=\"f-g0c0-n-e\"") && page.contains("value=\"六\""),
        "{page}"
    );
    // Nothing asked is nobody meant.
    let empty = [("name", "a"), ("name_en", "b"), ("g0-join", "all"), ("do", "save")];
    assert_eq!(manager.post_form("/segments/new", &empty).await.status(), 422);
    let right = [
        ("name", "特需"),
        ("name_en", "VIPs"),
        ("g0-join", "all"),
        ("g0c0-field", "vip"),
        ("g0c1-field", "booked"),
        ("g0c1-not", "1"),
        ("do", "save"),
    ];
    let answer = manager.post_form("/segments/new", &right).await;
    assert_eq!(answer.status(), 303);
    let at = answer.headers()["location"].to_str().unwrap().to_owned();
    let work = manager.page(&format!("{at}&lang=zh")).await;
    assert!(work.contains("是特需患者 且 没有未来预约"), "{work}");
    assert!(
        work.contains("孙丽") && work.contains("李明") && !work.contains("张伟"),
        "{work}"
    );
    let english = manager.page(&format!("{at}&lang=en")).await;
    assert!(
        english.contains("VIP and no visit ahead") && english.contains("2 patients"),
        "{english}"
    );
    let trail = "SELECT count(*) AS n FROM audit_log WHERE subject = 'segments' AND action = 'create'";
    assert_eq!(clinic.count(trail).await, 1);
});

both!(who_is_meant_is_told_while_it_is_typed, |clinic| {
    three(&clinic).await;
    let manager = clinic.signed_in("manager").await;
    let typed = [("g0-join", "all"), ("g0c0-field", "vip"), ("lang", "en")];
    let found = manager.post_form("/segments/look", &typed).await.text().await.unwrap();
    assert!(
        found.contains("特需") && found.contains("2 人") && found.contains("孙丽"),
        "{found}"
    );
    assert!(!found.contains("张伟"), "{found}");
    let either = [
        ("g0-join", "any"),
        ("g0c0-field", "vip"),
        ("g0c1-field", "vip"),
        ("g0c1-not", "1"),
    ];
    let found = manager.post_form("/segments/look", &either).await.text().await.unwrap();
    assert!(
        found.contains("是特需患者 或 不是特需患者") && found.contains("3 人"),
        "{found}"
    );
    // Nobody: then it is told which condition keeps them out.
    let nobody = [
        ("g0-join", "all"),
        ("g0c0-field", "vip"),
        ("g0c1-field", "age"),
        ("g0c1-age_from", "90"),
    ];
    let found = manager.post_form("/segments/look", &nobody).await.text().await.unwrap();
    assert!(found.contains("不要求“年龄是 90 岁及以上”时有 2 人"), "{found}");
    // Two groups, and one of them taken away.
    let two = [
        ("join", "any"),
        ("g0-join", "all"),
        ("g0c0-field", "vip"),
        ("g1-join", "all"),
        ("g1c0-field", "age"),
        ("g1c0-age_from", "90"),
        ("do", "drop-1-0"),
    ];
    let page = manager.post_form("/segments/new", &two).await.text().await.unwrap();
    assert!(page.contains("g0c0-field") && !page.contains("g1c0-field"), "{page}");
});

both!(a_segment_is_worked_one_by_one, |clinic| {
    let [one, two, three] = three(&clinic).await;
    let segment = made(&clinic.api(Role::Manager).await, "特需", vip()).await;
    let at = format!("/segments/{}", segment["id"]);
    let desk = clinic.signed_in("desk").await;
    let page = desk.page(&format!("{at}?lang=zh")).await;
    assert!(page.contains("139 0000 7731") && page.contains("孙丽"), "{page}");
    let marked = |who: i64, mark: &str| {
        [
            ("patient".to_owned(), who.to_string()),
            ("mark".to_owned(), mark.to_owned()),
        ]
    };
    let post = async |who: i64, mark: &str| {
        let pairs = marked(who, mark);
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        desk.post_form(&format!("{at}/marks"), &pairs).await.status().as_u16()
    };
    assert_eq!(post(one, "called").await, 303);
    assert_eq!(post(three, "called").await, 404, "only who is meant");
    let page = desk.page(&format!("{at}?lang=zh")).await;
    assert!(!page.contains("孙丽") && page.contains("李明"), "{page}");
    let all = desk.page(&format!("{at}?show=all&lang=zh")).await;
    assert!(
        all.contains("孙丽") && all.contains("已致电") && all.contains("取消标记"),
        "{all}"
    );
    // A mark is taken away, another is put on, and who is not meant any more keeps theirs.
    assert_eq!(post(one, "").await, 303);
    assert!(desk.page(&at).await.contains("孙丽"));
    assert_eq!(post(two, "done").await, 303);
    assert_eq!(post(two, "texted").await, 303);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM segment_marks").await, 1);
    let trail = format!("SELECT count(*) AS n FROM audit_log WHERE action = 'mark' AND patient_id = {two}");
    assert_eq!(clinic.count(&trail).await, 2);
    // A new round begins from the start; the desk does not begin one.
    assert_eq!(
        desk.post_form(&format!("{at}/round"), &[("version", "1")])
            .await
            .status(),
        403
    );
    let manager = clinic.signed_in("manager").await;
    assert_eq!(
        manager
            .post_form(&format!("{at}/round"), &[("version", "1")])
            .await
            .status(),
        303
    );
    assert!(desk.page(&at).await.contains("李明"));
    assert_eq!(
        manager
            .post_form(&format!("{at}/round"), &[("version", "1")])
            .await
            .status(),
        409
    );
});

both!(what_records_say_is_asked_by_who_may_read_them, |clinic| {
    let manager = clinic.api(Role::Manager).await;
    let caries = json!([{ "is": { "field": "diagnosis", "text": "龋齿" } }]);
    let segment = made(&manager, "龋齿", caries.clone()).await;
    let at = format!("/segments/{}", segment["id"]);
    let admin = clinic.api(Role::Administrator).await;
    let body = json!({ "name": "x", "name_en": "x", "definition": definition(caries) });
    let (status, fault) = admin.post_json("/api/v1/segments", &body).await;
    assert_eq!(
        (status, &fault["errors"][0]["code"]),
        (422, &json!("not_allowed")),
        "{fault}"
    );
    let (_, seen) = clinic
        .api(Role::FrontDesk)
        .await
        .get_json(&format!("/api/v1{at}"))
        .await;
    assert_eq!((&seen["definition"], &seen["count"]), (&Value::Null, &json!(0)));
    let desk = clinic.signed_in("desk").await;
    assert!(!desk.page(&format!("{at}?lang=zh")).await.contains("“龋齿”"));
    assert!(!desk.page("/segments?lang=zh").await.contains("“龋齿”"));
    let chief = clinic.signed_in("manager").await;
    assert!(chief.page(&format!("{at}?lang=zh")).await.contains("诊断含“龋齿”"));
    assert_eq!(
        clinic
            .signed_in("admin")
            .await
            .get(&format!("{at}/edit"))
            .await
            .status(),
        403
    );
    assert_eq!(chief.get(&format!("{at}/edit")).await.status(), 200);
});

both!(the_api_makes_changes_and_pages_segments, |clinic| {
    three(&clinic).await;
    let api = clinic.api(Role::Manager).await;
    let segment = made(&api, "特需", vip()).await;
    assert_eq!((&segment["count"], &segment["version"]), (&json!(2), &json!(1)));
    let at = format!("/api/v1/segments/{}", segment["id"]);
    let (_, first) = api.get_json(&format!("{at}/members?limit=1")).await;
    assert_eq!(first["items"][0]["name"], "孙丽");
    let next = first["next"].as_str().unwrap();
    let (_, second) = api.get_json(&format!("{at}/members?limit=1&cursor={next}")).await;
    assert_eq!(
        (&second["items"][0]["name"], &second["next"]),
        (&json!("李明"), &Value::Null)
    );
    let everybody = definition(json!([{ "not": true, "is": { "field": "booked" } }]));
    let (status, changed) = api
        .patch_json(&at, &json!({ "version": 1, "definition": everybody }))
        .await;
    assert_eq!(
        (status, &changed["count"], &changed["name"]),
        (200, &json!(3), &json!("特需"))
    );
    let (status, stale) = api.patch_json(&at, &json!({ "version": 1, "name": "x" })).await;
    assert_eq!((status, &stale["current"]["version"]), (409, &json!(2)), "{stale}");
    // Faults stand at their fields.
    for (condition, field) in [
        (json!({ "is": { "field": "age", "from": 50, "to": 40 } }), "is.to"),
        (json!({ "is": { "field": "visit", "service": 999_999 } }), "is.service"),
        (json!({ "is": { "field": "diagnosis", "text": " " } }), "is.text"),
        (
            json!({ "is": { "field": "treatment", "text": "x", "tooth": "99" } }),
            "is.tooth",
        ),
        (
            json!({ "is": { "field": "last-visit", "when": { "is": "within", "n": 0, "unit": "days" } } }),
            "is.when.n",
        ),
        (json!({ "is": { "field": "birthday-month", "month": 13 } }), "is.month"),
    ] {
        let body = json!({ "name": "x", "name_en": "x", "definition": definition(json!([condition])) });
        let (status, fault) = api.post_json("/api/v1/segments", &body).await;
        let at = format!("definition.groups[0].conditions[0].{field}");
        assert_eq!((status, &fault["errors"][0]["field"]), (422, &json!(at)), "{fault}");
    }
    let unknown =
        json!({ "name": "x", "name_en": "x", "definition": definition(json!([{ "is": { "field": "shoe" } }])) });
    assert_eq!(api.post_json("/api/v1/segments", &unknown).await.0, 422);
});

both!(a_segment_that_nothing_uses_can_go, |clinic| {
    let [one, ..] = three(&clinic).await;
    let segment = made(&clinic.api(Role::Manager).await, "特需", vip()).await;
    let at = format!("/segments/{}", segment["id"]);
    let manager = clinic.signed_in("manager").await;
    let who = one.to_string();
    let mark = [("patient", who.as_str()), ("mark", "done")];
    assert_eq!(manager.post_form(&format!("{at}/marks"), &mark).await.status(), 303);
    assert_eq!(
        manager
            .post_form(&format!("{at}/remove"), &[("version", "9")])
            .await
            .status(),
        409
    );
    assert_eq!(
        manager
            .post_form(&format!("{at}/remove"), &[("version", "1")])
            .await
            .status(),
        303
    );
    assert_eq!(manager.get(&at).await.status(), 404);
    let trail = "SELECT count(*) AS n FROM audit_log WHERE subject = 'segments' AND action = 'delete'";
    assert_eq!(clinic.count(trail).await, 1);
});
