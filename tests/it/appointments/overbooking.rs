//! Booking over what is in the way is a permission of each account.

use chairside::staff::Role;
use serde_json::{Value, json};

use super::{booked, booking, provider, service};
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

const AT: &str = "2026-11-30T09:30:00+08:00";

/// The account as the administrator's form sends it.
async fn allow(admin: &Browser, (id, name, role): (i64, &str, &str), may: bool) {
    let mut fields = vec![("name", name), ("role", role), ("active", "1")];
    fields.extend(may.then_some(("may_overbook", "1")));
    let answer = admin.post_form(&format!("/settings/staff/{id}"), &fields).await;
    assert_eq!(
        answer.headers()["location"],
        format!("/settings/staff/{id}?saved=account")
    );
}
/// A booking over others on the page.
async fn squeeze(desk: &Browser, clinic: &Clinic, who: chairside::patients::PatientId, time: &str) -> u16 {
    let (patient, service) = (who.to_string(), service(clinic, "check-up").id.to_string());
    let provider = provider(clinic, 1).id.to_string();
    let fields = [
        ("patient", patient.as_str()),
        ("service", &service),
        ("provider", &provider),
        ("date", "2026-11-30"),
        ("time", time),
        ("overbook", "急性牙痛"),
        ("form", "1"),
    ];
    desk.post_form("/appointments", &fields).await.status().as_u16()
}

both!(
    overbooking_is_the_accounts_permission_from_the_next_request_on,
    |clinic| {
        let (admin, desk) = (clinic.signed_in("admin").await, clinic.signed_in("desk").await);
        let api = clinic.api(Role::FrontDesk).await;
        let who = make_patient(&clinic, "刘洋", "13900010000").await;
        booked(&api, &booking(&clinic, who, "check-up", 1, AT)).await;
        let mut others = Vec::new();
        for i in 1..=4 {
            others.push(make_patient(&clinic, &format!("陈{i}"), &format!("1390001000{i}")).await);
        }
        let panel = format!(
            "/day?day=2026-11-30&book={}&service={}&provider={}&at=09:30",
            others[0],
            service(&clinic, "check-up").id,
            provider(&clinic, 1).id
        );
        let walk_in =
            json!({ "patient_id": others[3], "service_id": service(&clinic, "check-up").id, "urgency": "soon" });
        assert_eq!(api.post_json("/api/v1/walk-ins", &walk_in).await.0, 201);
        let offered = async || {
            let (panel, queue) = (desk.page(&panel).await, desk.page("/walk-in").await);
            let offers = [panel, queue].map(|page| page.contains("name=\"overbook\""));
            assert_eq!(offers[0], offers[1]);
            offers[0]
        };
        let over = async |who| {
            let mut body = booking(&clinic, who, "check-up", 1, AT);
            body["overbook"] = json!("急性牙痛");
            api.post_json("/api/v1/appointments", &body).await
        };
        let of_token = clinic
            .count("SELECT id AS n FROM staff_users WHERE login = 'api-front-desk'")
            .await;
        let clerk = (clinic.sample.users[1].0, "钱晓", "front-desk");
        let token = (of_token, "API front-desk", "front-desk");
        // A front desk may from the start.
        assert!(offered().await);
        assert_eq!(squeeze(&desk, &clinic, others[0], "09:30").await, 303);
        // The administrator takes it back: the sessions go on, without it.
        assert!(
            admin
                .page(&format!("/settings/staff/{}", clerk.0))
                .await
                .contains("name=\"may_overbook\" value=\"1\" checked")
        );
        allow(&admin, clerk, false).await;
        allow(&admin, token, false).await;
        assert!(!offered().await);
        assert_eq!(squeeze(&desk, &clinic, others[1], "09:30").await, 403);
        let (status, why) = over(others[1]).await;
        assert_eq!((status, why["code"].as_str()), (403, Some("forbidden")));
        let free = booked(
            &api,
            &booking(&clinic, others[1], "check-up", 1, "2026-11-30T15:00:00+08:00"),
        )
        .await;
        assert_eq!(free["overbooked"], Value::Null, "everything else goes on");
        let told =
            "SELECT count(*) AS n FROM audit_log WHERE action = 'update' AND detail = 'may_overbook: true -> false'";
        assert_eq!(clinic.count(told).await, 2);
        let list = admin.page("/settings/staff?lang=en").await;
        assert!(list.contains("May not") && list.contains("Overbooking"), "{list}");
        // And gives it again.
        allow(&admin, clerk, true).await;
        allow(&admin, token, true).await;
        assert!(offered().await);
        assert_eq!(squeeze(&desk, &clinic, others[2], "09:30").await, 303);
        let (status, squeezed) = over(others[3]).await;
        assert_eq!(
            (status, squeezed["overbooked"].as_str()),
            (201, Some("急性牙痛")),
            "{squeezed}"
        );
    }
);

both!(
    an_account_of_any_role_can_be_given_the_permission_to_overbook,
    |clinic| {
        let (admin, nurse) = (clinic.signed_in("admin").await, clinic.signed_in("nurse").await);
        let api = clinic.api(Role::FrontDesk).await;
        let (a, b) = (
            make_patient(&clinic, "刘洋", "13900010001").await,
            make_patient(&clinic, "陈静", "13900010002").await,
        );
        booked(&api, &booking(&clinic, a, "check-up", 1, AT)).await;
        assert_eq!(
            squeeze(&nurse, &clinic, b, "09:30").await,
            403,
            "by their role nurses may not"
        );
        let name = "SELECT count(*) AS n FROM staff_users WHERE may_overbook AND role = 'nurse'";
        assert_eq!(clinic.count(name).await, 0);
        let id = clinic
            .count("SELECT id AS n FROM staff_users WHERE login = 'nurse'")
            .await;
        allow(&admin, (id, "林洁", "nurse"), true).await;
        assert_eq!(squeeze(&nurse, &clinic, b, "09:30").await, 303);
    }
);
