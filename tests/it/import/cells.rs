//! Cells that are doubtful, broken or out of place.

use serde_json::{Value, json};

use super::{check, command, import, text};
use crate::both;
use crate::support::Clinic;

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
