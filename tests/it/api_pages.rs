//! Lists of the API, page by page.

use std::collections::BTreeSet;

use chairside::staff::Role;

use crate::api_contract::{read, run};
use crate::both;
use crate::support::{Browser, Clinic, make_patient};

/// All pages of a list, by `next` and by `Link` alike; `between` runs before each further page.
async fn pages(api: &Browser, path: &str, rows: &str, limit: usize, between: impl AsyncFn()) -> Vec<i64> {
    let (mut ids, mut at) = (Vec::new(), format!("{path}limit={limit}"));
    loop {
        let page = read(api, &at).await;
        assert_eq!(page.status, 200, "{at}: {}", page.body);
        let list = page.body[rows].as_array().unwrap();
        assert!(list.len() <= limit, "{at}");
        ids.extend(list.iter().map(|row| row["id"].as_i64().unwrap()));
        let Some(next) = page.body["next"].as_str() else {
            assert!(page.headers.get("link").is_none(), "{at}");
            return ids;
        };
        let link = page.headers["link"].to_str().unwrap();
        let (target, rel) = link.strip_prefix('<').unwrap().split_once('>').unwrap();
        assert_eq!(rel, "; rel=\"next\"");
        assert!(
            target.ends_with(&format!("cursor={next}")) && target.contains(&format!("limit={limit}")),
            "{link}"
        );
        at = target.to_owned();
        between().await;
    }
}

/// Adds `n` patients with an appointment, a message, a call task and a recall each.
async fn fill(clinic: &Clinic, n: i64, day: &str) {
    let first = clinic.count("SELECT COALESCE(MAX(id), 0) AS n FROM patients").await;
    let (provider, service) = (&clinic.sample.providers[0], &clinic.sample.services[0]);
    let (from, now) = (
        chairside::platform::clock::Instant::parse_rfc3339(day).unwrap().0,
        clinic.now().0,
    );
    let mut sql = String::new();
    for i in 1..=n {
        make_patient(clinic, "某人", &format!("139{:08}", first + i)).await;
        let (id, at) = (first + i, from + (first + i) % 7 * 86_400_000 + (first + i) * 300_000);
        sql += &format!(
            "INSERT INTO appointments (site_id, patient_id, provider_id, chair_id, service_id, starts_at, ends_at, busy_from, \
             busy_until, status, note, source, version, created_at, updated_at) VALUES ({}, {id}, {}, {}, {}, {at}, {}, {at}, {}, \
             'cancelled', '', 'desk', 1, {now}, {now});\
             INSERT INTO appointments (site_id, patient_id, provider_id, chair_id, service_id, starts_at, ends_at, busy_from, \
             busy_until, status, note, source, version, created_at, updated_at) VALUES ({}, 1, {}, {}, {}, {at}, {}, {at}, {}, \
             'cancelled', '', 'desk', 1, {now}, {now});\
             INSERT INTO messages (dedupe_key, patient_id, subject, purpose, template, channel, language, state, priority, due_at, \
             expires_at, next_try_at, attempts, variables, created_at, updated_at) VALUES ('m{id}', {id}, 'patient', 'birthday', \
             'birthday', 'sms', 'zh', 'skipped', 5, {now}, {now}, {now}, 0, '{{}}', {now}, {now});\
             INSERT INTO call_tasks (occurrence, kind, patient_id, script, role, reason, priority, due_at, state, attempts, version, \
             created_at, updated_at) VALUES ('t{id}', 'undelivered', {id}, 'general', 'nurse', '{{}}', {}, {}, '{}', {}, 1, {now}, {});\
             INSERT INTO recalls (patient_id, service_id, calculated_on, due_on, state, attempts, version, created_at, updated_at) \
             VALUES ({id}, {}, '2026-0{}-01', '2026-0{}-01', 'due', 0, 1, {now}, {now});",
            clinic.sample.site.id,
            provider.id,
            provider.chair_id,
            service.id,
            at + 60_000,
            at + 60_000,
            clinic.sample.site.id,
            provider.id,
            provider.chair_id,
            service.id,
            at + 60_000,
            at + 60_000,
            id % 3,
            now - id % 4 * 40_000_000,
            if id % 2 == 0 { "done" } else { "open" },
            id % 3,
            now - id % 5,
            service.id,
            1 + id % 8,
            1 + id % 8,
        );
    }
    run(clinic, sql).await;
}

both!(lists_come_in_pages_that_others_do_not_shift, |clinic| {
    fill(&clinic, 30, "2026-11-23T08:00:00+08:00").await;
    let (desk, nurse) = (clinic.api(Role::FrontDesk).await, clinic.api(Role::Nurse).await);
    let clinic = &clinic;
    for (api, path, rows) in [
        (&desk, "/api/v1/appointments?from=2026-11-23&days=14&", "appointments"),
        (&desk, "/api/v1/appointments?patient_id=1&", "appointments"),
        (&desk, "/api/v1/patients?", "items"),
        (&desk, "/api/v1/messages?", "items"),
        (&desk, "/api/v1/messages?state=skipped&", "items"),
        (&desk, "/api/v1/messages?from=2026-11-01&purpose=birthday&", "items"),
        (&desk, "/api/v1/recalls?", "items"),
        (&nurse, "/api/v1/callbacks?", "items"),
        (&nurse, "/api/v1/callbacks?state=retry&", "items"),
        (&nurse, "/api/v1/callbacks?state=overdue&", "items"),
        (&nurse, "/api/v1/callbacks?state=done&", "items"),
    ] {
        let whole = pages(api, path, rows, 100, async || ()).await;
        assert!(whole.len() >= 5, "{path}: {}", whole.len());
        assert_eq!(pages(api, path, rows, 4, async || ()).await, whole, "{path}");
        assert_eq!(
            pages(api, path, rows, whole.len().min(100), async || ()).await,
            whole,
            "{path}"
        );
        // Others add rows meanwhile: of those that were there none is missing, none comes twice, the order is the same.
        let seen = pages(api, path, rows, 9, async || {
            fill(clinic, 1, "2026-11-23T08:00:00+08:00").await
        })
        .await;
        let distinct: BTreeSet<_> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "{path}");
        let old: Vec<_> = seen.into_iter().filter(|id| whole.contains(id)).collect();
        assert_eq!(old, whole, "{path}");
        // What is no cursor of this list, and limits beyond bounds.
        let page = read(api, &format!("{path}limit=2")).await;
        let cursor = page.body["next"].as_str().unwrap().to_owned();
        let mut turned: Vec<char> = cursor.chars().collect();
        turned[3] = if turned[3] == 'A' { 'B' } else { 'A' };
        for wrong in [
            turned.into_iter().collect(),
            "x".to_owned(),
            String::new(),
            cursor[..cursor.len() - 2].to_owned(),
        ] {
            let answer = read(api, &format!("{path}cursor={wrong}")).await;
            assert_eq!((answer.status, answer.fault()), (422, "cursor"), "{path} {wrong}");
        }
        for limit in ["0", "-1", "100000"] {
            let answer = read(api, &format!("{path}limit={limit}")).await;
            assert_eq!((answer.status, answer.fault()), (422, "limit"), "{path} {limit}");
        }
    }
    // A cursor is good for its own list and filter.
    let cursor = read(&desk, "/api/v1/messages?limit=2").await.body["next"]
        .as_str()
        .unwrap()
        .to_owned();
    for path in [
        "/api/v1/patients?",
        "/api/v1/recalls?",
        "/api/v1/messages?state=skipped&",
        "/api/v1/messages?after=1&",
    ] {
        let answer = read(&desk, &format!("{path}cursor={cursor}")).await;
        assert_eq!((answer.status, answer.fault()), (422, "cursor"), "{path}");
    }
});
