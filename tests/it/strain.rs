//! A database without room, and one that lets somebody wait too long.

#[test]
fn a_full_disk_is_told_and_work_goes_on_once_there_is_room() {
    crate::support::run(crate::support::Engine::Sqlite, |clinic| async move {
        #[derive(diesel::QueryableByName)]
        struct Pages {
            #[diesel(sql_type = diesel::sql_types::BigInt, column_name = "page_count")]
            n: i64,
        }
        let limit = async |pages: i64| {
            clinic
                .sql(move |c| {
                    let limit = diesel::sql_query(format!("PRAGMA max_page_count = {pages}"));
                    Ok(diesel::RunQueryDsl::execute(limit, c)?)
                })
                .await
        };
        let count = diesel::sql_query("SELECT page_count FROM pragma_page_count()");
        let used = clinic
            .sql(|c| Ok(diesel::RunQueryDsl::get_result::<Pages>(count, c)?.n))
            .await;
        let api = clinic.api(chairside::staff::Role::FrontDesk).await;
        limit(used + 4).await;
        let register = async |n: i64| {
            let body = serde_json::json!({ "name": format!("满{n}"), "phone": format!("1390000{n:04}"), "note": "满".repeat(900) });
            api.post_json("/api/v1/patients", &body).await
        };
        let mut refused = None;
        for n in 0..200 {
            let (status, said) = register(n).await;
            if status != 201 {
                refused = Some((status, said));
                break;
            }
        }
        let (status, said) = refused.expect("it was full at last");
        assert_eq!((status, said["code"].as_str()), (507, Some("storage_full")), "{said}");
        let desk = clinic.signed_in("desk");
        limit(1_000_000).await;
        assert_eq!(register(999).await.0, 201);
        assert_eq!(desk.await.get("/day").await.status(), 200);
    });
}

#[test]
fn who_waits_too_long_for_a_row_may_try_again() {
    use diesel::connection::SimpleConnection;
    crate::support::run(crate::support::Engine::Postgres, |clinic| async move {
        let api = clinic.api(chairside::staff::Role::FrontDesk).await;
        let body = serde_json::json!({ "name": "等待", "phone": "13900001234" });
        let (status, made) = api.post_json("/api/v1/patients", &body).await;
        assert_eq!(status, 201, "{made}");
        let url = clinic.app.config.database.url.clone();
        let mut other = <diesel::PgConnection as diesel::Connection>::establish(&url).unwrap();
        other
            .batch_execute("BEGIN; SELECT id FROM patients FOR UPDATE")
            .unwrap();
        let path = format!("{}/api/v1/patients/{}", clinic.base, made["id"]);
        let request = api.client.patch(&path).bearer_auth(api.bearer.as_ref().unwrap());
        let answer = request
            .json(&serde_json::json!({ "version": 1, "note": "x" }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
        other.batch_execute("ROLLBACK").unwrap();
        let path = format!("/api/v1/patients/{}", made["id"]);
        assert_eq!(
            api.patch_json(&path, &serde_json::json!({ "version": 1, "note": "x" }))
                .await
                .0,
            200
        );
        // A statement that takes too long, and one of two that wait for each other.
        let slow = clinic.app.db.write(|c| {
            c.batch_execute("SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(2)")?;
            Ok(())
        });
        assert_eq!(slow.await.unwrap_err().code(), "unavailable");
    });
}
