//! The way out of mail that is not about a visit.

use chairside::messaging::{MessageId, MessageState, NewMessage, Purpose};
use chairside::patients::{Channel, PatientId};
use chairside::platform::i18n::Lang;

use super::{Who, ZHANG, get, note, patient, put, stands};
use crate::both;
use crate::support::Clinic;

fn of(clinic: &Clinic, key: &str, who: PatientId, purpose: Purpose, template: &str) -> NewMessage {
    NewMessage {
        purpose,
        template: template.into(),
        ..note(clinic, key, who)
    }
}

async fn send(clinic: &Clinic, message: NewMessage) -> MessageId {
    let id = put(clinic, message).await;
    clinic.app.dispatcher().dispatch().await.unwrap();
    id
}

/// The path of the link in a mail that was sent.
async fn link(clinic: &Clinic, id: MessageId) -> String {
    let body = get(clinic, id).await.body.unwrap();
    let at = body.find("/u/").unwrap_or_else(|| panic!("{body}"));
    assert!(body[..at].ends_with(&clinic.base), "{body}");
    body[at..].trim().to_owned()
}

/// What a mail provider does for its reader: no cookie, nothing of a browser of ours.
async fn one_click(clinic: &Clinic, path: &str) -> reqwest::Response {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
        .post(format!("{}{path}", clinic.base))
        .header("Origin", "https://mail.example")
        .header("Sec-Fetch-Site", "cross-site")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click")
        .send()
        .await
        .unwrap()
}

const OPT_OUTS: &str = "SELECT count(*) AS n FROM opt_outs WHERE channel = 'email' AND scope = 'marketing' \
                        AND address = 'Zhang@clinic.example' AND evidence LIKE 'link in message%'";
const SAID: &str = "SELECT count(*) AS n FROM audit_log WHERE action = 'unsubscribe' AND subject = 'messages' \
                    AND patient_id IS NOT NULL AND actor = 'patient'";

both!(one_click_is_enough_and_there_is_a_way_back, |clinic| {
    let who = Who {
        channel: Channel::Email,
        email: Some("Zhang@clinic.example"),
        ..ZHANG
    };
    let zhang = patient(&clinic, who).await;
    let mail = send(&clinic, of(&clinic, "birthday", zhang, Purpose::Birthday, "birthday")).await;
    let path = link(&clinic, mail).await;
    assert!(
        get(&clinic, mail)
            .await
            .body
            .unwrap()
            .contains("不想再收到这类邮件？退订：")
    );

    // Scanners open links; nothing comes of it.
    let visitor = clinic.visitor();
    let (zh, en) = (
        visitor.page(&path).await,
        visitor.page(&format!("{path}?lang=en")).await,
    );
    assert!(
        zh.contains("<html lang=\"zh-CN\"") && zh.contains("退订") && zh.contains("Zh…@clinic.example"),
        "{zh}"
    );
    assert!(en.contains("If you unsubscribe") && !en.contains("Zhang@"), "{en}");
    let head = visitor
        .client
        .head(format!("{}{path}", clinic.base))
        .send()
        .await
        .unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(clinic.count(OPT_OUTS).await, 0);

    for _ in 0..2 {
        let answer = one_click(&clinic, &path).await;
        assert_eq!(answer.status(), 200);
        assert!(answer.headers().get("set-cookie").is_none() && answer.headers().get("location").is_none());
        assert!(answer.text().await.unwrap().contains("您已退订"));
    }
    assert_eq!((clinic.count(OPT_OUTS).await, clinic.count(SAID).await), (1, 1));

    // Nothing more of what has the link, by email; what is about a visit, and texts, still go.
    clinic.minutes_pass(24 * 60);
    let opted_out = (MessageState::Skipped, "opted-out".into());
    for (key, purpose, template) in [
        ("b", Purpose::Birthday, "birthday"),
        ("f", Purpose::FollowUp, "follow-up"),
    ] {
        let id = send(&clinic, of(&clinic, key, zhang, purpose, template)).await;
        assert_eq!(stands(&clinic, id).await, opted_out, "{key}");
    }
    let mut text = of(&clinic, "t", zhang, Purpose::FollowUp, "follow-up");
    text.carrier = Some(chairside::messaging::Carrier::Sms);
    let text = send(&clinic, text).await;
    assert_eq!(stands(&clinic, text).await.0, MessageState::Accepted);
    let visit = send(&clinic, of(&clinic, "v", zhang, Purpose::Change, "follow-up")).await;
    assert_eq!(stands(&clinic, visit).await.0, MessageState::Accepted);
    assert!(!get(&clinic, visit).await.body.unwrap().contains("/u/"));

    let page = visitor.page(&format!("{path}?lang=en")).await;
    assert!(
        page.contains("You are unsubscribed") && page.contains("Subscribe again"),
        "{page}"
    );
    let back = visitor.post_form(&format!("{path}/again"), &[]).await;
    assert_eq!(back.status(), 200);
    assert!(back.text().await.unwrap().contains("You will get them again"));
    assert_eq!((clinic.count(OPT_OUTS).await, clinic.count(SAID).await), (0, 1));
    let id = send(&clinic, of(&clinic, "b2", zhang, Purpose::FollowUp, "follow-up")).await;
    assert_eq!(stands(&clinic, id).await.0, MessageState::Accepted);
});

both!(a_waiting_mail_shows_its_way_out_and_wrong_links_are_refused, |clinic| {
    let who = Who {
        channel: Channel::Email,
        language: Lang::En,
        ..ZHANG
    };
    let wei = patient(&clinic, who).await;
    let mut later = of(&clinic, "later", wei, Purpose::FollowUp, "follow-up");
    later.due_at = clinic.now().plus_minutes(5);
    let id = put(&clinic, later).await;
    let page = clinic.signed_in("desk").await.page(&format!("/messages/{id}")).await;
    assert!(page.contains("No more mail like this? Unsubscribe:"), "{page}");
    clinic.minutes_pass(5);
    clinic.app.dispatcher().dispatch().await.unwrap();
    let path = link(&clinic, id).await;
    assert!(page.contains(&path), "{path} is not in {page}");

    let wrong = format!("{}A", &path[..path.len() - 1]);
    let wrong = if wrong == path {
        format!("{}B", &path[..path.len() - 1])
    } else {
        wrong
    };
    for _ in 0..15 {
        assert_eq!(clinic.visitor().get(&wrong).await.status(), 404);
        assert_eq!(one_click(&clinic, &wrong).await.status(), 404);
    }
    assert_eq!(one_click(&clinic, &wrong).await.status(), 429);
    assert_eq!(
        clinic.visitor().get(&path).await.status(),
        200,
        "who has the right one never waits"
    );
    assert_eq!(clinic.count("SELECT count(*) AS n FROM opt_outs").await, 0);
});
