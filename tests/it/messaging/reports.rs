//! Reports of gateways; sending again and stopping; the API.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chairside::messaging::{Dispatcher, MessageState};
use chairside::platform::outcome::{Outcome, Sending};
use chairside::platform::sms::{self, SmsSender};
use chairside::staff::Role;
use serde_json::json;

use super::{Scripted, ZHANG, note, over, patient, put, stands};
use crate::both;
use crate::support::{Clinic, Engine};

both!(reports_come_in_any_order_and_only_move_forward, |clinic| {
    let zhang = patient(&clinic, ZHANG).await;
    let urls = Arc::new(Mutex::new(Vec::new()));
    struct Urls(Arc<Mutex<Vec<String>>>);
    impl SmsSender for Urls {
        fn name(&self) -> &'static str {
            "kannel"
        }
        fn send<'a>(&'a self, text: &'a sms::Text, _: Duration) -> Sending<'a> {
            self.0.lock().unwrap().push(text.report_url.clone());
            let outcome = if self.0.lock().unwrap().len() == 1 {
                Outcome::Accepted { id: None }
            } else {
                Outcome::Unknown("no answer in time".into())
            };
            Box::pin(std::future::ready(outcome))
        }
    }
    let dispatcher = Dispatcher {
        sms: vec![Arc::new(Urls(urls.clone()))],
        ..clinic.app.dispatcher()
    };
    let id = put(&clinic, note(&clinic, "a", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    let perhaps = put(&clinic, note(&clinic, "b", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(
        stands(&clinic, perhaps).await,
        (MessageState::Uncertain, "no-answer".into())
    );
    let visitor = clinic.visitor();
    let path = |i: usize| urls.lock().unwrap()[i].strip_prefix(&clinic.base).unwrap().to_owned();
    for (kind, state) in [
        (4, MessageState::Accepted),
        (1, MessageState::Delivered),
        (8, MessageState::Delivered),
        (2, MessageState::Delivered),
    ] {
        visitor.page(&format!("{}?type={kind}&reply=stat:X", path(0))).await;
        assert_eq!(stands(&clinic, id).await.0, state, "after {kind}");
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM message_reports").await, 4);
    visitor.page(&format!("{}?type=34&reply=NACK", path(1))).await;
    assert_eq!(
        stands(&clinic, perhaps).await,
        (MessageState::Failed, "undelivered-expired".into())
    );
    assert_eq!(visitor.get("/gateway/kannel/report/AAAA?type=1").await.status(), 404);
    let mut forged = path(1);
    forged.pop();
    assert_eq!(visitor.get(&format!("{forged}?type=1")).await.status(), 404);
});

#[test]
fn only_named_addresses_may_call_the_gateway_routes() {
    actix_web::rt::System::new().block_on(async {
        let elsewhere = vec!["192.0.2.1".parse().unwrap()];
        let clinic = Clinic::start(Engine::Sqlite, |c| c.sms.allow_from = elsewhere).await;
        let visitor = clinic.visitor();
        for path in [
            "/gateway/kannel/inbound?from=8613800001234&text=STOP",
            "/gateway/kannel/report/AAAA?type=1",
        ] {
            assert_eq!(visitor.get(path).await.status(), 403, "{path}");
        }
        assert_eq!(clinic.count("SELECT count(*) AS n FROM opt_outs").await, 0);
    });
}

both!(the_desk_sends_again_and_stops, |clinic| {
    let gateway = Scripted::new([Outcome::Permanent {
        code: "400".into(),
        text: "Missing receiver".into(),
    }]);
    let dispatcher = over(&clinic, &gateway);
    let zhang = patient(&clinic, ZHANG).await;
    let id = put(&clinic, note(&clinic, "a", zhang)).await;
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(stands(&clinic, id).await, (MessageState::Failed, "refused".into()));
    let desk = clinic.signed_in("desk").await;
    let list = desk.page("/messages?lang=en").await;
    assert!(
        list.contains("Needs a look") && list.contains("It was refused: 400 Missing receiver"),
        "{list}"
    );
    let again = format!("/messages/{id}/again");
    let answer = desk.post_form(&again, &[]).await;
    assert_eq!(answer.status(), 303);
    let new = answer.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(desk.post_form(&again, &[]).await.status(), 409);
    // Stopped while it is held, it leaves its place to another.
    assert_eq!(desk.post_form(&format!("{new}/stop"), &[]).await.status(), 303);
    let answer = desk.post_form(&again, &[]).await;
    assert_eq!(answer.status(), 303);
    let new = answer.headers()["location"].to_str().unwrap().to_owned();
    // What a click sends is held for two minutes, in which it can be stopped, or hurried.
    dispatcher.dispatch_once().await.unwrap();
    assert_eq!(gateway.count(), 1);
    let held = desk.page(&format!("{new}?lang=en")).await;
    assert!(held.contains("It goes out at ") && held.contains("Send now"), "{held}");
    assert_eq!(desk.post_form(&format!("{new}/now"), &[]).await.status(), 303);
    dispatcher.dispatch_once().await.unwrap();
    assert!(desk.page(&new).await.contains("Sent"));
    assert_eq!(desk.post_form(&format!("{new}/now"), &[]).await.status(), 409);
    assert_eq!(desk.post_form(&format!("{new}/again"), &[]).await.status(), 409);
    let waits = put(&clinic, note(&clinic, "b", zhang)).await;
    assert!(desk.page(&format!("/messages/{waits}")).await.contains("Not sent yet"));
    let hurry = desk.post_form(&format!("/messages/{waits}/now"), &[]).await;
    assert_eq!(hurry.status(), 409, "no click made it");
    assert_eq!(
        desk.post_form(&format!("/messages/{waits}/stop"), &[]).await.status(),
        303
    );
    assert_eq!(stands(&clinic, waits).await, (MessageState::Skipped, "stopped".into()));
    assert_eq!(
        desk.post_form(&format!("/messages/{waits}/stop"), &[]).await.status(),
        409
    );
    assert_eq!(desk.get("/messages/999999").await.status(), 404);
});

both!(the_api_tells_what_happened, |clinic| {
    let zhang = patient(&clinic, ZHANG).await;
    let sent = put(&clinic, note(&clinic, "a", zhang)).await;
    clinic.app.dispatcher().dispatch_once().await.unwrap();
    put(&clinic, note(&clinic, "b", zhang)).await;
    let api = clinic.api(Role::FrontDesk).await;
    let (status, list) = api
        .get_json(&format!("/api/v1/messages?patient_id={zhang}&limit=1"))
        .await;
    assert_eq!((status, list["items"].as_array().unwrap().len()), (200, 1));
    let (_, rest) = api
        .get_json(&format!("/api/v1/messages?after={}", list["next_after"]))
        .await;
    assert_eq!(rest["items"][0]["state"], "queued");
    let (_, queued) = api.get_json("/api/v1/messages?state=queued").await;
    assert_eq!(queued["items"].as_array().unwrap().len(), 1);
    let (status, one) = api.get_json(&format!("/api/v1/messages/{sent}")).await;
    assert_eq!(
        (status, &one["state"], &one["recipient"]),
        (200, &json!("accepted"), &json!("+8613800001234"))
    );
    assert_eq!(one["tries"][0]["outcome"], "accepted");
    assert!(one["body"].as_str().unwrap().contains("张伟"));
    assert_eq!(api.get_json("/api/v1/messages?state=nonsense").await.0, 422);
    assert_eq!(api.get_json("/api/v1/messages?stat=queued").await.0, 422);
    assert_eq!(api.get_json("/api/v1/messages/99999").await.0, 404);
    assert_eq!(clinic.api(Role::Doctor).await.get_json("/api/v1/messages").await.0, 403);
});
