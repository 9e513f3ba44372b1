//! Duplicates and national IDs.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::{ID_MALE_1990, text_of};
use crate::both;
use crate::support::Browser;

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
