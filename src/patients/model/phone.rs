//! Phone numbers: typed in any form, kept as E.164. Rules by Google's libphonenumber metadata (crate `phonenumber`).

use std::fmt;

use phonenumber::{Type, country, metadata};
use unicode_normalization::UnicodeNormalization;

/// Longest text that is tried as a number.
const TEXT_MAX: usize = 40;

/// A number that exists by its country's numbering plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    e164: String,
    mobile: bool,
}

/// Why a text is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneFault {
    /// Something else than a number stands there.
    Unreadable,
    /// A number, but one that the numbering plan does not know: too short, too long, unassigned.
    NotAssigned,
}

impl PhoneNumber {
    /// Reads what people and spreadsheets write: full-width digits, spaces, dashes, `+86`, `0086`, `008 6…`, a trailing
    /// `.0`. `country` (ISO 3166, two letters) is that of numbers without a country code.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str, country: &str) -> Result<PhoneNumber, PhoneFault> {
        let clean = tidy(text).ok_or(PhoneFault::Unreadable)?;
        let region: Option<country::Id> = country.parse().ok();
        let number = phonenumber::parse(region, &clean).map_err(|_| PhoneFault::NotAssigned)?;
        if !phonenumber::is_valid(&number) {
            return Err(PhoneFault::NotAssigned);
        }
        let kind = number.number_type(&metadata::DATABASE);
        Ok(PhoneNumber {
            e164: number.format().mode(phonenumber::Mode::E164).to_string(),
            mobile: matches!(kind, Type::Mobile | Type::FixedLineOrMobile),
        })
    }
    /// `+8613812345678`
    pub fn as_str(&self) -> &str {
        &self.e164
    }
    /// Whether text messages can reach it.
    pub fn is_mobile(&self) -> bool {
        self.mobile
    }
    /// The last four digits, for search.
    pub fn tail(&self) -> String {
        tail_of(&self.e164)
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.e164)
    }
}

/// The last four characters of a number.
pub fn tail_of(e164: &str) -> String {
    let digits: Vec<char> = e164.chars().collect();
    digits.iter().skip(digits.len().saturating_sub(4)).collect()
}

/// Digits with at most a leading `+`; `None` when other things stand in the text.
fn tidy(text: &str) -> Option<String> {
    let folded: String = text.nfkc().collect();
    let trimmed = folded.trim();
    let trimmed = trimmed.strip_suffix(".0").unwrap_or(trimmed);
    if trimmed.is_empty() || trimmed.len() > TEXT_MAX {
        return None;
    }
    let mut out = String::with_capacity(trimmed.len());
    for ch in trimmed.chars() {
        match ch {
            '0'..='9' => out.push(ch),
            '+' if out.is_empty() => out.push(ch),
            ' ' | '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\t' => {}
            _ => return None,
        }
    }
    if let Some(rest) = out.strip_prefix("00") {
        out = format!("+{rest}");
    }
    out.chars().any(|c| c.is_ascii_digit()).then_some(out)
}

/// Loads the numbering plans (0.4 s in a release build), so that no request pays for it. Call it once at start, on a thread
/// that may block.
pub fn warm_up_phone_numbers() {
    // The outcome does not matter: parsing anything loads the metadata.
    drop(PhoneNumber::parse("+8613800138000", "CN"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e164(text: &str) -> Option<String> {
        PhoneNumber::parse(text, "CN").ok().map(|p| p.e164)
    }

    #[test]
    fn ugly_forms_are_one_number() {
        for text in [
            "13855402616",
            "138 5540 2616",
            "138-5540-2616",
            "+86 13855402616",
            "+8613855402616",
            "0086 13855402616",
            "008613855402616",
            "008 613855402616",
            "13855402616.0",
            "１３８５５４０２６１６",
            "(138)55402616",
        ] {
            assert_eq!(e164(text).as_deref(), Some("+8613855402616"), "{text}");
        }
        assert!(PhoneNumber::parse("13855402616", "CN").expect("number").is_mobile());
    }
    #[test]
    fn landlines_are_valid_but_not_for_messages() {
        let p = PhoneNumber::parse("0571-89245070", "CN").expect("number");
        assert_eq!(p.as_str(), "+8657189245070");
        assert!(!p.is_mobile());
    }
    #[test]
    fn wrong_numbers() {
        for text in [
            "136801",
            "008615",
            "+86 13",
            "199 39",
            "138554026161",
            "12345678901",
            "87654321",
        ] {
            assert_eq!(PhoneNumber::parse(text, "CN"), Err(PhoneFault::NotAssigned), "{text}");
        }
        for text in ["", "无", "/", "-", "13855402616转8", "abc", &"1".repeat(60)] {
            assert_eq!(PhoneNumber::parse(text, "CN"), Err(PhoneFault::Unreadable), "{text}");
        }
    }
    #[test]
    fn other_countries_need_their_code() {
        let p = PhoneNumber::parse("+44 7911 123456", "CN").expect("number");
        assert_eq!((p.as_str(), p.is_mobile()), ("+447911123456", true));
        assert_eq!(
            PhoneNumber::parse("07911 123456", "GB").map(|p| p.e164),
            Ok("+447911123456".to_owned())
        );
        assert!(PhoneNumber::parse("+852 6123 4567", "CN").expect("number").is_mobile());
    }

    proptest::proptest! {
        #[test]
        fn any_mobile_survives_any_ugly_form(head in 0_usize..3, rest in 0_u32..100_000_000, form in 0_usize..7) {
            let n = format!("{}{rest:08}", ["138", "159", "186"][head]);
            let ugly = match form {
                0 => n.clone(),
                1 => format!("{} {} {}", &n[..3], &n[3..7], &n[7..]),
                2 => format!("{}-{}-{}", &n[..3], &n[3..7], &n[7..]),
                3 => format!("+86 {n}"),
                4 => format!("0086{n}"),
                5 => format!("008 6 {n}"),
                _ => format!("{n}.0"),
            };
            proptest::prop_assert_eq!(e164(&ugly), Some(format!("+86{n}")));
        }
        #[test]
        fn no_text_panics_and_what_is_read_reads_again(text in "[ 0-9+().\\-/a转０-９]{0,24}") {
            if let Ok(p) = PhoneNumber::parse(&text, "CN") {
                proptest::prop_assert_eq!(PhoneNumber::parse(p.as_str(), "US"), Ok(p.clone()));
                proptest::prop_assert!(p.as_str().starts_with('+'));
            }
        }
    }
}
