//! Dry runs, visits that cannot be, two visits under one name, an English clinic, and a report on a terminal.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::json;

use super::{check, command, import, text};
use crate::both;
use crate::support::{Clinic, Engine};

/// A folder that goes with the value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("chairside-trials-{:x}", rand::random::<u64>()));
        std::fs::create_dir(&path).unwrap();
        Folder(path)
    }
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

const PEOPLE: &str = "病历号,姓名,手机,出生日期\nC1,李明,13800000001,2020-05-01\nC2,王芳,13800000002,\n";

/// Two files with these texts, imported.
fn visits(clinic: &Clinic, visits: &str) -> (String, serde_json::Value) {
    let folder = Folder::new();
    let (people, visits) = (folder.file("patients.csv", PEOPLE), folder.file("visits.csv", visits));
    import(clinic, &[&people, &visits])
}

both!(a_visit_that_cannot_have_been_is_told, |clinic| {
    let (said, figures) = visits(
        &clinic,
        "病历号,就诊日期,项目,状态\nC1,2099-05-12,洁牙,完成\nC2,2099-05-12,洁牙,爽约\nC1,2019-05-12,洁牙,完成\nC2,2019-05-12,洁牙,完成\n",
    );
    let expected =
        json!({ "visits_rejected": 2, "future_visits": 2, "before_birth": 1, "visits": 2, "visits_doubtful": 1 });
    check(&figures, &expected);
    for line in [
        "visits.csv:2：拒绝：就诊日期：在今天之后，不是已发生的就诊（“2099-05-12”）",
        "visits.csv:3：拒绝：就诊日期：在今天之后",
        "visits.csv:4：存疑：就诊日期：早于患者的出生日期，请核对（“2019-05-12”）",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
});

both!(two_fillings_of_a_day_are_two_visits_however_often_they_come, |clinic| {
    const HEAD: &str = "病历号,就诊日期,医生,项目,牙位,处置,费用\n";
    let (a, b) = (
        "C1,2026-05-12,李医生,补牙,36,充填,300\n",
        "C1,2026-05-12,李医生,补牙,37,充填,320\n",
    );
    let contradicts = "C1,2026-05-12,李医生,补牙,37,充填,999\n";
    let (said, figures) = visits(&clinic, &format!("{HEAD}{a}{b}{b}{contradicts}"));
    let expected = json!({ "visits_new": 2, "visit_duplicates": 1, "visits_rejected": 1 });
    check(&figures, &expected);
    assert!(
        said.contains("visits.csv:5：拒绝：整行：与第 3 行编号相同但内容不同"),
        "{said}"
    );
    for rows in [
        format!("{HEAD}{a}{b}"),
        format!("{HEAD}{b}{a}"),
        format!("{HEAD}{b}"),
        format!("{HEAD}{a}"),
    ] {
        let (said, again) = visits(&clinic, &rows);
        check(&again, &json!({ "visits_new": 0, "visits_differ": 0 }));
        assert!(again["visits_unchanged"].as_i64() >= Some(1), "{said}");
    }
    let teeth = "SELECT count(*) AS n FROM treatments WHERE tooth IN ('36', '37')";
    assert_eq!(clinic.count(teeth).await, 2);
});

both!(an_english_clinic_gets_english_notes, |clinic| {
    clinic
        .sql(|c| {
            let english = diesel::sql_query("UPDATE sites SET language = 'en'");
            Ok(diesel::RunQueryDsl::execute(english, c)?)
        })
        .await;
    let folder = Folder::new();
    let people = "chart_no,name,sex,mobile,date of birth,national_id,tier\n\
                  E1,Ann,?,136801,yesterday,110101199001011219,Gold\n\
                  E2,Bob,female,07911123456,1991-02-03,110105194912310038,\n";
    let visits = "chart_no,date,time,duration,fee,advice,cashier\nE1,2026-05-12,noon,45,abc,Floss,Joe\n";
    let (people, visits) = (folder.file("patients.csv", people), folder.file("visits.csv", visits));
    import(&clinic, &[&people, &visits, "--lang", "zh"]);
    let note = text(&clinic, "SELECT note AS t FROM patients WHERE chart_no = 'E1'").await;
    for part in [
        "sex (original): ?",
        "date of birth (original): yesterday",
        "mobile (original): 136801",
        "Tier: Gold",
    ] {
        assert!(note.contains(part), "{part} in {note}");
    }
    let advice = text(&clinic, "SELECT advice AS t FROM visits").await;
    for part in ["Floss", "Time (original): noon", "Fee (original): abc", "cashier: Joe"] {
        assert!(advice.contains(part), "{part} in {advice}");
    }
    let aside = "SELECT detail AS t FROM audit_log WHERE action = 'import' AND subject = 'visits'";
    assert_eq!(text(&clinic, aside).await, "duration: 45");
    let chinese = |t: &str| t.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let all = text(&clinic, "SELECT note AS t FROM patients WHERE chart_no = 'E2'").await;
    assert!(
        !chinese(&note) && !chinese(&advice) && !chinese(&all),
        "{note}{advice}{all}"
    );
});

fn run(folder: &Path, database: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_chairside"))
        .env("DATABASE_URL", database)
        .env("CHAIRSIDE_SECRETS__KEY_FILE", folder.join("new.key"))
        .env_remove("CHAIRSIDE_TEST_PG")
        .env_remove("CHAIRSIDE_EXPORT_DIR")
        .current_dir(folder)
        .arg("import")
        .args(args)
        .output()
        .unwrap()
}

#[test]
fn a_dry_run_makes_no_database_and_no_key() {
    let folder = Folder::new();
    let people = folder.file("patients.csv", PEOPLE);
    let database = format!("sqlite:{}", folder.0.join("new.db").display());
    let out = run(&folder.0, &database, &[&people, "--dry-run", "--json"]);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{said}{}", String::from_utf8_lossy(&out.stderr));
    assert!(
        said.contains("还没有数据库") && said.contains("\"patients_new\":2"),
        "{said}"
    );
    let data = folder.0.join("data");
    let mut by_folder = Command::new(env!("CARGO_BIN_EXE_chairside"));
    for foreign in ["DATABASE_URL", "CHAIRSIDE_TEST_PG", "CHAIRSIDE_EXPORT_DIR"] {
        by_folder.env_remove(foreign);
    }
    by_folder.current_dir(&folder.0);
    let args = ["import", &people, "--dry-run", "--data", data.to_str().unwrap()];
    assert!(by_folder.args(args).output().unwrap().status.success());
    let left: Vec<_> = std::fs::read_dir(&folder.0)
        .unwrap()
        .map(|f| f.unwrap().file_name())
        .collect();
    assert_eq!(left, ["patients.csv"]);
}

#[test]
fn a_dry_run_makes_nothing_on_postgresql() {
    let server = crate::support::postgres_url();
    let name = format!("dry_{}_{:08x}", std::process::id(), rand::random::<u32>());
    let mut admin = <diesel::PgConnection as diesel::Connection>::establish(&server).unwrap();
    diesel::RunQueryDsl::execute(diesel::sql_query(format!("CREATE DATABASE {name}")), &mut admin).unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let folder = Folder::new();
    let people = folder.file("patients.csv", PEOPLE);
    let out = run(&folder.0, &url, &[&people, "--dry-run", "--lang", "en"]);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success() && said.contains("There is no database yet"),
        "{said}"
    );
    assert!(!folder.0.join("new.key").exists());
    let mut there = <diesel::PgConnection as diesel::Connection>::establish(&url).unwrap();
    let table = diesel::sql_query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
    assert_eq!(diesel::RunQueryDsl::execute(table, &mut there).unwrap(), 0);
}

both!(a_dry_run_leaves_what_is_there_as_it_is, |clinic| {
    let folder = Folder::new();
    let people = folder.file("patients.csv", PEOPLE);
    let (_, figures) = import(&clinic, &[&people, "--dry-run"]);
    check(&figures, &json!({ "patients_new": 2 }));
    let count = clinic.count("SELECT count(*) AS n FROM patients").await;
    assert_eq!(count, 0);
    // Somebody writes all the time; on the embedded database a dry run waits for nobody and lets nobody wait.
    if clinic.engine == Engine::Sqlite {
        let (locked, go) = (std::sync::mpsc::channel::<()>(), std::sync::mpsc::channel::<()>());
        let (db, waits) = (clinic.app.db.clone(), go.1);
        let held = std::thread::spawn(move || {
            db.write_now(move |_| {
                locked.0.send(()).unwrap();
                waits.recv().unwrap();
                Ok(())
            })
        });
        locked.1.recv().unwrap();
        let (_, figures) = import(&clinic, &[&people, "--dry-run"]);
        check(&figures, &json!({ "patients_new": 2 }));
        go.0.send(()).unwrap();
        held.join().unwrap().unwrap();
    }
});

both!(
    lines_of_the_report_and_the_bar_do_not_share_a_line_of_the_terminal,
    |clinic| {
        let folder = Folder::new();
        let mut rows = String::from("病历号,姓名,手机\n");
        for i in 0..2500 {
            rows.push_str(&format!("T{i},患者{i},136801\n"));
        }
        let people = folder.file("patients.csv", &rows);
        let ours = command(&clinic);
        let mut terminal = Command::new("script");
        for (name, value) in ours.get_envs() {
            match value {
                Some(value) => terminal.env(name, value),
                None => terminal.env_remove(name),
            };
        }
        let line = format!("stty cols 150; {} import {people}", env!("CARGO_BIN_EXE_chairside"));
        let out = terminal
            .env("TERM", "xterm")
            .args(["-qec", &line, "/dev/null"])
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success() && shown.contains('%'), "{shown}");
        let mut told = 0;
        for row in shown.split('\n').filter(|row| row.contains("存疑：手机")) {
            // What was drawn on the row before it was cleared is not seen.
            let seen = row
                .rsplit("\u{1b}[2K")
                .next()
                .unwrap()
                .trim_start_matches(['\r', '\u{1b}']);
            let seen = seen.rsplit('\r').find(|part| !part.is_empty()).unwrap_or("");
            assert!(
                seen.starts_with("patients.csv:") || seen.starts_with("[1Gpatients.csv:"),
                "{row:?}"
            );
            told += 1;
        }
        assert_eq!(told, 2500);
    }
);
