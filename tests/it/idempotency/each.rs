//! Each write of the document, sent twice.

use chairside::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{BOOK, booking, desk, replayed, run};
use crate::api_contract::call;
use crate::both;
use crate::support::make_patient;

both!(every_write_of_the_api_is_done_once, |clinic| {
    let manager = clinic.api(Role::Manager).await;
    let administrator = clinic.api(Role::Administrator).await;
    let who = make_patient(&clinic, "孙丽", "13900007731").await;
    let visit = "INSERT INTO visits (id, patient_id, day, started_at, provider_name, service_name, complaint, diagnosis, advice, \
                 next_visit, status, version, created_at, updated_at) VALUES (1, 1, '2026-11-20', 1, '', '', '', '', '', '', 'draft', 1, 1, 1)";
    run(&clinic, (visit, visit)).await;
    let task = "INSERT INTO call_tasks (id, occurrence, kind, patient_id, script, role, reason, priority, due_at, state, attempts, \
                version, created_at, updated_at) VALUES (1, 'x', 'undelivered', 1, 'general', 'nurse', '{}', 0, 1, 'open', 0, 1, 1, 1)";
    run(&clinic, (task, task)).await;
    // The first ended with nobody saying how, the second was missed.
    let past = "INSERT INTO appointments (site_id, patient_id, provider_id, chair_id, service_id, starts_at, ends_at, busy_from, \
                busy_until, status, note, source, version, created_at, updated_at) SELECT s.id, 1, p.id, p.chair_id, 1, \
                t, t + 600000, t, t + 600000, CASE n WHEN 1 THEN 'booked' ELSE 'no-show' END, '', 'desk', 1, 1, 1 \
                FROM sites s, providers p, (SELECT 1 AS n, 1795395600000 AS t UNION SELECT 2, 1795392000000) AS v WHERE p.id = 1 ORDER BY n";
    run(&clinic, (past, past)).await;
    // By operation of the document, in this order: the path asked for and the body.
    let booked = booking(&clinic, who, "09:00");
    let mut calls: Vec<(&str, &str, String, Value)> = vec![
        (
            "post",
            "/api/v1/patients",
            "/api/v1/patients".into(),
            json!({ "name": "钱一", "phone": "13800000001" }),
        ),
        (
            "patch",
            "/api/v1/patients/{id}",
            format!("/api/v1/patients/{who}"),
            json!({ "version": 1, "needs": "靠窗" }),
        ),
        ("post", BOOK, BOOK.into(), booked),
        (
            "post",
            "/api/v1/appointments/{id}/{action}",
            format!("{BOOK}/3/confirm"),
            json!({ "version": 1 }),
        ),
        (
            "post",
            "/api/v1/appointments/{id}/undo",
            format!("{BOOK}/3/undo"),
            json!({ "version": 2 }),
        ),
        (
            "patch",
            "/api/v1/appointments/{id}",
            "/api/v1/appointments/1".into(),
            json!({ "version": 1, "note": "怕痛" }),
        ),
        (
            "post",
            "/api/v1/appointments/batch",
            format!("{BOOK}/batch"),
            json!({ "kind": "course", "appointments": [booking(&clinic, who, "14:00"), booking(&clinic, who, "15:00")] }),
        ),
        (
            "post",
            "/api/v1/holds",
            "/api/v1/holds".into(),
            json!({ "service_id": 1, "starts_at": booking(&clinic, who, "16:00")["starts_at"] }),
        ),
        (
            "post",
            "/api/v1/walk-ins",
            "/api/v1/walk-ins".into(),
            json!({ "patient_id": who, "service_id": 1, "urgency": "soon" }),
        ),
        (
            "patch",
            "/api/v1/walk-ins/{id}",
            "/api/v1/walk-ins/1".into(),
            json!({ "version": 1, "service_id": 1 }),
        ),
        (
            "post",
            "/api/v1/walk-ins/{id}/leave",
            "/api/v1/walk-ins/1/leave".into(),
            json!({ "version": 2, "reason": "等不及" }),
        ),
        (
            "post",
            "/api/v1/waiting-list",
            "/api/v1/waiting-list".into(),
            json!({ "patient_id": who, "service_id": 1 }),
        ),
        (
            "patch",
            "/api/v1/waiting-list/{id}",
            "/api/v1/waiting-list/1".into(),
            json!({ "version": 1, "withdraw": true }),
        ),
        (
            "post",
            "/api/v1/day-end/{id}",
            "/api/v1/day-end/1".into(),
            json!({ "version": 2, "end": "no-show" }),
        ),
        (
            "post",
            "/api/v1/unscheduled/{id}/aside",
            "/api/v1/unscheduled/2/aside".into(),
            json!({ "version": 1, "reason": "搬家" }),
        ),
        (
            "post",
            "/api/v1/leave-plans",
            "/api/v1/leave-plans".into(),
            json!({ "provider_id": 1, "from": "2026-12-10T08:00:00+08:00", "until": "2026-12-10T18:00:00+08:00", "visits": [] }),
        ),
        (
            "post",
            "/api/v1/leave-plans/{id}/undo",
            "/api/v1/leave-plans/1/undo".into(),
            json!({ "version": 1 }),
        ),
        (
            "post",
            "/api/v1/leave-drafts",
            "/api/v1/leave-drafts".into(),
            json!({ "provider_id": 2, "from": "2026-12-11T08:00:00+08:00", "until": "2026-12-11T18:00:00+08:00", "visits": [] }),
        ),
        (
            "post",
            "/api/v1/leave-drafts/{id}/approve",
            "/api/v1/leave-drafts/1/approve".into(),
            json!({ "version": 1 }),
        ),
        (
            "patch",
            "/api/v1/visits/{id}",
            "/api/v1/visits/1".into(),
            json!({ "version": 1, "complaint": "牙痛" }),
        ),
        (
            "patch",
            "/api/v1/patients/{id}/plan",
            format!("/api/v1/patients/{who}/plan"),
            json!({ "version": 0, "items": [{ "service_id": 1, "teeth": "36" }] }),
        ),
        (
            "post",
            "/api/v1/callbacks/{id}/attempts",
            "/api/v1/callbacks/1/attempts".into(),
            json!({ "version": 1, "result": "reached", "note": "好" }),
        ),
        (
            "patch",
            "/api/v1/rules/{id}",
            "/api/v1/rules/1".into(),
            json!({ "version": 1, "priority": 3 }),
        ),
        (
            "post",
            "/api/v1/missed-calls",
            "/api/v1/missed-calls".into(),
            json!({ "number": "13900007731" }),
        ),
        (
            "post",
            "/api/v1/inbox/{id}/answers",
            "/api/v1/inbox/1/answers".into(),
            json!({ "version": 2, "text": "好的" }),
        ),
        (
            "post",
            "/api/v1/inbox/{id}/answers/{answer}",
            "/api/v1/inbox/1/answers/1".into(),
            json!({ "step": "take-back" }),
        ),
        (
            "post",
            "/api/v1/inbox/{id}/steps",
            "/api/v1/inbox/1/steps".into(),
            json!({ "version": 4, "step": "reopen" }),
        ),
        (
            "post",
            "/api/v1/segments",
            "/api/v1/segments".into(),
            json!({ "name": "人", "name_en": "All", "definition": { "groups": [{ "conditions": [
                { "not": true, "is": { "field": "vip" } } ] }] } }),
        ),
        (
            "patch",
            "/api/v1/segments/{id}",
            "/api/v1/segments/1".into(),
            json!({ "version": 1, "name": "全体" }),
        ),
        (
            "post",
            "/api/v1/segments/{id}/steps",
            "/api/v1/segments/1/steps".into(),
            json!({ "version": 2, "step": "archive" }),
        ),
        (
            "post",
            "/api/v1/segments/{id}/steps",
            "/api/v1/segments/1/steps".into(),
            json!({ "version": 3, "step": "restore" }),
        ),
        (
            "post",
            "/api/v1/segment-marks",
            "/api/v1/segment-marks".into(),
            json!({ "segment_id": 1, "patient_id": who, "mark": "called" }),
        ),
        (
            "post",
            "/api/v1/campaigns",
            "/api/v1/campaigns".into(),
            json!({ "name": "人", "name_en": "All", "segment_id": 1, "template": "campaign-check-up", "per_day": 1,
                "weekdays": [1], "from": "09:00", "until": "17:00", "first_day": "2026-11-23" }),
        ),
        (
            "post",
            "/api/v1/campaigns/{id}/steps",
            "/api/v1/campaigns/1/steps".into(),
            json!({ "version": 1, "step": "start" }),
        ),
        (
            "post",
            "/api/v1/referrals",
            "/api/v1/referrals".into(),
            json!({ "patient_id": who, "referred_by": who.0 + 1 }),
        ),
        (
            "post",
            "/api/v1/documents",
            "/api/v1/documents".into(),
            json!({ "patient_id": who, "kind": "report", "title": "报告单" }),
        ),
        (
            "patch",
            "/api/v1/documents/{id}",
            "/api/v1/documents/1".into(),
            json!({ "version": 1, "title": "全景片报告" }),
        ),
        (
            "post",
            "/api/v1/documents/{id}/steps",
            "/api/v1/documents/1/steps".into(),
            json!({ "version": 2, "step": "withdraw" }),
        ),
    ];
    calls.extend(crate::outreach::api::writes(&clinic).await);
    calls.extend(crate::clinic::api::writes(&clinic).await);
    calls.extend(desk::writes(&clinic).await);
    calls.push((
        "post",
        "/api/v1/patients/{id}/opt-outs",
        format!("/api/v1/patients/{who}/opt-outs"),
        json!({ "channel": "sms", "scope": "marketing", "note": "电话里说的" }),
    ));
    let failed = "INSERT INTO messages (id, dedupe_key, patient_id, subject, purpose, template, channel, language, state, attempts, \
                  due_at, expires_at, next_try_at, priority, variables, created_at, updated_at) \
                  VALUES (999, 'x:reminder', 1, 'patient', 'birthday', 'birthday', 'sms', 'zh', 'failed', 1, 1, 1, 1, 5, '{}', 1, 1)";
    run(&clinic, (failed, failed)).await;
    calls.push((
        "post",
        "/api/v1/messages/{id}/steps",
        "/api/v1/messages/999/steps".into(),
        json!({ "step": "send-again" }),
    ));
    for (n, (method, _, path, body)) in calls.iter().enumerate() {
        let (key, method) = (
            format!("write-{n}"),
            Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(),
        );
        let key = [("Idempotency-Key", key.as_str())];
        // What only the administrator sets.
        let own = [
            "chairs",
            "v1/providers",
            "schedules",
            "holidays",
            "makeup-days",
            "blockouts",
            "waiting-settings",
            "wait-alerts",
            "online-rules",
            "complaints",
            "v1/services/",
        ];
        let only = own.iter().any(|part| path.contains(part));
        let by = if only { &administrator } else { &manager };
        let first = call(by, method.clone(), path, &key, Some(body)).await;
        assert!(
            matches!(first.status, 200 | 201),
            "{method} {path}: {} {}",
            first.status,
            first.body
        );
        let audited = "SELECT count(*) AS n FROM audit_log";
        let before = clinic.count(audited).await;
        let again = call(by, method.clone(), path, &key, Some(body)).await;
        assert_eq!(
            (again.status, replayed(&again)),
            (first.status, true),
            "{method} {path}: {}",
            again.body
        );
        assert_eq!(again.body, first.body, "{method} {path}");
        assert_eq!(clinic.count(audited).await, before, "{method} {path} was done twice");
    }
    let document = serde_json::to_value(chairside::app::openapi::document()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["post", "patch", "put"].into_iter().filter(|m| item[m].is_object()) {
            // Placing a walk-in needs one who waits: reception::walk_ins tries it. Files and what is sent: documents::api. The
            // answer with a secret is not repeated: appointments::views_api.
            let elsewhere = ["/place", "/files/{language}", "v1/sendings", "v1/calendar-feeds"];
            if chairside::app::openapi::READS_BY_POST.contains(&path.as_str())
                || elsewhere.iter().any(|end| path.ends_with(end))
            {
                continue;
            }
            assert!(
                calls.iter().any(|c| c.0 == method && c.1 == path),
                "{method} {path} is not tried here"
            );
        }
    }
});
