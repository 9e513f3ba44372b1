//! What colleagues do with documents.

use super::*;
use crate::both;

both!(a_leaflet_is_put_in_corrected_sent_and_withdrawn, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let id = put_in(&desk, "/documents", "leaflet", "拔牙后 注意").await;
    let page = desk.page(&format!("/documents/{id}?lang=zh")).await;
    for part in ["拔牙后 注意", "宣教单", "中文 · PDF 1 KB", "还没有发过"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let file = desk.get(&format!("/documents/{id}/zh")).await;
    assert_eq!(file.headers()["content-type"], "application/pdf");
    assert_eq!(file.headers()["x-content-type-options"], "nosniff");
    let named = file.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(
        named.starts_with("inline;") && named.contains("UTF-8''%E6%96%87%E4%BB%B6.pdf"),
        "{named}"
    );
    assert!(
        file.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("default-src 'none'")
    );
    assert_eq!(&file.bytes().await.unwrap()[..], PDF);
    assert_eq!(desk.get(&format!("/documents/{id}/en")).await.status(), 404);
    // As long as nobody has it, the file may be another; and it gets an English one.
    let fields = [
        ("version", "1"),
        ("kind", "leaflet"),
        ("title", "拔牙后注意事项"),
        ("title_en", "After an extraction"),
    ];
    let files: [(&str, &str, &[u8]); 2] = [("file_zh", "新.pdf", OTHER), ("file_en", "new.pdf", PDF)];
    let saved = desk.post_files(&format!("/documents/{id}"), &fields, &files).await;
    assert_eq!(saved.status(), 303, "{}", saved.text().await.unwrap());
    assert_eq!(
        &desk.get(&format!("/documents/{id}/zh")).await.bytes().await.unwrap()[..],
        OTHER
    );
    // Who saw the page before that is told.
    let stale = desk.post_files(&format!("/documents/{id}"), &fields, &[]).await;
    assert_eq!(stale.status(), 409);
    // Sent to a patient, it stays what it is.
    let who = born(&clinic, "13900004401", false).await;
    let send = format!("/patients/{who}/documents/send");
    let chosen = [("document", id.to_string()), ("channel", String::new())];
    let chosen: Vec<(&str, &str)> = chosen.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(desk.post_form(&send, &chosen).await.status(), 303);
    let version = clinic.count("SELECT version AS n FROM documents").await.to_string();
    let fields = [
        ("version", version.as_str()),
        ("kind", "leaflet"),
        ("title", "拔牙后注意事项"),
    ];
    let other = desk
        .post_files(&format!("/documents/{id}"), &fields, &[("file_zh", "x.pdf", PDF)])
        .await;
    let status = other.status();
    let text = other.text().await.unwrap();
    assert!(status == 409 && text.contains("不能再改"), "{status} {text}");
    // Withdrawn before it goes out, it is not sent, and stands nowhere to be sent.
    let withdraw = format!("/documents/{id}/withdraw");
    assert_eq!(desk.post_form(&withdraw, &[("version", &version)]).await.status(), 303);
    goes_out(&clinic).await;
    assert!(bodies(&clinic, "documents").await.is_empty());
    let record = desk.page(&format!("/patients/{who}/documents?lang=zh")).await;
    assert!(record.contains("资料已停用"), "{record}");
    assert!(!record.contains("name=\"document\""), "{record}");
});

both!(
    what_is_no_document_is_told_at_its_field_and_nothing_typed_is_lost,
    |clinic| {
        let desk = clinic.signed_in("desk").await;
        let fields = [("kind", "journal"), ("title", "口腔健康 第12期")];
        let large = vec![b' '; 10 * 1024 * 1024 + 1];
        let files: [(&str, &str, &[u8]); 4] = [
            ("file_zh", "x.pdf", b"<script>alert(1)</script>"),
            ("file_zh", "x.exe", b"MZ\x90\0"),
            ("file_zh", "x.pdf", &large),
            ("file_zh", "", b""),
        ];
        for (file, why) in files
            .iter()
            .zip(["只收 PDF", "只收 PDF", "不能超过 10 MB", "请选择文件"])
        {
            let answer = desk.post_files("/documents?lang=zh", &fields, &[*file]).await;
            let status = answer.status();
            let page = answer.text().await.unwrap();
            assert!(status == 422 && page.contains(why), "{why}: {status} {page}");
            assert!(
                page.contains("口腔健康 第12期") && page.contains("id=\"f-file_zh-e\""),
                "{page}"
            );
        }
        let answer = desk
            .post_files(
                "/documents?lang=en",
                &[("kind", "report")],
                &[("file_en", "x.pdf", PDF)],
            )
            .await;
        let status = answer.status();
        let page = answer.text().await.unwrap();
        assert!(status == 422 && page.contains("f-title-e"), "{page}");
        let answer = desk
            .post_files(
                "/documents?lang=en",
                &[("kind", "report"), ("title", "x")],
                &[("file_en", "x.pdf", PDF)],
            )
            .await;
        assert!(
            answer
                .text()
                .await
                .unwrap()
                .contains("Journals and leaflets are the clinic")
        );
        assert_eq!(clinic.count("SELECT count(*) AS n FROM documents").await, 0);
        // Not a form at all, or one with a file that nobody asks for.
        let odd = desk.post_form("/documents", &[("title", "x")]).await;
        assert_eq!(odd.status(), 400);
        let more = [("file_zh", "x.pdf", PDF), ("photo", "x.pdf", PDF)];
        assert_eq!(desk.post_files("/documents", &fields, &more).await.status(), 400);
        // What cannot be kept is told at its field as in every form; the file is to be chosen again.
        let nul = [("kind", "journal"), ("title", "口腔\0健康")];
        let answer = desk
            .post_files("/documents?lang=zh", &nul, &[("file_zh", "x.pdf", PDF)])
            .await;
        let status = answer.status();
        let page = answer.text().await.unwrap();
        assert!(
            status == 422 && page.contains("f-title-e") && page.contains("NUL"),
            "{page}"
        );
        for part in [
            "口腔健康",
            "multipart/form-data",
            "type=\"file\" id=\"f-file_zh\"",
            "value=\"journal\"",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert_eq!(clinic.count("SELECT count(*) AS n FROM documents").await, 0);
    }
);

both!(what_is_sent_to_a_patient_is_on_the_record, |clinic| {
    let (desk, doctor) = (clinic.signed_in("desk").await, clinic.signed_in("doctor").await);
    let who = born(&clinic, "13900004402", false).await;
    let leaflet = put_in(&desk, "/documents", "leaflet", "刷牙方法").await.to_string();
    // A doctor puts a report in and sends both.
    put_in(&doctor, &format!("/patients/{who}/documents"), "report", "全景片报告").await;
    let report = latest(&clinic).await.to_string();
    let chosen = [
        ("document", leaflet.as_str()),
        ("document", report.as_str()),
        ("channel", "sms"),
    ];
    let done = doctor
        .post_form(&format!("/patients/{who}/documents/send"), &chosen)
        .await;
    assert_eq!(done.status(), 303, "{}", done.text().await.unwrap());
    let page = doctor.page(&format!("/patients/{who}/documents?lang=zh")).await;
    for part in ["刷牙方法、全景片报告", "撤销", "发出时间：10:44"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    clinic.app.dispatcher().dispatch().await.unwrap();
    assert!(bodies(&clinic, "documents").await.is_empty(), "held for two minutes");
    goes_out(&clinic).await;
    let texts = bodies(&clinic, "documents").await;
    assert_eq!(texts.len(), 1);
    // What the report is called may be a finding: the text does not say it.
    assert!(
        texts[0].contains("《刷牙方法》、您的报告单") && !texts[0].contains("全景"),
        "{}",
        texts[0]
    );
    let timeline = desk.page(&format!("/patients/{who}?lang=zh")).await;
    for part in ["资料： 刷牙方法、全景片报告", "患者未打开", "报告单 · 全景片报告"] {
        assert!(timeline.contains(part), "{part}: {timeline}");
    }
    let receivers = desk.page(&format!("/documents/{leaflet}?lang=zh")).await;
    assert!(
        receivers.contains(&format!("/patients/{who}/documents\">孙丽</a>")),
        "{receivers}"
    );
    let audited = "SELECT count(*) AS n FROM audit_log WHERE action = 'send' AND subject = 'sendings'";
    assert_eq!(clinic.count(audited).await, 1);
});

both!(a_click_is_taken_back_and_what_cannot_be_sent_says_why, |clinic| {
    let desk = clinic.signed_in("desk").await;
    let who = born(&clinic, "13900004403", false).await;
    let leaflet = put_in(&desk, "/documents", "leaflet", "刷牙方法").await.to_string();
    let send = format!("/patients/{who}/documents/send?lang=zh");
    // Clicked twice, it is sent once.
    for _ in 0..2 {
        assert_eq!(desk.post_form(&send, &[("document", &leaflet)]).await.status(), 303);
    }
    assert_eq!(clinic.count("SELECT count(*) AS n FROM sendings").await, 1);
    let undo = format!("/patients/{who}/documents/sent/1/undo");
    assert_eq!(desk.post_form(&undo, &[]).await.status(), 303);
    goes_out(&clinic).await;
    assert!(bodies(&clinic, "documents").await.is_empty());
    assert_eq!(desk.post_form(&undo, &[]).await.status(), 409, "it is stopped already");
    let other = born(&clinic, "13900004404", false).await;
    assert_eq!(
        desk.post_form(&format!("/patients/{other}/documents/sent/1/undo"), &[])
            .await
            .status(),
        404
    );
    // Nothing chosen; another patient's; no such; no way to write.
    put_in(&desk, &format!("/patients/{other}/documents"), "result", "血常规").await;
    let theirs = latest(&clinic).await.to_string();
    for (fields, why) in [
        (vec![], "请选择要发的资料"),
        (vec![("document", theirs.as_str())], "没有这份资料"),
        (vec![("document", "999999")], "没有这份资料"),
        (
            vec![("document", leaflet.as_str()), ("channel", "email")],
            "没有邮箱地址",
        ),
    ] {
        let answer = desk.post_form(&send, &fields).await;
        let status = answer.status();
        let page = answer.text().await.unwrap();
        assert!(status == 422 && page.contains(why), "{why}: {status} {page}");
        assert!(page.contains("还没有发送：") && !page.contains("还不能保存"), "{page}");
    }
    let own = format!("/patients/{who}/documents?lang=zh");
    let answer = desk.post_files(&own, &[("kind", "report")], &[]).await;
    let page = answer.text().await.unwrap();
    assert!(page.contains("还不能保存：") && !page.contains("还没有发送"), "{page}");
    // The journal is for those who have agreed to such mail.
    let journal = put_in(&desk, "/documents", "journal", "口腔健康").await.to_string();
    clinic
        .sql(move |c| {
            Ok(diesel::update(p::table.find(who))
                .set(p::marketing.eq(false))
                .execute(c)?)
        })
        .await;
    let answer = desk.post_form(&send, &[("document", &journal)]).await;
    assert!(answer.text().await.unwrap().contains("没有同意接收"));
    // A patient's own needs a date of birth to be asked for.
    clinic
        .sql(move |c| {
            Ok(diesel::update(p::table.find(other))
                .set(p::birth_date.eq(None::<NaiveDate>))
                .execute(c)?)
        })
        .await;
    let answer = desk
        .post_form(
            &format!("/patients/{other}/documents/send?lang=zh"),
            &[("document", &theirs)],
        )
        .await;
    assert!(answer.text().await.unwrap().contains("没有登记出生日期"));
    assert_eq!(clinic.count("SELECT count(*) AS n FROM sendings").await, 1);
});

both!(who_has_opted_out_is_refused_at_once, |clinic| {
    let (desk, api) = (
        clinic.signed_in("desk").await,
        clinic.api(chairside::staff::Role::Nurse).await,
    );
    let who = born(&clinic, "13900004405", false).await;
    let journal = put_in(&desk, "/documents", "journal", "口腔健康").await.to_string();
    let leaflet = put_in(&desk, "/documents", "leaflet", "刷牙方法").await.to_string();
    let texts = async |word: &str| {
        let path = format!("/gateway/kannel/inbound?from=8613900004405&to=1069&text={word}&id={word}");
        clinic.visitor().page(&path).await;
    };
    let sent = async |document: &str| {
        let send = format!("/patients/{who}/documents/send?lang=zh");
        let answer = desk.post_form(&send, &[("document", document)]).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    // In the two minutes before it goes, too: of several documents the others go.
    assert_eq!(sent(&journal).await.0, 303);
    assert_eq!(sent(&leaflet).await.0, 303);
    let both = [("document", journal.as_str()), ("document", leaflet.as_str())];
    let send = format!("/patients/{who}/documents/send");
    assert_eq!(desk.post_form(&send, &both).await.status(), 303);
    // TD is about such as the journal, STOP about everything.
    texts("TD").await;
    clinic.minutes_pass(3);
    clinic.app.dispatcher().dispatch().await.unwrap();
    let told = clinic
        .sql(|c| {
            let of = m::table.filter(m::template.eq("documents")).order(m::id);
            Ok(of
                .select((m::reason, m::body))
                .load::<(Option<String>, Option<String>)>(c)?)
        })
        .await;
    let [(refused, None), (None, Some(one)), (None, Some(other))] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert!(
        refused.as_deref().is_some_and(|r| r.starts_with("journal-refused")),
        "{refused:?}"
    );
    for text in [one, other] {
        assert!(text.contains("刷牙方法") && !text.contains("口腔健康"), "{text}");
    }
    let (status, page) = sent(&journal).await;
    assert!(
        status == 422 && page.contains("f-document-e") && page.contains("已退订"),
        "{page}"
    );
    let body = serde_json::json!({ "patient_id": who, "document_ids": [journal.parse::<i64>().unwrap()] });
    let (status, told) = api.post_json("/api/v1/sendings", &body).await;
    assert_eq!(
        (status, &told["errors"][0]["code"]),
        (422, &serde_json::json!("opted_out")),
        "{told}"
    );
    assert_eq!(sent(&leaflet).await.0, 303);
    texts("STOP").await;
    let (status, page) = sent(&leaflet).await;
    assert!(
        status == 422 && page.contains("f-channel-e") && page.contains("已退订"),
        "{page}"
    );
    texts("START").await;
    assert_eq!(sent(&journal).await.0, 303);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM sendings").await, 5);
});
