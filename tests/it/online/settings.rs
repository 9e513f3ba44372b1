//! What an administrator sets.

use super::{ask, booked, proof, service, typed};
use crate::both;

const RULES: [(&str, &str); 4] = [
    ("change_hours", "2"),
    ("moves_max", "3"),
    ("planned_max", "3"),
    ("broken_days", "180"),
];

both!(rules_are_saved_by_section_with_faults_at_their_field, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let page = admin.page("/settings/online").await;
    for wanted in ["/book", "洁牙", "牙痛、肿胀", "请先来电"] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    let mut form = RULES.to_vec();
    form[0].1 = "721";
    form.push(("broken_max", "0"));
    let answer = admin.post_form("/settings/online", &form).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.unwrap();
    assert!(page.contains("f-change_hours-e") && page.contains("f-broken_max-e") && page.contains("value=\"721\""));
    let mut form = RULES.to_vec();
    form.extend([("open", "1"), ("broken_max", "5")]);
    assert_eq!(admin.post_form("/settings/online", &form).await.status(), 303);
    // Strangers are told once their number is proved; the page before does not say who is registered.
    let phone = clinic.visitor();
    let (_, answer) = ask(&clinic, &phone, "cleaning", &typed("王一", "13900110001")).await;
    assert_eq!(answer.status(), 303);
    let (_, link) = proof(&clinic).await;
    let refused = phone.post_form(&link, &[]).await;
    assert_eq!(refused.status(), 409);
    assert!(refused.text().await.unwrap().contains("没有找到您的病历"));
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM patients WHERE name = '王一'")
            .await,
        0
    );
    assert!(booked(&clinic).await.is_empty());
    // Closed: the page says so, and forms do nothing.
    assert_eq!(admin.post_form("/settings/online", &RULES).await.status(), 303);
    let page = phone.page("/book").await;
    assert!(page.contains("目前不能在网上预约") && page.contains("0571 8765 4321"));
    let audited = "SELECT count(*) AS n FROM audit_log WHERE subject = 'online_rules'";
    assert_eq!(clinic.count(audited).await, 2);
});

both!(complaints_are_added_changed_ordered_and_removed, |clinic| {
    let admin = clinic.signed_in("admin").await;
    let s = service(&clinic, "cleaning").to_string();
    let form = [
        ("name", "牙结石"),
        ("name_en", "Tartar"),
        ("service", s.as_str()),
        ("position", "1"),
    ];
    assert_eq!(
        admin.post_form("/settings/online/complaints", &form).await.status(),
        303
    );
    let phone = clinic.visitor();
    let page = phone.page("/book").await;
    assert!(page.find("牙结石").unwrap() < page.find("牙痛").unwrap());
    let again = admin.post_form("/settings/online/complaints", &form).await;
    assert_eq!(again.status(), 422);
    assert!(again.text().await.unwrap().contains("已有同名的主诉"));
    let id = clinic.count("SELECT max(id) AS n FROM complaints").await;
    let path = format!("/settings/online/complaints/{id}");
    assert!(admin.page(&path).await.contains("value=\"牙结石\""));
    let form = [
        ("name", "牙石多"),
        ("name_en", "Tartar"),
        ("service", s.as_str()),
        ("position", "9"),
        ("urgent", "1"),
    ];
    assert_eq!(admin.post_form(&path, &form).await.status(), 303);
    let page = phone.page("/book").await;
    assert!(page.find("牙石多").unwrap() > page.find("牙痛").unwrap());
    let bad = [("name", ""), ("name_en", "x"), ("service", "999999"), ("position", "0")];
    let answer = admin.post_form(&path, &bad).await;
    assert_eq!(answer.status(), 422);
    let text = answer.text().await.unwrap();
    for field in ["name", "service", "position"] {
        assert!(text.contains(&format!("f-{field}-e")), "{field}: {text}");
    }
    assert_eq!(admin.post_form(&format!("{path}/remove"), &[]).await.status(), 303);
    assert!(!phone.page("/book").await.contains("牙石多"));
    assert_eq!(admin.get(&path).await.status(), 404);
});
