//! What somebody typed into the search box, taken apart.

use unicode_normalization::UnicodeNormalization;

/// Longest chart number.
const CHART_NO_MAX: usize = 20;

/// The parts of a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Everything, folded as chart numbers are: upper case, no spaces.
    pub whole: String,
    /// Letters that stand before or after the digits, folded as `search_name` is.
    pub letters: String,
    /// The digits.
    pub digits: String,
}

impl Query {
    /// Takes a text apart: `sl77` is the letters `sl` and the digits `77`; spaces and the dashes of phone numbers do not
    /// count; a leading `+86` or `0086` is dropped.
    pub fn parse(text: &str) -> Query {
        let folded: String = text.nfkc().collect();
        let whole = tidy_chart_no(&folded);
        let letters: String = super::search_name(&folded)
            .chars()
            .filter(|c| c.is_alphabetic())
            .collect();
        let all_digits: String = folded.chars().filter(char::is_ascii_digit).collect();
        let plus = folded.trim_start().starts_with('+');
        let digits = if letters.is_empty() && (plus || all_digits.starts_with("00")) {
            let bare = all_digits.trim_start_matches("00");
            bare.strip_prefix("86").unwrap_or(bare).to_owned()
        } else {
            all_digits
        };
        Query { whole, letters, digits }
    }
    /// Nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty() && self.digits.is_empty()
    }
    /// Whether the letters can be pinyin initials or a Latin name.
    pub fn is_latin(&self) -> bool {
        !self.letters.is_empty() && self.letters.is_ascii()
    }
}

/// A chart number as it is kept: NFKC, upper case, no spaces.
pub fn tidy_chart_no(text: &str) -> String {
    text.nfkc()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_uppercase)
        .collect()
}

/// Whether a (tidied) text can be a chart number: letters, digits, `-`, `_`, `/`, `.`.
pub fn is_chart_no(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= CHART_NO_MAX
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_/.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, String) {
        let q = Query::parse(text);
        (q.letters, q.digits)
    }

    #[test]
    fn taken_apart() {
        for (text, letters, digits) in [
            ("sl77", "sl", "77"),
            ("SL 77", "sl", "77"),
            ("孙丽7731", "孙丽", "7731"),
            ("138 5540-2616", "", "13855402616"),
            ("+86 13855402616", "", "13855402616"),
            ("008613855402616", "", "13855402616"),
            ("ａ０００１２", "a", "00012"),
            ("John Smith", "johnsmith", ""),
            ("  ", "", ""),
            ("%_'", "", ""),
        ] {
            assert_eq!(parts(text), (letters.to_owned(), digits.to_owned()), "{text}");
        }
        assert_eq!(Query::parse(" a 00012 ").whole, "A00012");
    }
    #[test]
    fn chart_numbers() {
        assert!(is_chart_no("A00001") && is_chart_no("2024-17/3"));
        assert!(!is_chart_no("") && !is_chart_no("病历1") && !is_chart_no(&"1".repeat(21)) && !is_chart_no("~1"));
    }

    proptest::proptest! {
        #[test]
        fn wildcards_never_survive(text in ".{0,20}") {
            let q = Query::parse(&text);
            proptest::prop_assert!(!q.letters.contains(['%', '_', '\\']));
            proptest::prop_assert!(q.digits.chars().all(|c| c.is_ascii_digit()));
        }
    }
}
