//! What the dispatcher asks with every message is answered by an index, however many messages there are: the plans of the
//! very queries that a round of it runs.

use std::sync::Mutex;

use chairside::messaging::{NewMessage, Purpose};
use chairside::platform::db::Conn;
use chairside::platform::error::Result;
use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection, set_default_instrumentation};
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use crate::messaging::{ZHANG, note, patient, put};
use crate::support::{Clinic, Engine};

/// Every query of this process, as it was sent.
static ASKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn listen() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let sql = text.split(" -- binds:").next().unwrap_or_default().to_owned();
            ASKED.lock().unwrap().push(sql);
        }
    }))
}

#[derive(QueryableByName)]
struct Sqlite {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}
#[derive(QueryableByName)]
struct Postgres {
    #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
    line: String,
}

/// How the database would find the rows, whatever the values are. PostgreSQL reads a table as small as a test's from end to
/// end unless it is told not to; where no index answers, it does so even then.
fn plan(c: &mut Conn, sql: &str) -> Result<Vec<String>> {
    Ok(match c {
        Conn::Sqlite(c) => sql_query(format!("EXPLAIN QUERY PLAN {sql}"))
            .load::<Sqlite>(c)?
            .into_iter()
            .map(|r| r.detail)
            .collect(),
        Conn::Pg(c) => {
            c.batch_execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")?;
            c.batch_execute(&format!("PREPARE asked AS {sql}"))?;
            let most = (1..99).take_while(|n| sql.contains(&format!("${n}"))).count();
            let nulls = match most {
                0 => String::new(),
                n => format!("({})", vec!["NULL"; n].join(", ")),
            };
            let lines = sql_query(format!("EXPLAIN EXECUTE asked{nulls}")).load::<Postgres>(c)?;
            c.batch_execute("DEALLOCATE asked")?;
            lines.into_iter().map(|r| r.line).collect()
        }
    })
}

/// The steps of a plan that look at a table, and whether each goes by an index.
fn by_index(steps: &[String], engine: Engine) -> bool {
    let looks = |s: &&String| match engine {
        Engine::Sqlite => (s.starts_with("SCAN") && !s.contains("CONSTANT ROW")) || s.starts_with("SEARCH"),
        Engine::Postgres => {
            s.contains("Scan")
                && !["CTE Scan", "Subquery Scan", "Function Scan"]
                    .iter()
                    .any(|of| s.contains(of))
        }
    };
    let found: Vec<&String> = steps.iter().filter(looks).collect();
    !found.is_empty()
        && found.iter().all(|s| match engine {
            Engine::Sqlite => s.starts_with("SEARCH") && (s.contains(" INDEX ") || s.contains("PRIMARY KEY")),
            Engine::Postgres => s.contains("Index") || s.contains("Bitmap Heap Scan"),
        })
}

fn the_questions_of_a_round_go_by_index(engine: Engine) {
    set_default_instrumentation(listen).unwrap();
    actix_web::rt::System::new().block_on(async {
        let clinic = Clinic::start(engine, |_| {}).await;
        let zhang = patient(&clinic, ZHANG).await;
        let greeting = NewMessage {
            purpose: Purpose::Birthday,
            template: "birthday".into(),
            ..note(&clinic, "a", zhang)
        };
        put(&clinic, greeting).await;
        ASKED.lock().unwrap().clear();
        let report = clinic.app.dispatcher().dispatch_once().await.unwrap();
        assert_eq!(report.accepted, 1, "{report:?}");
        let asked = ASKED.lock().unwrap().clone();
        let plain = |sql: &str| sql.replace(['`', '"'], "");
        for (what, parts) in [
            ("due", &["UPDATE messages SET state = 'claimed'", "LIMIT"][..]),
            ("cap", &["SELECT", "FROM messages", "patient_id =", "created_at >="]),
            (
                "cap of a family",
                &["SELECT", "FROM messages", "recipient =", "created_at >="],
            ),
            ("opted out", &["EXISTS", "FROM opt_outs"]),
            ("consents", &["SELECT", "FROM consents", "patient_id ="]),
            (
                "sends whose lease ran out",
                &["SELECT", "FROM messages", "lease_until <="],
            ),
            ("gone too late", &["UPDATE messages", "expires_at <="]),
        ] {
            let sql = asked
                .iter()
                .find(|sql| parts.iter().all(|part| plain(sql).contains(part)))
                .unwrap_or_else(|| panic!("{what} was not asked: {asked:#?}"))
                .clone();
            let shown = sql.clone();
            let steps = clinic.sql(move |c| plan(c, &sql)).await;
            assert!(by_index(&steps, engine), "{what}: {shown}\n{steps:#?}");
        }
        // The test can fail: what no index answers is seen.
        let sql = "SELECT count(*) FROM messages WHERE variables = '{}'";
        let steps = clinic.sql(move |c| plan(c, sql)).await;
        assert!(!by_index(&steps, engine), "{steps:#?}");
    });
}

#[test]
fn the_questions_of_a_round_go_by_index_on_sqlite() {
    the_questions_of_a_round_go_by_index(Engine::Sqlite);
}
#[test]
fn the_questions_of_a_round_go_by_index_on_postgres() {
    the_questions_of_a_round_go_by_index(Engine::Postgres);
}

/// Else each statement is prepared anew whenever a value is bound to it (`.cargo/config.toml`).
#[test]
fn sqlite_does_not_plan_by_bound_values() {
    actix_web::rt::System::new().block_on(async {
        let clinic = Clinic::start(Engine::Sqlite, |_| {}).await;
        let built = "SELECT count(*) AS n FROM pragma_compile_options WHERE compile_options = 'ENABLE_QPSG'";
        assert_eq!(clinic.count(built).await, 1);
    });
}
