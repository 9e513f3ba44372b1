//! What one language says and the other does not.

use super::super::faults::used;
use super::super::template::Draft;
use crate::platform::i18n::Text;

/// Variables that stand in the Chinese text of a channel and not in the English, or the other way round. Where one of the two is
/// empty, nothing is compared.
pub fn uneven(zh: &Draft, en: &Draft) -> Vec<Text> {
    let empty = |d: &Draft| d.body.trim().is_empty();
    if empty(zh) || empty(en) {
        return Vec::new();
    }
    let names = |d: &Draft| {
        let mut all = used(&d.subject);
        all.extend(used(&d.body));
        all
    };
    let (in_zh, in_en) = (names(zh), names(en));
    let mut said = Vec::new();
    let mut only = |here: &[String], there: &[String], words: (&str, &str)| {
        for name in here {
            if !there.contains(name) && !here.iter().take_while(|n| *n != name).any(|n| n == name) {
                let text = Text::new(
                    format!("{{{{ {name} }}}} {}", words.0),
                    format!("{{{{ {name} }}}} {}", words.1),
                );
                if !said.contains(&text) {
                    said.push(text);
                }
            }
        }
    };
    only(
        &in_zh,
        &in_en,
        ("中文里有，英文里没有", "is in the Chinese text and not in the English"),
    );
    only(
        &in_en,
        &in_zh,
        ("英文里有，中文里没有", "is in the English text and not in the Chinese"),
    );
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_one_language_lacks_is_told_once() {
        let draft = |subject: &str, body: &str| Draft {
            subject: subject.into(),
            body: body.into(),
        };
        let said = uneven(
            &draft("{{ date }}", "{{ name }} {{ date }}"),
            &draft("", "{{ name }} {{ time }}"),
        );
        let en: Vec<&str> = said.iter().map(|t| t.en.as_str()).collect();
        assert_eq!(
            en,
            [
                "{{ date }} is in the Chinese text and not in the English",
                "{{ time }} is in the English text and not in the Chinese"
            ]
        );
        assert!(uneven(&draft("", "{{ name }}"), &draft("", " ")).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn a_text_is_even_with_itself(body in "[a-z{} ]{0,40}") {
            let one = Draft { subject: String::new(), body };
            proptest::prop_assert!(uneven(&one, &one).is_empty());
        }
    }
}
