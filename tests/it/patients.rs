//! Registering, finding, changing patients; duplicates; sealed national IDs; the API.

use chairside::staff::Role;
use reqwest::Response;
use serde_json::{Value, json};

use crate::both;
use crate::support::Browser;

/// A number that is right: 1990-01-01, male (GB 11643).
const ID_MALE_1990: &str = "110101199001011210";

async fn text_of(answer: Response, status: u16) -> String {
    let got = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    assert_eq!(got, status, "{text}");
    text
}

async fn register(api: &Browser, body: Value) -> i64 {
    let (status, answer) = api.post_json("/api/v1/patients", &body).await;
    assert_eq!(status, 201, "{answer}");
    answer["id"].as_i64().unwrap()
}

fn names(list: &Value) -> Vec<&str> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].as_str().unwrap())
        .collect()
}

async fn found(api: &Browser, q: &str) -> Vec<String> {
    let (status, list) = api.get_json(&format!("/api/v1/patients?q={q}")).await;
    assert_eq!(status, 200, "{list}");
    names(&list).into_iter().map(ToOwned::to_owned).collect()
}

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

both!(a_duplicate_is_offered_before_it_is_made, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let first = [
        ("name", "李芳"),
        ("sex", "female"),
        ("birth_date", "1990-05-01"),
        ("phone", "13800001234"),
    ];
    assert_eq!(desk.post_form("/patients", &first).await.status(), 303);
    // Live, while typing: the same number, spelt otherwise, and a name that sounds the same.
    let typing = [("name", "李方"), ("phone", "138 0000 1234")];
    let live = text_of(desk.post_form("/patients/check", &typing).await, 200).await;
    assert!(live.contains("手机相同，姓名相近") && live.contains("李芳"), "{live}");
    let family = [("name", "王小宝"), ("phone", "138 0000 1234")];
    let live = text_of(desk.post_form("/patients/check", &family).await, 200).await;
    assert!(live.contains("家人"), "{live}");
    assert_eq!(
        desk.post_form(
            "/patients",
            &[("sex", "male"), ("name", "王小宝"), ("phone", "13800001234")]
        )
        .await
        .status(),
        303
    );
    // On saving: refused until somebody says that it is another person.
    for again in [
        vec![("name", "李方"), ("phone", "13800001234")],
        vec![("name", "李 芳"), ("birth_date", "1990/5/1"), ("phone", "13900001234")],
    ] {
        let page = text_of(desk.post_form("/patients", &again).await, 422).await;
        assert!(
            page.contains("可能已经登记过") && page.contains("confirm_duplicate"),
            "{page}"
        );
        let mut confirmed = again.clone();
        confirmed.push(("confirm_duplicate", "1"));
        assert_eq!(desk.post_form("/patients", &confirmed).await.status(), 303);
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM patients").await, 4);
});

both!(
    a_national_id_is_sealed_masked_unique_and_its_reading_audited,
    |clinic| {
        let (desk, nurse) = (clinic.signed_in("desk").await, clinic.signed_in("nurse").await);
        let form = [
            ("name", "王强"),
            ("phone", "13800005678"),
            ("national_id", ID_MALE_1990),
        ];
        assert_eq!(desk.post_form("/patients", &form).await.status(), 303);
        let plain = format!(
            "SELECT count(*) AS n FROM patients WHERE national_id LIKE '%{ID_MALE_1990}%' OR note LIKE '%1990%'"
        );
        assert_eq!(clinic.count(&plain).await, 0);
        let filled = "SELECT count(*) AS n FROM patients WHERE sex = 'male' AND birth_date = '1990-01-01' AND birth_month_day = 101";
        assert_eq!(clinic.count(filled).await, 1);
        for page in [
            desk.page("/patients/1").await,
            nurse.page("/patients/1").await,
            desk.page("/patients/1/edit").await,
        ] {
            assert!(page.contains("110101••••••••1210") && !page.contains(ID_MALE_1990));
        }
        let id_reads = "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND detail = 'national_id'";
        assert_eq!(clinic.count(id_reads).await, 0);
        assert!(nurse.page("/patients/1/edit").await.contains(ID_MALE_1990));
        assert_eq!(clinic.count(id_reads).await, 1);
        // The same number for somebody else is refused, and no tick helps.
        let twin = [
            ("name", "赵六"),
            ("phone", "13800009999"),
            ("national_id", ID_MALE_1990),
            ("confirm_duplicate", "1"),
        ];
        let page = text_of(desk.post_form("/patients?lang=zh", &twin).await, 422).await;
        assert!(page.contains("身份证号相同") && !page.contains("仍要保存"), "{page}");
        // Left empty it stays; a birthday that contradicts it is refused; removed it is gone.
        let keep = [
            ("version", "1"),
            ("name", "王强"),
            ("sex", "male"),
            ("birth_date", "1990-01-01"),
            ("phone", "13800005678"),
        ];
        assert_eq!(desk.post_form("/patients/1/edit", &keep).await.status(), 303);
        assert!(desk.page("/patients/1").await.contains("110101••••••••1210"));
        let wrong = [
            ("version", "2"),
            ("name", "王强"),
            ("sex", "male"),
            ("birth_date", "1990-01-02"),
            ("phone", "13800005678"),
        ];
        assert_eq!(desk.post_form("/patients/1/edit", &wrong).await.status(), 422);
        let remove = [
            ("version", "2"),
            ("name", "王强"),
            ("phone", "13800005678"),
            ("national_id_remove", "1"),
        ];
        assert_eq!(desk.post_form("/patients/1/edit", &remove).await.status(), 303);
        assert_eq!(
            clinic
                .count("SELECT count(*) AS n FROM patients WHERE national_id IS NULL AND national_id_hash IS NULL")
                .await,
            1
        );
    }
);

both!(fifty_at_once_with_one_national_id_make_one_patient, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let body = |i: usize| json!({ "name": format!("患者{i}"), "phone": format!("1380000{i:04}"), "national_id": ID_MALE_1990 });
    let bodies: Vec<Value> = (0..50).map(body).collect();
    let api = std::rc::Rc::new(api);
    let tasks: Vec<_> = bodies
        .into_iter()
        .map(|body| {
            let api = std::rc::Rc::clone(&api);
            actix_web::rt::spawn(async move { api.post_json("/api/v1/patients", &body).await.0 })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|s| **s == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|s| **s == 409).count(), 49, "{statuses:?}");
    assert_eq!(clinic.count("SELECT count(*) AS n FROM patients").await, 1);
});

/// The statuses of what is sent at the same moment.
async fn at_once(api: &std::rc::Rc<Browser>, bodies: impl Iterator<Item = Value>) -> Vec<u16> {
    let send = |body: Value| {
        let api = std::rc::Rc::clone(api);
        actix_web::rt::spawn(async move { api.post_json("/api/v1/patients", &body).await.0 })
    };
    let tasks: Vec<_> = bodies.map(send).collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    statuses.sort_unstable();
    statuses
}

both!(
    the_same_person_registered_by_many_at_once_is_registered_once,
    |clinic| {
        let api = std::rc::Rc::new(clinic.api(Role::FrontDesk).await);
        for round in 0..4 {
            let phone = format!("1380000{round:04}");
            let body = json!({ "name": "孙丽", "phone": phone });
            let statuses = at_once(&api, (0..8).map(|_| body.clone())).await;
            assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409], "name and phone");
            let body = |i: usize| json!({ "name": "王敏", "birth_date": format!("1990-01-0{}", round + 1), "phone": format!("139000{round}000{i}") });
            let statuses = at_once(&api, (0..8).map(body)).await;
            assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409], "name and birthday");
        }
        assert_eq!(clinic.count("SELECT count(*) AS n FROM patients").await, 8);
    }
);

both!(the_api_registers_lists_finds_and_changes, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let body = json!({ "name": "曾子墨", "phone": "138 1111 2222", "birth_date": "1973-08-06", "sex": "female", "chart_no": "a 100", "consent_sms": true });
    let answer = api
        .client
        .post(format!("{}/api/v1/patients", api.base))
        .bearer_auth(api.bearer.as_ref().unwrap())
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["location"], "/api/v1/patients/1");
    assert_eq!(answer.headers()["etag"], "\"1\"");
    let made: Value = answer.json().await.unwrap();
    assert_eq!(made["chart_no"], "A100");
    assert_eq!(made["phone"], "+8613811112222");
    assert_eq!(made["consent_sms"], true);
    assert_eq!(made["age"], 53);
    // A possible duplicate, with the candidates; confirmed, it is made.
    let twin = json!({ "name": "曾子墨", "phone": "13811112222" });
    let (status, refused) = api.post_json("/api/v1/patients", &twin).await;
    assert_eq!(
        (status, refused["code"].as_str()),
        (409, Some("possible_duplicate")),
        "{refused}"
    );
    assert_eq!(refused["candidates"][0]["id"], 1);
    assert_eq!(refused["candidates"][0]["phone_masked"], "138 •••• 2222");
    let confirmed = json!({ "name": "曾子墨", "phone": "13811112222", "confirm_duplicate": true });
    register(&api, confirmed).await;
    let (status, taken) = api
        .post_json(
            "/api/v1/patients",
            &json!({ "name": "Ann Lee", "phone": "+44 7911 123456", "chart_no": "A100" }),
        )
        .await;
    assert_eq!(
        (status, taken["code"].as_str()),
        (409, Some("chart_no_taken")),
        "{taken}"
    );
    let ann = register(
        &api,
        json!({ "name": "Ann Lee", "phone": "+44 7911 123456", "email": "ann@example.org", "language": "en" }),
    )
    .await;
    // Paging through all.
    let (_, page) = api.get_json("/api/v1/patients?limit=2").await;
    assert_eq!((names(&page).len(), page["next_after"].as_i64()), (2, Some(2)));
    let (_, page) = api.get_json("/api/v1/patients?limit=2&after=2").await;
    assert_eq!((names(&page), page["next_after"].as_i64()), (vec!["Ann Lee"], None));
    // Changes name their version; what is left out stays, null clears.
    let path = format!("/api/v1/patients/{ann}");
    let (status, changed) = api
        .patch_json(
            &path,
            &json!({ "version": 1, "email": null, "vip": true, "needs": "Quiet room" }),
        )
        .await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        (
            changed["version"].as_i64(),
            changed["email"].is_null(),
            changed["vip"].as_bool()
        ),
        (Some(2), true, Some(true))
    );
    assert_eq!(changed["phone"], "+447911123456");
    let (status, stale) = api.patch_json(&path, &json!({ "version": 1, "needs": "x" })).await;
    assert_eq!((status, stale["code"].as_str()), (409, Some("stale")));
    let (status, shown) = api.get_json(&path).await;
    assert_eq!((status, shown["needs"].as_str()), (200, Some("Quiet room")));
    assert_eq!(api.get_json("/api/v1/patients/999").await.0, 404);
    assert_eq!(
        api.patch_json("/api/v1/patients/999", &json!({ "version": 1 })).await.0,
        404
    );
});

both!(a_list_tells_who_somebody_is_and_no_more_and_is_audited, |clinic| {
    let desk = clinic.api(Role::FrontDesk).await;
    let body = json!({ "name": "曾子墨", "phone": "13811112222", "birth_date": "1973-08-06", "sex": "female", "allergies": "青霉素",
        "address": "文三路 90 号", "note": "怕疼", "email": "zeng@example.org", "national_id": "" });
    register(&desk, body).await;
    let nurse = clinic.api(Role::Nurse).await;
    let known = [
        "age",
        "birth_year",
        "chart_no",
        "deceased",
        "id",
        "name",
        "phone_masked",
        "sex",
        "vip",
    ];
    for query in ["limit=100", "q=zzm", "after=0"] {
        let (status, list) = nurse.get_json(&format!("/api/v1/patients?{query}")).await;
        assert_eq!(status, 200, "{list}");
        let item = list["items"][0].as_object().unwrap();
        assert_eq!(item.keys().map(String::as_str).collect::<Vec<_>>(), known, "{query}");
        assert_eq!(
            (&item["phone_masked"], &item["birth_year"]),
            (&json!("138 •••• 2222"), &json!(1973))
        );
    }
    for detail in ["1 patients of all", "1 patients of q=zzm", "1 patients of after=0"] {
        let row = format!(
            "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND subject = 'patients' AND actor LIKE '%nurse%' AND detail = '{detail}'"
        );
        assert_eq!(clinic.count(&row).await, 1, "{detail}");
    }
    // The record itself: one by one, each reading with its row.
    let reads = "SELECT count(*) AS n FROM audit_log WHERE action = 'read' AND patient_id = 1";
    assert_eq!(clinic.count(reads).await, 0);
    assert_eq!(nurse.get_json("/api/v1/patients/1").await.1["phone"], "+8613811112222");
    assert_eq!(clinic.count(reads).await, 1);
});

both!(api_faults_name_the_field_in_the_callers_language, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let bad = json!({ "name": "", "phone": "123", "national_id": "11010119900101121X" });
    for (lang, expected) in [("zh-CN", "此项必填"), ("en", "This is required")] {
        let answer = api
            .client
            .post(format!("{}/api/v1/patients", api.base))
            .bearer_auth(api.bearer.as_ref().unwrap())
            .header("Accept-Language", lang)
            .json(&bad)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 422);
        let problem: Value = answer.json().await.unwrap();
        let fields: Vec<_> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["field"].as_str().unwrap())
            .collect();
        assert_eq!(fields, ["name", "national_id", "phone"], "{problem}");
        assert_eq!(problem["errors"][0]["message"], expected);
    }
    for (body, field) in [
        (json!({ "name": "x", "colour": "red" }), "colour"),
        (json!({ "name": "李明", "phone": "13800001234", "sex": "robot" }), "sex"),
    ] {
        let (status, problem) = api.post_json("/api/v1/patients", &body).await;
        assert_eq!(
            (status, problem["errors"][0]["field"].as_str()),
            (422, Some(field)),
            "{problem}"
        );
    }
    for query in ["limit=0", "limit=1000", "q=x&after=1"] {
        assert_eq!(
            api.get_json(&format!("/api/v1/patients?{query}")).await.0,
            422,
            "{query}"
        );
    }
    assert_eq!(
        api.patch_json("/api/v1/patients/1", &json!({ "name": "x" })).await.0,
        428
    );
});

both!(the_best_match_comes_first, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let people = [
        ("孙丽", "13800007701"),
        ("孙丽丽", "13800000002"),
        ("宋磊", "13800000377"),
        ("单丽", "13877000004"),
        ("解晓东", "13800000005"),
        ("Sally Long", "13800000006"),
        ("王孙丽", "13800000007"),
    ];
    for (name, phone) in people {
        register(&api, json!({ "name": name, "phone": phone })).await;
    }
    assert_eq!(found(&api, "%E5%AD%99%E4%B8%BD").await, ["孙丽", "孙丽丽", "王孙丽"]);
    // 宋磊 ends with 77, 孙丽 has it among the rest; 单丽 is read Shan Li.
    assert_eq!(found(&api, "sl77").await, ["宋磊", "孙丽", "单丽"]);
    assert_eq!(found(&api, "xxd").await, ["解晓东"]);
    let initials = found(&api, "sl").await;
    assert_eq!(initials.len(), 5, "{initials:?}");
    assert_eq!(initials[4], "孙丽丽");
    assert_eq!(found(&api, "sally").await, ["Sally Long"]);
    assert_eq!(found(&api, "long").await, ["Sally Long"]);
    assert_eq!(found(&api, "377").await, ["宋磊"]);
    assert_eq!(found(&api, "0377").await, ["宋磊"]);
    assert_eq!(found(&api, "P00003").await, ["宋磊"]);
    for nothing in ["%25", "_", "'", "77%25", "zz", "99999999999"] {
        assert_eq!(found(&api, nothing).await, [""; 0], "{nothing}");
    }
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
            let own = (r::patient_id.eq(who), r::service_id.eq(recalled.0), r::due_on.eq(day));
            let rest = (
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
    assert!(shown.contains("复诊到期 <b>2027-05-21</b> 洁牙"), "{shown}");
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
        !shown.contains("下次：") && shown.contains("复诊到期 <b>2027-05-21</b>"),
        "{shown}"
    );
    // Who may not book is shown no way to it.
    let book = format!("/day?book={who}");
    assert!(shown.contains(&book));
    assert!(!page("doctor").await.contains(&book));
});
