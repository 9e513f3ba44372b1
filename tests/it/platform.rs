//! Health, errors, headers, migrations, jobs over instances.

use crate::both;
use crate::support::{Clinic, Engine};

both!(health_metrics_and_headers, |clinic| {
    let browser = clinic.visitor();
    assert_eq!(browser.page("/health/live").await, "live\n");
    assert_eq!(browser.page("/health/ready").await, "ready\n");
    assert!(
        browser.page("/metrics").await.contains("chairside_")
            || clinic.engine == Engine::Postgres
            || clinic.engine == Engine::Sqlite
    );
    let answer = browser.get("/sign-in").await;
    for header in [
        "content-security-policy",
        "x-content-type-options",
        "referrer-policy",
        "x-request-id",
        "cache-control",
    ] {
        assert!(answer.headers().contains_key(header), "{header}");
    }
});

both!(what_is_not_there_is_told_as_page_or_json, |clinic| {
    let browser = clinic.visitor();
    let page = browser.get("/nothing?lang=en").await;
    assert_eq!(page.status(), 404);
    assert!(page.text().await.unwrap().contains("There is nothing here"));
    let api = browser.get("/api/v1/nothing").await;
    assert_eq!(api.status(), 404);
    assert_eq!(api.headers()["content-type"], "application/problem+json");
});

both!(a_tick_runs_once_over_two_instances, |clinic| {
    let other = clinic.another_instance().await;
    let (mut a, mut b) = (clinic.app.scheduler().unwrap(), other.app.scheduler().unwrap());
    clinic.it_is("2026-11-24T03:40:00+08:00");
    let (ran_a, ran_b) = (a.run_due().await.unwrap(), b.run_due().await.unwrap());
    let runs = ran_a.iter().chain(&ran_b).filter(|job| **job == "clean-up").count();
    assert_eq!(runs, 1, "{ran_a:?} {ran_b:?}");
});

#[test]
fn both_databases_have_the_same_tables_and_columns() {
    let shape = |engine| {
        actix_web::rt::System::new().block_on(async {
            let clinic = Clinic::start(engine, |_| {}).await;
            clinic.sql(crate::support::columns).await
        })
    };
    let (sqlite, postgres) = (shape(Engine::Sqlite), shape(Engine::Postgres));
    assert!(sqlite.len() > 100);
    assert_eq!(sqlite, postgres);
}
