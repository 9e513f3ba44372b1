//! Words that carriers or the law forbid, and words that tell of somebody's health.

use unicode_normalization::UnicodeNormalization;

use super::{House, Lint, Written, fields, literal};
use crate::messaging::model::{Carrier, Purpose};

/// The first of `words` in a text, where it is not a part of one that is allowed.
fn first_of<'w>(text: &str, words: &'w [String], allowed: &[String]) -> Option<&'w str> {
    let mut folded = fold(text);
    for word in allowed.iter().filter(|w| !w.is_empty()) {
        folded = folded.replace(&fold(word), "\u{1}");
    }
    words
        .iter()
        .map(String::as_str)
        .find(|w| !w.is_empty() && has(&folded, &fold(w)))
}

fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// A word of letters counts only as a whole word: "loan" is not in "balloon".
fn has(text: &str, word: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let (first, last) = (letter(word.chars().next()), letter(word.chars().next_back()));
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
        !(first && letter(before) || last && letter(after))
    })
}

pub(super) fn lint(house: &House, of: &Written<'_>) -> Vec<Lint> {
    let (texts, mut found) = (&house.texts, Vec::new());
    let advertises = of.purpose.is_some_and(Purpose::is_marketing);
    for (field, source) in fields(of) {
        let text = literal(source);
        let first = |words| first_of(&text, words, &texts.allowed_words);
        if let Some(word) = first(&texts.forbidden_words) {
            found.push(Lint::fault(
                field,
                format!("“{word}”会被运营商拦截，请换一种说法"),
                format!("\"{word}\" is blocked by carriers: put it another way"),
            ));
        }
        if let Some(word) = first(&texts.advertising_words) {
            found.push(Lint::when(
                advertises,
                field,
                format!("广告法禁用“{word}”这类绝对化用语，请换一种说法"),
                format!("\"{word}\" is a claim that advertising law forbids: put it another way"),
            ));
        }
        if let Some(word) = first(&texts.health_words).filter(|_| of.carrier == Carrier::Sms) {
            found.push(Lint::warning(
                field,
                format!("“{word}”会透露患者的病情，短信可能被别人看到"),
                format!("\"{word}\" tells of the patient's health, and others may see a text message"),
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, house};
    use super::*;
    use crate::platform::i18n::Lang;

    #[test]
    fn claims_are_faults_in_what_advertises_and_warned_of_elsewhere() {
        let cn = house("CN");
        for word in ["最好", "国家级", "根治", "100％", "第一"] {
            let body = format!("【{{{{ clinic }}}}】{word}的诊所，拒收请回复R");
            let list = found(&cn, Purpose::Birthday, Lang::Zh, &body);
            assert!(
                list.iter().any(|(fault, en)| *fault && en.contains("advertising law")),
                "{word} {list:?}"
            );
            let list = found(&cn, Purpose::FollowUp, Lang::Zh, &body);
            assert!(
                list.iter().any(|(fault, en)| !fault && en.contains("advertising law")),
                "{word} {list:?}"
            );
        }
        let list = found(
            &cn,
            Purpose::Birthday,
            Lang::Zh,
            "【{{ clinic }}】第一次见面，拒收请回复R",
        );
        assert!(list.is_empty(), "{list:?}");
    }

    #[test]
    fn money_and_health_have_their_own_words() {
        let list = found(&house("GB"), Purpose::FollowUp, Lang::En, "A Loan for your Root Canal");
        assert!(
            list.iter().any(|(fault, en)| *fault && en.contains("\"loan\"")),
            "{list:?}"
        );
        assert!(
            list.iter().any(|(fault, en)| !fault && en.contains("\"root canal\"")),
            "{list:?}"
        );
        let list = found(&house("GB"), Purpose::FollowUp, Lang::En, "A balloon for {{ loan }}");
        assert!(list.is_empty(), "{list:?}");
    }

    proptest::proptest! {
        #[test]
        fn a_word_is_found_wherever_it_stands(before in "[甲乙 ]{0,8}", after in "[甲乙 ]{0,8}") {
            let words = vec!["loan".to_owned(), "贷款".to_owned()];
            for word in &words {
                let text = format!("{before}{word}{after}");
                proptest::prop_assert_eq!(first_of(&text, &words, &[]), Some(word.as_str()));
                proptest::prop_assert_eq!(first_of(&text, &words, std::slice::from_ref(word)), None);
            }
        }
    }
}
