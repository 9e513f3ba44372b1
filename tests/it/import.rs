//! `chairside import`, as a command, on both databases: our own small sample always, the whole export when
//! `CHAIRSIDE_EXPORT_DIR` names its folder (patients.csv, visits.csv, answers.json).

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::both;
use crate::support::Clinic;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data").join(name)
}

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

fn small(clinic: &Clinic, more: &[&str]) -> (String, Value) {
    let (patients, visits) = (sample("patients.csv"), sample("visits.csv"));
    let mut args = vec![patients.to_str().unwrap(), visits.to_str().unwrap()];
    args.extend(more);
    import(clinic, &args)
}

fn check(figures: &Value, expected: &Value) {
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&figures[key], value, "{key}: {figures}");
    }
}

both!(the_sample_is_read_to_the_last_row, |clinic| {
    let expected = json!({
        "patients": 12, "patients_new": 12, "patients_rejected": 3, "blank_rows": 1, "exact_duplicates": 1,
        "missing_name": 1, "future_birth": 1, "bad_birth": 1, "leap_birthdays": 1, "bad_id": 1, "id_birth_mismatch": 1,
        "same_id": 1, "no_mobile": 1, "no_phone": 1, "bad_phone": 1, "same_phone": 2, "possible_duplicates": 0,
        "visits": 5, "visits_new": 5, "visits_rejected": 3, "visit_duplicates": 1, "visits_doubtful": 1,
        "finished": 3, "missed": 1, "cancelled": 1,
    });
    let (dry, figures) = small(&clinic, &["--dry-run"]);
    check(&figures, &expected);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM patients").await, 0);
    assert_eq!(clinic.count("SELECT count(*) AS n FROM visits").await, 0);
    let (real, figures) = small(&clinic, &[]);
    check(&figures, &expected);
    assert_eq!(dry.replace("试运行：没有写入任何内容\n", ""), real);
    for line in [
        "patients.csv (gb18030)",
        "visits.csv (UTF-8)",
        "patients.csv:6：跳过：整行：空行",
        "patients.csv:8：存疑：手机：没有这样的号码，已留空，原文在备注（“136801”）",
        "patients.csv:9：存疑：身份证号：校验不通过，已留空，备注留后 4 位（“••••••••••••••1220”）",
        "patients.csv:10：存疑：身份证号：与登记的出生日期不符，两者都保留，请核对",
        "patients.csv:11：跳过：整行：与第 10 行完全相同",
        "patients.csv:12：拒绝：整行：与第 10 行编号相同但内容不同，保留第 10 行",
        "patients.csv:13：拒绝：姓名：缺姓名",
        "patients.csv:14：拒绝：病历号：缺病历号",
        "patients.csv:15：存疑：出生日期：在今天之后，已留空，原文在备注（“2099-01-01”）",
        "patients.csv:16：存疑：性别：无法识别，已留空，原文在备注（“?”）",
        "patients.csv:17：存疑：身份证号：与 B0001 相同，已留空",
        "visits.csv:6：跳过：整行：与第 5 行完全相同",
        "visits.csv:7：存疑：费用：无法识别，原文在医嘱后（“abc”）",
        "visits.csv:7：存疑：牙位：不是 FDI 牙位，写入处置（“99”）",
        "visits.csv:8：拒绝：病历号：没有这个病历号的患者（“B9999”）",
        "visits.csv:9：拒绝：就诊日期：无法识别（“某日”）",
        "visits.csv:10：拒绝：状态：不是已发生的就诊（“预约”）",
        "不认识的列“推荐码”写入备注",
    ] {
        assert!(real.contains(line), "{line}\n{real}");
    }
});

both!(what_was_read_is_in_the_record, |clinic| {
    small(&clinic, &[]);
    let nurse = clinic.signed_in("nurse").await;
    let api = clinic.api(chairside::staff::Role::Nurse).await;
    let of = async |chart: &str| -> Value {
        let (_, found) = api.get_json(&format!("/api/v1/patients?q={chart}")).await;
        let id = &found["items"][0]["id"];
        api.get_json(&format!("/api/v1/patients/{id}")).await.1
    };
    let sun = of("B0001").await;
    assert_eq!(
        (
            sun["name"].as_str(),
            sun["vip"].as_bool(),
            sun["phone"].as_str(),
            sun["history"].as_str()
        ),
        (Some("孙丽"), Some(true), Some("+8613800007731"), Some("高血压,糖尿病"))
    );
    let feng = of("B0002").await;
    assert_eq!(
        (feng["name"].as_str(), feng["allergies"].as_str(), feng["note"].as_str()),
        (Some("冯博磊"), Some("否认"), Some("推荐码：X9"))
    );
    assert!(feng["national_id_masked"].as_str().unwrap().starts_with("110105"));
    assert_eq!(of("B0004").await["birth_date"], "1976-02-29");
    assert_eq!(of("B0003").await["note"], "会员等级：金卡");
    let ren = of("B0005").await;
    assert_eq!(
        (
            ren["phone"].is_null(),
            ren["other_phone"].as_str(),
            ren["channel"].as_str()
        ),
        (true, Some("+8657189245070"), Some("phone"))
    );
    assert_eq!(of("B0006").await["note"], "手机（原）：136801");
    let qian = of("B0011").await;
    assert_eq!(qian["note"], "性别（原）：?\n出生日期（原）：昨天");
    // Found by what an import has computed; shown; and a contradiction in it does not keep from changing the phone.
    let wu = of("wm3333").await;
    assert_eq!(wu["chart_no"], "B0008");
    assert!(
        nurse
            .page(&format!("/patients/{}", wu["id"]))
            .await
            .contains("身份证号与出生日期不符，请核对")
    );
    let path = format!("/api/v1/patients/{}", wu["id"]);
    assert_eq!(
        api.patch_json(&path, &json!({ "version": 1, "phone": "13900007777" }))
            .await
            .0,
        200
    );
    assert_eq!(
        api.patch_json(&path, &json!({ "version": 2, "birth_date": "1991-02-04" }))
            .await
            .0,
        422
    );
    assert_eq!(
        clinic.count("SELECT count(*) AS n FROM visits v JOIN services s ON s.id = v.service_id JOIN providers p ON p.id = v.provider_id WHERE s.code = 'cleaning' AND v.provider_name = '赵洁牙师' AND v.fee_minor = 28000 AND v.status = 'finished'").await,
        1
    );
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM treatments WHERE tooth = '48' AND description = '局麻下拔除 缝合2针'")
            .await,
        1
    );
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM treatments WHERE tooth IS NULL AND description = '99 充填'")
            .await,
        1
    );
    // 9:00 in Shanghai.
    let nine = chairside::platform::clock::Instant::parse_rfc3339("2026-05-12T09:00:00+08:00")
        .unwrap()
        .0;
    assert_eq!(
        clinic
            .count(&format!("SELECT count(*) AS n FROM visits WHERE started_at = {nine}"))
            .await,
        1
    );
});

both!(a_second_run_changes_nothing_and_ours_wins_unless_told, |clinic| {
    small(&clinic, &[]);
    let count = async || {
        let mut counts = Vec::new();
        for table in ["patients", "visits", "treatments", "audit_log"] {
            counts.push(clinic.count(&format!("SELECT count(*) AS n FROM {table}")).await);
        }
        counts
    };
    let before = count().await;
    let (_, again) = small(&clinic, &[]);
    check(
        &again,
        &json!({ "patients_unchanged": 12, "patients_new": 0, "visits_unchanged": 5, "visits_new": 0, "patients_differ": 0 }),
    );
    assert_eq!(count().await, before);
    // Somebody corrects a phone here; the old export comes once more.
    let desk = clinic.api(chairside::staff::Role::FrontDesk).await;
    let (_, found) = desk.get_json("/api/v1/patients?q=B0001").await;
    let path = format!("/api/v1/patients/{}", found["items"][0]["id"]);
    assert_eq!(
        desk.patch_json(&path, &json!({ "version": 1, "phone": "13800009999", "needs": "靠窗" }))
            .await
            .0,
        200
    );
    let (text, kept) = small(&clinic, &[]);
    check(&kept, &json!({ "patients_differ": 1, "patients_unchanged": 11 }));
    assert!(
        text.contains("patients.csv:2：跳过：整行：与库中不同（手机），保留库中"),
        "{text}"
    );
    assert_eq!(desk.get_json(&path).await.1["phone"], "+8613800009999");
    let (_, taken) = small(&clinic, &["--update"]);
    check(&taken, &json!({ "patients_updated": 1, "patients_unchanged": 11 }));
    let now = desk.get_json(&path).await.1;
    assert_eq!(
        (now["phone"].as_str(), now["needs"].as_str(), now["version"].as_i64()),
        (Some("+8613800007731"), Some("靠窗"), Some(3))
    );
});

both!(a_file_that_is_none_is_an_error_that_says_what_to_do, |clinic| {
    for (args, expected) in [
        (vec!["/nowhere/patients.csv".to_owned()], "/nowhere/patients.csv"),
        (vec![sample("visits.csv").display().to_string()], "姓名"),
        (
            vec![
                sample("patients.csv").display().to_string(),
                "--lang".into(),
                "fr".into(),
            ],
            "fr",
        ),
    ] {
        let out = command(&clinic).args(&args).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && said.contains(expected), "{said}");
    }
    let (english, _) = small(&clinic, &["--lang", "en", "--dry-run"]);
    assert!(
        english.contains("patients.csv:13: rejected: name: there is none")
            && english.contains("Dry run: nothing was written"),
        "{english}"
    );
});

/// Two files with these texts, imported; the report.
fn texts(clinic: &Clinic, patients: &str, visits: &str) -> (String, Value) {
    let folder = std::env::temp_dir().join(format!("chairside-import-{:x}", rand::random::<u64>()));
    std::fs::create_dir(&folder).unwrap();
    let paths = ["patients.csv", "visits.csv"].map(|name| folder.join(name));
    std::fs::write(&paths[0], patients).unwrap();
    std::fs::write(&paths[1], visits).unwrap();
    let done = import(clinic, &[paths[0].to_str().unwrap(), paths[1].to_str().unwrap()]);
    std::fs::remove_dir_all(folder).unwrap();
    done
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

const HEADER: &str = "病历号,姓名,手机,身份证号,过敏史,既往史,备注";

both!(cells_out_of_place_are_kept_and_told, |clinic| {
    let patients = format!(
        "{HEADER},\n\
         C1,李明,13800000001,,,,要靠窗, 怕疼,x\n\
         \n\
         C2,王芳,13800000002,,,,\"第一行\n第二行\"\n\
         C3,周强,13800000003,,,,\"怕疼\nC4,赵六,13800000004,,,,\"怕冷\n\
         \"C5\n\",,13800000005,,,,\n\
         C6,陈静,13800000006,330106201109066435,,,,,130106201109066430\n"
    );
    let visits = "病历号,就诊日期,时间,时长,椅位,项目,医嘱,收费员\n\
                  C1,2026-05-12,09:00,45,5号椅,洁牙,6个月后复查,小钱,多出\n\
                  C2,2026-05-12,点,45,5号椅,洁牙,,\n";
    let (said, figures) = texts(&clinic, &patients, visits);
    check(
        &figures,
        &json!({ "patients": 4, "patients_rejected": 1, "extra_cells": 3, "long_cells": 3, "visits": 2, "visits_doubtful": 2 }),
    );
    for line in [
        "patients.csv:2：存疑：整行：多出没有列名的格",
        "（“8: 怕疼 | 9: x”）",
        "patients.csv:4：存疑：整行：一格跨第 4–5 行",
        "patients.csv:6：存疑：整行：一格跨第 6–7 行",
        "patients.csv:6：存疑：整行：引号不配对",
        "patients.csv:8：拒绝：姓名：缺姓名",
        "patients.csv:8：拒绝：整行：一格跨第 8–9 行",
        "（“9: ••••••••••••••6430”）",
        "visits.csv:2：存疑：整行：多出没有列名的格",
        "visits.csv：不认识的列“收费员”写入医嘱之后",
        "visits.csv：就诊没有“时长”字段，逐行保存在操作记录中",
        "visits.csv:3：存疑：时间：无法识别",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let note = async |chart: &str| {
        text(
            &clinic,
            &format!("SELECT note AS t FROM patients WHERE chart_no = '{chart}'"),
        )
        .await
    };
    assert_eq!(note("C1").await, "要靠窗\n第 8 列：怕疼\n第 9 列：x");
    assert_eq!(note("C2").await, "第一行\n第二行");
    assert!(note("C3").await.contains("赵六"), "what was swallowed is kept");
    assert_eq!(note("C6").await, "第 9 列：••••••••••••••6430");
    let advice = "SELECT advice AS t FROM visits WHERE advice LIKE '6%'";
    assert_eq!(text(&clinic, advice).await, "6个月后复查\n收费员：小钱\n第 9 列：多出");
    let kept = "SELECT count(*) AS n FROM audit_log WHERE action = 'import' AND detail = '时长：45；椅位：5号椅'";
    assert_eq!(clinic.count(kept).await, 2);
});

both!(a_quote_without_an_end_stops_before_anything_is_imported, |clinic| {
    let path = std::env::temp_dir().join(format!("chairside-quote-{:x}.csv", rand::random::<u64>()));
    std::fs::write(
        &path,
        format!("{HEADER}\nC1,李明,13800000001,,,,\nC2,王芳,,,,,\"怕疼\nC3,周强,,,,,\n"),
    )
    .unwrap();
    let out = command(&clinic).arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(
        out.status.code() == Some(1) && said.contains("line 3") && said.contains("第 3 行"),
        "{said}"
    );
    assert_eq!(clinic.count("SELECT count(*) AS n FROM patients").await, 0);
    std::fs::remove_file(path).unwrap();
});

both!(what_is_doubtful_has_a_line_with_its_reason, |clinic| {
    let patients = format!(
        "{HEADER},备用电话,出生日期\n\
         D1,李明,13800000001,330106201109066434,,,,,2011-09-06\n\
         D2,李小明,138 0000 0001,,,,,,2012-02-29\n\
         D3,周强,,,,,,0571-89245070,\n"
    );
    let (said, figures) = texts(&clinic, &patients, "病历号,就诊日期\n");
    check(
        &figures,
        &json!({ "same_phone": 1, "no_mobile": 1, "leap_birthdays": 1, "bad_id": 1, "patients_doubtful": 3 }),
    );
    for line in [
        "patients.csv:2：存疑：身份证号：校验不通过，已留空，备注留后 4 位（“••••••••••••••6434”）",
        "patients.csv:3：存疑：手机：与第 2 行的 D1 共用手机",
        "patients.csv:3：存疑：出生日期：2月29日出生",
        "patients.csv:4：存疑：手机：没有手机，只有其他电话",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    // Sealed when it is right, and nowhere in the clear when it is wrong.
    assert!(!said.contains("330106201109066434"));
    let plain = "SELECT count(*) AS n FROM patients WHERE note LIKE '%33010620110906%'";
    assert_eq!(clinic.count(plain).await, 0);
    let left = "SELECT count(*) AS n FROM patients WHERE note = '身份证号（原）：••••••••••••••6434'";
    assert_eq!(clinic.count(left).await, 1);
});

both!(asked_and_denied_is_not_never_asked, |clinic| {
    let patients = format!(
        "{HEADER}\nE1,李明,13800000001,,否认,无,\nE2,王芳,13800000002,,,,\nE3,周强,13800000003,,青霉素,高血压,\n"
    );
    texts(&clinic, &patients, "病历号,就诊日期\n");
    let stored = "SELECT count(*) AS n FROM patients WHERE chart_no = 'E1' AND allergies = '否认' AND history = '否认'";
    assert_eq!(clinic.count(stored).await, 1);
    let desk = clinic.signed_in("desk").await;
    let alarm = "过敏：";
    for (id, shown, alarmed) in [(1, "否认（已询问）", false), (2, "未询问", false), (3, "青霉素", true)] {
        let page = desk.page(&format!("/patients/{id}?lang=zh")).await;
        assert!(page.contains(shown), "{id}: {page}");
        assert_eq!(page.contains(alarm), alarmed, "{id}: {page}");
    }
    assert!(desk.page("/patients/1?lang=en").await.contains("Denied (asked)"));
    let list = desk.page("/patients?q=E1&lang=zh").await;
    assert!(!list.contains(alarm), "{list}");
});

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
