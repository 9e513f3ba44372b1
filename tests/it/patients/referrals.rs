//! Who sent whom, over the API.

use chairside::staff::Role;
use serde_json::{Value, json};

use crate::both;
use crate::support::make_patient;

const REFERRALS: &str = "/api/v1/referrals";

both!(who_sent_whom_is_written_down_and_read, |clinic| {
    let api = clinic.api(Role::FrontDesk).await;
    let mut ids = Vec::new();
    for (n, name) in ["孙丽", "王敏", "李明", "张伟"].iter().enumerate() {
        ids.push(make_patient(&clinic, name, &format!("1390000773{n}")).await.0);
    }
    let [by, first, second, third] = ids.try_into().unwrap();
    for who in [first, second, third] {
        let body = json!({ "patient_id": who, "referred_by": by });
        let (status, made) = api.post_json(REFERRALS, &body).await;
        assert_eq!((status, &made["referred_by"]["name"]), (200, &json!("孙丽")), "{made}");
        assert!(made["patient"]["id"] == json!(who) && made["at"].is_string(), "{made}");
    }
    // The desk's page says the same.
    let desk = clinic.signed_in("desk").await;
    assert!(
        desk.page(&format!("/patients/{first}?lang=zh"))
            .await
            .contains("孙丽</a>")
    );
    // By page: whom somebody sent, and who sent somebody.
    let of = format!("{REFERRALS}?referred_by={by}&limit=2");
    let (_, page) = api.get_json(&of).await;
    let next = page["next"].as_str().unwrap();
    let (_, rest) = api.get_json(&format!("{of}&cursor={next}")).await;
    let names = |page: &Value| -> Vec<Value> {
        let items = page["items"].as_array().unwrap();
        items.iter().map(|r| r["patient"]["name"].clone()).collect()
    };
    assert_eq!(
        (names(&page), names(&rest)),
        (vec![json!("王敏"), json!("李明")], vec![json!("张伟")])
    );
    assert_eq!(rest["next"], Value::Null);
    let (_, one) = api.get_json(&format!("{REFERRALS}?patient_id={first}")).await;
    assert_eq!(
        (names(&one), &one["items"][0]["referred_by"]["id"]),
        (vec![json!("王敏")], &json!(by))
    );
    assert_eq!(names(&api.get_json(REFERRALS).await.1).len(), 3);
    // Nobody sends themselves, and who is not there sends nobody.
    for (who, code) in [(first, "self"), (999_999, "unknown")] {
        let body = json!({ "patient_id": first, "referred_by": who });
        let (status, told) = api.post_json(REFERRALS, &body).await;
        assert_eq!(
            (status, &told["errors"][0]["field"]),
            (422, &json!("referred_by")),
            "{told}"
        );
        assert_eq!(told["errors"][0]["code"], code);
    }
    let nobody = json!({ "patient_id": 999_999, "referred_by": by });
    assert_eq!(api.post_json(REFERRALS, &nobody).await.0, 404);
    // Taken away again; said twice, it is said once.
    for _ in 0..2 {
        let (status, gone) = api
            .post_json(REFERRALS, &json!({ "patient_id": first, "referred_by": null }))
            .await;
        assert_eq!(
            (status, &gone["referred_by"], &gone["at"]),
            (200, &Value::Null, &Value::Null),
            "{gone}"
        );
    }
    let written = "SELECT count(*) AS n FROM audit_log WHERE action = 'update' AND detail = 'referred_by'";
    assert_eq!(clinic.count(written).await, 4);
});
