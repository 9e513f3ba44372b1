//! `chairside import`, as a command, on both databases: our own small sample always, the whole export when
//! `CHAIRSIDE_EXPORT_DIR` names its folder (patients.csv, visits.csv, answers.json).

mod cells;
mod sample;
mod trials;
mod whole;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::Clinic;

/// Runs the command against a clinic's database; standard output, and the figures of `--json`.
fn import(clinic: &Clinic, args: &[&str]) -> (String, Value) {
    let out = command(clinic).args(args).arg("--json").output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{text}{}", String::from_utf8_lossy(&out.stderr));
    let figures = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    (text, figures)
}

fn command(clinic: &Clinic) -> Command {
    let key = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("import-{}.key", std::process::id()));
    std::fs::write(&key, &clinic.app.config.secrets.key.0).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_chairside"));
    command
        .env("DATABASE_URL", &clinic.app.config.database.url)
        .env_remove("CHAIRSIDE_TEST_PG")
        .env_remove("CHAIRSIDE_EXPORT_DIR")
        .env("CHAIRSIDE_SECRETS__KEY_FILE", key)
        .env("NO_COLOR", "1")
        .arg("import");
    command
}

fn check(figures: &Value, expected: &Value) {
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&figures[key], value, "{key}: {figures}");
    }
}

/// The text of a column, one row.
async fn text(clinic: &Clinic, sql: &str) -> String {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        t: String,
    }
    let sql = sql.to_owned();
    clinic
        .sql(move |c| Ok(diesel::RunQueryDsl::get_result::<Row>(diesel::sql_query(sql), c)?.t))
        .await
}
