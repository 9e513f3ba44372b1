//! Characters that make an English text cost twice as much, and the plain ones that say the same.

use crate::platform::sms::segments::first_beyond_gsm;

/// What stands for a character outside the GSM alphabet; none: nothing does.
fn plain_of(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{2032}' | '`' | '\u{b4}' => "'",
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2033}' | '\u{ab}' | '\u{bb}' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        '\u{2026}' => "...",
        '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => " ",
        '\u{2022}' | '\u{b7}' => "*",
        '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => "",
        '，' => ", ",
        '。' => ". ",
        '：' => ": ",
        '；' => "; ",
        '！' => "! ",
        '？' => "? ",
        '（' => " (",
        '）' => ") ",
        '\u{d7}' => "x",
        '\u{2122}' => "TM",
        _ => return None,
    })
}

/// The characters of a text that do not fit the GSM alphabet, each once, with what can stand for them.
pub fn beyond_gsm(text: &str) -> Vec<(char, Option<&'static str>)> {
    let mut found: Vec<(char, Option<&'static str>)> = Vec::new();
    for c in text.chars() {
        let beyond = first_beyond_gsm(c.encode_utf8(&mut [0; 4])).is_some();
        if beyond && !found.iter().any(|(known, _)| *known == c) {
            found.push((c, plain_of(c)));
        }
    }
    found
}

/// A text with plain characters for those that have one; those of the GSM alphabet stay.
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let beyond = first_beyond_gsm(c.encode_utf8(&mut [0; 4])).is_some();
        match plain_of(c).filter(|_| beyond) {
            Some(instead) => out.push_str(instead),
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::sms::segments::{Coding, measure};

    #[test]
    fn a_curly_quote_is_found_and_has_a_plain_one() {
        assert_eq!(
            beyond_gsm("It’s “ok”’ 齿"),
            [('’', Some("'")), ('“', Some("\"")), ('”', Some("\"")), ('齿', None)]
        );
        assert_eq!(plain("It’s – “ok”… §"), "It's - \"ok\"... §");
    }

    proptest::proptest! {
        #[test]
        fn what_has_been_made_plain_fits_the_alphabet(text in "[ -~’“”–…é€\u{a0}]{0,100}") {
            let made = plain(&text);
            proptest::prop_assert_eq!(measure(&made).coding, Coding::Gsm);
            proptest::prop_assert!(beyond_gsm(&made).is_empty());
            proptest::prop_assert_eq!(plain(&made), made);
        }
    }
}
