//! The whole export.

use std::path::PathBuf;

use serde_json::Value;

use super::import;

/// The whole export. `answers.json` counts what its maker did; three of its figures overlap in the file: a family member
/// was given a copy of an earlier patient's mobile as it stood, so that copies of an empty or wrong one are, in the file,
/// one more empty or wrong number. Together the three agree.
#[test]
fn the_whole_export_agrees_with_its_answers() {
    let dir = std::env::var_os("CHAIRSIDE_EXPORT_DIR").map(PathBuf::from);
    let dir = dir.expect("CHAIRSIDE_EXPORT_DIR names no export; tests/run leaves this test out where there is none");
    crate::support::run(crate::support::Engine::Sqlite, |clinic| async move {
        let answers: Value = serde_json::from_slice(&std::fs::read(dir.join("answers.json")).unwrap()).unwrap();
        let (patients, visits) = (dir.join("patients.csv"), dir.join("visits.csv"));
        let lines = std::env::temp_dir().join(format!("chairside-report-{:x}", rand::random::<u64>()));
        let args = [
            patients.to_str().unwrap(),
            visits.to_str().unwrap(),
            "--report",
            lines.to_str().unwrap(),
        ];
        let (_, figures) = import(&clinic, &args);
        for key in [
            "patients",
            "blank_rows",
            "bad_id",
            "id_birth_mismatch",
            "no_mobile",
            "exact_duplicates",
            "missing_name",
            "future_birth",
            "leap_birthdays",
            "visits",
        ] {
            assert_eq!(figures[key], answers[key], "{key}");
        }
        let sum = |of: &Value, keys: &[&str]| keys.iter().map(|k| of[k].as_i64().unwrap()).sum::<i64>();
        assert_eq!(
            sum(&figures, &["no_mobile", "no_phone", "bad_phone", "same_phone"]),
            sum(&answers, &["no_mobile", "bad_phone", "same_phone_family"])
        );
        assert_eq!(
            (
                figures["patients_rejected"].as_i64(),
                figures["visits_rejected"].as_i64()
            ),
            (Some(0), Some(0))
        );
        // One line each, and no identity number in them or in a note.
        let report = std::fs::read_to_string(&lines).unwrap();
        for (reason, figure) in [
            ("共用手机", "same_phone"),
            ("没有手机，只有其他电话", "no_mobile"),
            ("2月29日出生", "leap_birthdays"),
            ("身份证号：校验不通过", "bad_id"),
            ("与登记的出生日期不符", "id_birth_mismatch"),
        ] {
            let told = report.lines().filter(|l| l.contains(reason)).count();
            assert_eq!(Some(told as u64), figures[figure].as_u64(), "{reason}");
        }
        let of_id = |c: char| c.is_ascii_digit() || c == 'X';
        let id = report.split(|c| !of_id(c)).find(|run| run.len() >= 17);
        assert_eq!(id, None);
        let in_a_note = "SELECT count(*) AS n FROM patients WHERE note GLOB '*[1-9][0-9][0-9][0-9][0-9][0-9][12][0-9][0-9][0-9][0-9][0-9][0-9][0-9]*'";
        assert_eq!(clinic.count(in_a_note).await, 0);
        let denied = "SELECT count(*) AS n FROM patients WHERE allergies = '否认'";
        assert!(clinic.count(denied).await > 500);
        let (_, again) = import(&clinic, &args);
        assert_eq!(
            (again["patients_unchanged"].as_i64(), again["visits_unchanged"].as_i64()),
            (answers["patients"].as_i64(), answers["visits"].as_i64())
        );
        std::fs::remove_file(lines).unwrap();
    });
}
