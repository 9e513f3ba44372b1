//! "Asked, and there is none" is not "never asked": the first is kept as what was said, and is no reason for an alarm.

use crate::platform::i18n::Lang;

/// What people write when a question about allergies or illnesses was answered with no.
const DENIED: &[&str] = &[
    "否认",
    "否认过敏",
    "否认过敏史",
    "否认病史",
    "无",
    "无过敏",
    "无过敏史",
    "无特殊",
    "没有",
    "否",
    "none",
    "none known",
    "no",
    "no known allergies",
    "nka",
    "nkda",
    "nil",
    "denied",
    "denies",
    "/",
    "-",
];

/// Whether a text says that somebody was asked and there is nothing.
pub fn is_denied(text: &str) -> bool {
    let said = text.trim().trim_end_matches(['。', '.', '！', '!']).to_lowercase();
    DENIED.contains(&said.as_str())
}

/// How "asked, and there is none" is written down where a field had only a sign for it.
pub fn denied(lang: Lang) -> &'static str {
    lang.pick("否认", "none")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_is_told_from_silence_and_from_a_finding() {
        for text in ["否认", " 无。", "None", "No.", "/", denied(Lang::Zh), denied(Lang::En)] {
            assert!(is_denied(text), "{text}");
        }
        for text in ["", "不详", "青霉素", "无花果", "否认青霉素过敏，头孢过敏", "nuts"] {
            assert!(!is_denied(text), "{text}");
        }
    }
}
