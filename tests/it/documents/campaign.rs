//! The journal to many, and what goes with an email.

use chairside::outreach;
use chairside::platform::db::schema::message_files as files;
use chairside::staff::Role;
use serde_json::{Value, json};

use super::*;
use crate::both;
use crate::gateways::mail::{log, mail_clinic, smtp};

fn campaign(who: &[PatientId], document: Option<i64>, template: &str) -> Value {
    json!({ "name": "院刊", "name_en": "Journal", "patient_ids": who, "template": template, "document_id": document,
        "per_day": 100, "weekdays": [1, 2, 3, 4, 5], "from": "00:00", "until": "23:00", "first_day": "2026-11-23" })
}

async fn run(clinic: &Clinic, api: &Browser, body: &Value) {
    let (status, made) = api.post_json("/api/v1/campaigns", body).await;
    assert_eq!(status, 201, "{made}");
    let steps = format!("/api/v1/campaigns/{}/steps", made["id"]);
    let (status, done) = api.post_json(&steps, &json!({ "version": 1, "step": "start" })).await;
    assert_eq!(status, 200, "{done}");
    clinic.minutes_pass(2);
    outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    // Evenly between its times: the rest of the day's number comes later.
    clinic.minutes_pass(240);
    outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
        .await
        .unwrap();
    clinic.app.dispatcher().dispatch().await.unwrap();
}

both!(
    the_journal_goes_to_many_once_and_each_sending_is_on_the_record,
    |clinic| {
        let (desk, api) = (clinic.signed_in("desk").await, clinic.api(Role::Manager).await);
        let (sms, mail) = (
            born(&clinic, "13900004421", false).await,
            born(&clinic, "13900004422", true).await,
        );
        let id = put_in(&desk, "/documents", "journal", "口腔健康 12月刊").await;
        // A template without a link would leave them with nothing to open, a link without a document with nothing behind it.
        for (document, template, field) in [
            (Some(id), "campaign-check-up", "template"),
            (None, "campaign-journal", "document"),
            (Some(999_999), "campaign-journal", "document"),
        ] {
            let (status, told) = api
                .post_json("/api/v1/campaigns", &campaign(&[sms], document, template))
                .await;
            assert_eq!((status, &told["errors"][0]["field"]), (422, &json!(field)), "{told}");
        }
        // The manager sees what it will say.
        let manager = clinic.signed_in("manager").await;
        let form = manager.page(&format!("/campaigns/new?document={id}&lang=zh")).await;
        assert!(
            form.contains("口腔健康 12月刊") && form.contains("campaign-journal"),
            "{form}"
        );
        run(&clinic, &api, &campaign(&[sms, mail], Some(id), "campaign-journal")).await;
        let texts = bodies(&clinic, "campaign").await;
        assert_eq!(texts.len(), 2, "{texts:?}");
        let visitor = clinic.visitor();
        for text in &texts {
            assert!(text.contains("《口腔健康 12月刊》"), "{text}");
            let link = link_of(&clinic, text);
            assert!(visitor.page(&link).await.contains("口腔健康 12月刊"));
            assert_eq!(
                &visitor.get(&format!("{link}/{id}/zh")).await.bytes().await.unwrap()[..],
                PDF
            );
        }
        // With the email went the file, with the text message none.
        let went: Vec<(String, i32)> = clinic
            .sql(|c| Ok(files::table.select((files::name, files::size)).load(c)?))
            .await;
        assert_eq!(went, [("文件.pdf".to_owned(), i32::try_from(PDF.len()).unwrap())]);
        // Hours have passed.
        let desk = clinic.signed_in("desk").await;
        let record = desk.page(&format!("/patients/{mail}/documents?lang=zh")).await;
        assert!(
            record.contains("群发") && record.contains("口腔健康 12月刊"),
            "{record}"
        );
        let list = desk.page("/documents?lang=zh").await;
        assert!(list.contains("2 / 2"), "sent and opened: {list}");
        // Another campaign with the same issue leaves out who has it.
        let third = born(&clinic, "13900004423", false).await;
        run(
            &clinic,
            &api,
            &campaign(&[sms, mail, third], Some(id), "campaign-journal"),
        )
        .await;
        assert_eq!(bodies(&clinic, "campaign").await.len(), 3);
        let left = "SELECT count(*) AS n FROM campaign_people WHERE reason LIKE 'has-document%'";
        assert_eq!(clinic.count(left).await, 2);
    }
);

both!(
    a_journal_that_is_withdrawn_meanwhile_waits_until_it_is_offered_again,
    |clinic| {
        let (desk, api) = (clinic.signed_in("desk").await, clinic.api(Role::Manager).await);
        let (one, two) = (
            born(&clinic, "13900004424", false).await,
            born(&clinic, "13900004426", false).await,
        );
        let id = put_in(&desk, "/documents", "journal", "口腔健康").await;
        let mut body = campaign(&[one, two], Some(id), "campaign-journal");
        body["per_day"] = json!(1);
        let (_, made) = api.post_json("/api/v1/campaigns", &body).await;
        let steps = format!("/api/v1/campaigns/{}/steps", made["id"]);
        api.post_json(&steps, &json!({ "version": 1, "step": "start" })).await;
        clinic.minutes_pass(2);
        assert_eq!(
            outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
                .await
                .unwrap()
                .queued,
            1
        );
        // What is queued is not sent, and nobody's turn is used up.
        desk.post_form(&format!("/documents/{id}/withdraw"), &[("version", "1")])
            .await;
        clinic.app.dispatcher().dispatch().await.unwrap();
        assert!(bodies(&clinic, "campaign").await.is_empty());
        let said = "SELECT count(*) AS n FROM messages WHERE reason LIKE 'document-withdrawn%'";
        assert_eq!(clinic.count(said).await, 1);
        clinic.it_is("2026-11-24T10:00:00+08:00");
        assert_eq!(
            outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
                .await
                .unwrap()
                .queued,
            0
        );
        let manager = clinic.signed_in("manager").await;
        let page = manager.page(&format!("/campaigns/{}?lang=zh", made["id"])).await;
        assert!(
            page.contains("口腔健康</a>") && page.contains("附带的资料已停用"),
            "{page}"
        );
        let desk = clinic.signed_in("desk").await;
        desk.post_form(&format!("/documents/{id}/restore"), &[("version", "2")])
            .await;
        assert_eq!(
            outreach::plan(&clinic.app.db, clinic.now(), &clinic.app.config.dispatch)
                .await
                .unwrap()
                .queued,
            1
        );
        clinic.app.dispatcher().dispatch().await.unwrap();
        assert_eq!(bodies(&clinic, "campaign").await.len(), 1);
    }
);

/// The attachments of a mail, as Python's own parser reads them.
fn attachments(raw_base64: &str) -> Value {
    let script = "import sys,json,base64,email,email.policy\n\
        m=email.message_from_bytes(base64.b64decode(sys.argv[1]),policy=email.policy.default)\n\
        print(json.dumps([[a.get_filename(),a.get_content_type(),base64.b64encode(a.get_content()).decode()] for a in m.iter_attachments()]))";
    let out = std::process::Command::new("/usr/bin/python3")
        .args(["-c", script, raw_base64])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
fn a_mail_brings_what_is_the_clinics_and_never_what_is_the_patients() {
    use base64::Engine;
    crate::gateways::run(async {
        let server = smtp(&[]);
        let clinic = mail_clinic(&server, |c| c.documents.enclose_megabytes = 1).await;
        let nurse = clinic.signed_in("nurse").await;
        let who = born(&clinic, "13900004425", true).await;
        let leaflet = put_in(&nurse, "/documents", "leaflet", "拔牙须知").await.to_string();
        put_in(&nurse, &format!("/patients/{who}/documents"), "result", "血常规").await;
        let result = latest(&clinic).await.to_string();
        let mut large = PDF.to_vec();
        large.resize(1024 * 1024 + 1, b' ');
        let fields = [("kind", "journal"), ("title", "大")];
        nurse
            .post_files("/documents", &fields, &[("file_zh", "large.pdf", &large)])
            .await;
        let large = latest(&clinic).await.to_string();
        let chosen = [
            ("document", leaflet.as_str()),
            ("document", result.as_str()),
            ("document", large.as_str()),
        ];
        let send = format!("/patients/{who}/documents/send");
        assert_eq!(nurse.post_form(&send, &chosen).await.status(), 303);
        goes_out(&clinic).await;
        let got = log(&server, "message");
        assert_eq!(got.len(), 1);
        let whole = base64::engine::general_purpose::STANDARD.encode(PDF);
        assert_eq!(
            attachments(got[0]["raw"].as_str().unwrap()),
            json!([["文件.pdf", "application/pdf", whole]])
        );
        let desk = clinic.signed_in("desk").await;
        let page = desk.page("/messages/1?lang=zh").await;
        assert!(page.contains("附带文件") && page.contains("文件.pdf (1 KB)"), "{page}");
    });
}
