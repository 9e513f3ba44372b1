//! The log of callbacks: what one call settled along is listed under it and counted with it.

use chairside::callbacks::{self, NewTask, TaskId, TaskKind};
use chairside::patients::PatientId;
use chairside::platform::i18n::Text;
use chairside::staff::Role;

use crate::both;
use crate::support::{Clinic, make_patient};

async fn task(clinic: &Clinic, patient: PatientId, kind: TaskKind, why: (&'static str, &'static str)) -> TaskId {
    let now = clinic.now();
    clinic
        .sql(move |c| {
            let new = NewTask {
                occurrence: format!("test:{patient}:{kind}"),
                kind,
                patient,
                visit: None,
                appointment: None,
                parent: None,
                script: String::new(),
                role: Role::Nurse,
                reason: Text::new(why.0, why.1),
                priority: callbacks::PRIORITY_HIGH,
                due_at: now,
            };
            Ok(callbacks::create_task(c, now, &new)?.unwrap())
        })
        .await
}

both!(a_call_that_settles_others_along_is_one_call, |clinic| {
    let liu = make_patient(&clinic, "刘芳", "13900000001").await;
    let wu = make_patient(&clinic, "吴磊", "13900000002").await;
    let kong = make_patient(&clinic, "孔令", "13900000003").await;
    let nurse = clinic.signed_in("nurse").await;
    let call = async |id: TaskId, fields: &[(&str, &str)]| {
        let answer = nurse.post_form(&format!("/callbacks/{id}/attempts"), fields).await;
        assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    };
    // Reached, and another task ticked; not reached, with another due: two calls. A third reaches nobody.
    let first = task(&clinic, liu, TaskKind::FollowUp, ("拔牙", "Extraction")).await;
    let along = task(&clinic, liu, TaskKind::Recall, ("洁牙到期", "Cleaning is due")).await;
    let ticked = format!("{along}:1");
    let said = [
        ("version", "1"),
        ("result", "reached"),
        ("score", "5"),
        ("also", &ticked),
    ];
    call(first, &said).await;
    let second = task(&clinic, wu, TaskKind::FollowUp, ("补牙", "Filling")).await;
    task(&clinic, wu, TaskKind::Recall, ("复查到期", "Check-up is due")).await;
    call(second, &[("version", "1"), ("result", "no-answer")]).await;
    let third = task(&clinic, kong, TaskKind::FollowUp, ("根管", "Root canal")).await;
    call(third, &[("version", "1"), ("result", "no-answer")]).await;
    assert_eq!(clinic.count("SELECT count(*) AS n FROM call_attempts").await, 5);
    assert!(
        nurse.page("/callbacks?lang=zh").await.contains("33%"),
        "the nurse's day"
    );

    let manager = clinic.signed_in("manager").await;
    let page = manager.page("/callbacks/log?month=2026-11&lang=en").await;
    for there in ["<dt>Calls</dt><dd>3</dd>", "33%", "Same call: Recall · Cleaning is due"] {
        assert!(page.contains(there), "{there}: {page}");
    }
    assert_eq!(page.matches("<tr>").count(), 1 + 3, "a row each, and the head: {page}");
    let zh = manager.page("/callbacks/log?month=2026-11&lang=zh").await;
    assert!(
        zh.contains("<dt>呼叫</dt><dd>3</dd>") && zh.contains("同一通电话："),
        "{zh}"
    );
    // A filter counts calls, too.
    let reached = manager.page("/callbacks/log?result=reached&lang=en").await;
    assert!(
        reached.contains("<dt>Calls</dt><dd>1</dd>") && reached.contains("100%"),
        "{reached}"
    );
    let csv = manager.page("/callbacks/log.csv?month=2026-11&lang=en").await;
    assert_eq!(csv.lines().count(), 1 + 3, "{csv}");
    assert!(
        csv.contains("Also settled by this call") && csv.contains("Recall · Cleaning is due"),
        "{csv}"
    );

    // Somebody else calls, too: each has their own share.
    let fourth = task(&clinic, kong, TaskKind::Undelivered, ("账单", "The bill")).await;
    clinic
        .sql(move |c| {
            use chairside::platform::db::schema::call_attempts as a;
            use diesel::prelude::*;
            Ok(diesel::insert_into(a::table)
                .values((
                    a::task_id.eq(fourth),
                    a::number.eq(1),
                    a::at.eq(a_moment()),
                    a::actor.eq("王护士"),
                    a::result.eq("reached"),
                    a::answers.eq("{}"),
                    a::alarm.eq("none"),
                    a::score.eq(Some(2)),
                    a::note.eq(""),
                    a::due_before.eq(a_moment()),
                ))
                .execute(c)?)
        })
        .await;
    let page = manager.page("/callbacks/log?month=2026-11&lang=en").await;
    for there in [
        "<td>林洁</td><td>3</td><td>33%</td><td>5.0</td><td>0</td>",
        "<td>王护士</td><td>1</td><td>100%</td><td>2.0</td><td>1</td>",
    ] {
        assert!(page.contains(there), "{there}: {page}");
    }
});

fn a_moment() -> chairside::platform::clock::Instant {
    chairside::platform::clock::Instant::parse_rfc3339("2026-11-23T10:42:00+08:00").unwrap()
}
