//! Cells of one column each: read, or told and kept in the note.

use super::Person;
use crate::patients::{NationalId, Sex, denied, is_denied};
use crate::platform::i18n::{Lang, Text};

/// Texts that say "there is none".
const NONE_GIVEN: &[&str] = &[
    "无", "/", "-", "--", "没有", "不详", "未知", "暂无", "none", "n/a", "null", "0", "空",
];

/// Whether a cell says nothing.
pub(super) fn none_given(text: &str) -> bool {
    text.is_empty() || NONE_GIVEN.contains(&text.to_lowercase().as_str())
}

/// Allergies and history: "asked, and there is none" is an answer, and stays one.
pub(super) fn answer(text: &str, lang: Lang) -> String {
    if is_denied(text) {
        denied(lang).to_owned()
    } else {
        text.to_owned()
    }
}

pub(super) fn sex(p: &mut Person, text: &str) {
    p.data.sex = match text.to_lowercase().as_str() {
        "女" | "女士" | "女性" | "f" | "female" | "w" => Sex::Female,
        "男" | "先生" | "男性" | "m" | "male" => Sex::Male,
        other => {
            if !none_given(other) {
                let reason = Text::new(
                    "无法识别，已留空，原文在备注",
                    "cannot be read: left out, kept in the note",
                );
                p.doubt(("性别", "sex"), "", reason, text);
            }
            Sex::Unknown
        }
    };
}

pub(super) fn national_id(p: &mut Person, text: &str) {
    let column = ("身份证号", "national ID");
    if none_given(text) {
        return;
    }
    let Ok(id) = NationalId::parse(text) else {
        let reason = Text::new(
            "校验不通过，已留空，备注留后 4 位",
            "wrong check digit or form: left out, its last 4 are in the note",
        );
        p.doubt(column, "bad_id", reason, text);
        return;
    };
    if p.data.birth_date.is_some_and(|d| d != id.birth_date()) {
        let reason = Text::new(
            "与登记的出生日期不符，两者都保留，请核对",
            "disagrees with the birthday: both kept, to be checked",
        );
        let remark = Text::new(
            "身份证号与出生日期不符，请核对",
            "National ID and birthday disagree: to be checked",
        );
        p.flag(column, "id_birth_mismatch", reason, Some(remark));
    }
    if p.data.sex == Sex::Unknown {
        p.data.sex = id.sex();
    } else if p.data.sex != id.sex() {
        let reason = Text::new(
            "与登记的性别不符，两者都保留，请核对",
            "disagrees with the sex: both kept, to be checked",
        );
        let remark = Text::new(
            "身份证号与性别不符，请核对",
            "National ID and sex disagree: to be checked",
        );
        p.flag(column, "id_sex_mismatch", reason, Some(remark));
    }
    p.data.national_id = Some(id);
}

pub(super) fn email(p: &mut Person, text: &str) {
    if none_given(text) {
        return;
    }
    if text.parse::<lettre::Address>().is_ok() {
        p.data.email = Some(text.to_owned());
    } else {
        let reason = Text::new(
            "不是邮箱地址，已留空，原文在备注",
            "not an address: left out, kept in the note",
        );
        p.doubt(("邮箱", "email"), "", reason, text);
    }
}

pub(super) fn tier(p: &mut Person, text: &str) {
    match text.to_lowercase().as_str() {
        "" | "普通" | "普通会员" | "regular" | "无" => {}
        "vip" | "特需" | "svip" | "贵宾" => p.data.vip = true,
        _ => p.keep(p.data.language.pick("会员等级", "Tier"), text),
    }
}
