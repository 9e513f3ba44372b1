//! The sender's name in 【】, and signs that do not arrive as they are typed.

use super::{House, Lint, Written};
use crate::platform::i18n::Lang;

pub(super) fn lint(house: &House, of: &Written<'_>, filled: &str) -> Vec<Lint> {
    let body = &of.draft.body;
    let mut found: Vec<Lint> = signature(house, of, filled).into_iter().collect();
    if let Some(c) = body.chars().find(|c| invisible(*c)) {
        found.push(Lint::fault(
            "body",
            format!("有看不见的字符（U+{:04X}），请删去", u32::from(c)),
            format!("It has an invisible character (U+{:04X}): take it out", u32::from(c)),
        ));
    }
    if house.providers.is_empty() {
        return found;
    }
    if body.trim().contains('\n') {
        found.push(Lint::warning(
            "body",
            "有换行：平台的模板审核不接受换行",
            "It has line breaks, which the provider does not approve in a template",
        ));
    }
    if let Some(c) = body.chars().find(|c| pictorial(*c)) {
        found.push(Lint::warning(
            "body",
            format!("有表情符号“{c}”：平台的模板审核不接受"),
            format!("It has the emoji \"{c}\", which the provider does not approve in a template"),
        ));
    }
    found
}

/// Chinese networks want the sender once in 【】 before a text.
fn signature(house: &House, of: &Written<'_>, filled: &str) -> Option<Lint> {
    if house.country != "CN" || of.language != Lang::Zh || filled.is_empty() {
        return None;
    }
    let lint = |zh: &str, en: &str| Some(Lint::when(house.signed, "body", zh, en));
    let begins = filled.starts_with('【') && filled.contains('】');
    match filled.matches('【').count() {
        1 if begins => None,
        0 => lint(
            "开头没有签名，应以【{{ clinic }}】开头",
            "The sender is missing: it should begin with 【{{ clinic }}】",
        ),
        1 => lint(
            "签名【】应放在最前面",
            "The sender in 【】 should stand at the very beginning",
        ),
        _ => lint(
            "【】只能用一次，作签名：别处请改用“”",
            "【】 may be used once, for the sender: use other quotes elsewhere",
        ),
    }
}

/// Control characters, and characters of no width that come along when text is copied.
fn invisible(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\r')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

fn pictorial(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}')
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, house};
    use crate::messaging::model::Purpose;
    use crate::platform::i18n::Lang;

    #[test]
    fn a_chinese_text_is_signed_once_and_at_the_beginning() {
        let (cn, gb) = (house("CN"), house("GB"));
        let mut tried = house("CN");
        tried.signed = false;
        for (body, says) in [
            ("【{{ clinic }}】您好", ""),
            ("您好", "The sender is missing"),
            ("您好【{{ clinic }}】", "at the very beginning"),
            ("【{{ clinic }}】【重要】您好", "may be used once"),
        ] {
            let list = found(&cn, Purpose::FollowUp, Lang::Zh, body);
            let tried = found(&tried, Purpose::FollowUp, Lang::Zh, body);
            if says.is_empty() {
                assert!(list.is_empty(), "{body} {list:?}");
                continue;
            }
            assert!(
                list.iter().any(|(fault, en)| *fault && en.contains(says)),
                "{body} {list:?}"
            );
            assert!(
                tried.iter().any(|(fault, en)| !fault && en.contains(says)),
                "{body} {tried:?}"
            );
            assert!(found(&gb, Purpose::FollowUp, Lang::Zh, body).is_empty(), "{body}");
        }
    }

    #[test]
    fn what_a_provider_refuses_is_told() {
        let mut cn = house("CN");
        cn.providers = vec!["tencent"];
        let list = found(&cn, Purpose::FollowUp, Lang::Zh, "【{{ clinic }}】您好\n😀");
        assert!(list.iter().any(|(f, en)| !f && en.contains("line breaks")), "{list:?}");
        assert!(list.iter().any(|(f, en)| !f && en.contains("emoji")), "{list:?}");
        let list = found(&house("GB"), Purpose::FollowUp, Lang::En, "Hello\u{200b}");
        assert!(list.iter().any(|(f, en)| *f && en.contains("U+200B")), "{list:?}");
    }
}
