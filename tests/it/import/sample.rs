//! The small sample, and imports that come again.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{check, command, import};
use crate::both;
use crate::support::Clinic;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data").join(name)
}

fn small(clinic: &Clinic, more: &[&str]) -> (String, Value) {
    let (patients, visits) = (sample("patients.csv"), sample("visits.csv"));
    let mut args = vec![patients.to_str().unwrap(), visits.to_str().unwrap()];
    args.extend(more);
    import(clinic, &args)
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
