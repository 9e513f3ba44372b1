//! The Chinese resident identity number: 18 characters by GB 11643-1999, check character by ISO 7064 MOD 11-2.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use unicode_normalization::UnicodeNormalization;

use super::Sex;

const LENGTH: usize = 18;
/// Weights of the first 17 digits: 2^(17-i) mod 11.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check character for each remainder.
const CHECKS: [u8; 11] = *b"10X98765432";
/// First two digits: provinces by GB/T 2260; 91 to 94 as used for foreign permanent residents (since 2023).
const PROVINCES: &[u8] = &[
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63,
    64, 65, 71, 81, 82, 83, 91, 92, 93, 94,
];
/// No living person is older.
const YEAR_MIN: i32 = 1900;

/// A number whose check character, province and date are right. Never printed whole: [`fmt::Debug`] masks it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NationalId(String);

/// Why a text is no identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NationalIdFault {
    /// Not 17 digits and a digit or X.
    Form,
    /// The check character does not fit the rest: a digit was mistyped.
    CheckDigit,
    /// No such province, or a day that does not exist or lies outside 1900 to now.
    Content,
}

impl NationalId {
    /// Reads a number; spaces and dashes are dropped, full-width digits and a small x are made right.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<NationalId, NationalIdFault> {
        let folded: String = text
            .nfkc()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect::<String>()
            .to_ascii_uppercase();
        let bytes = folded.as_bytes();
        let (digits, check) = match bytes.split_last() {
            Some((check, digits)) if bytes.len() == LENGTH => (digits, *check),
            _ => return Err(NationalIdFault::Form),
        };
        if !digits.iter().all(u8::is_ascii_digit) || !(check.is_ascii_digit() || check == b'X') {
            return Err(NationalIdFault::Form);
        }
        if check_character(digits) != Some(check) {
            return Err(NationalIdFault::CheckDigit);
        }
        let id = NationalId(folded);
        let province: Option<u8> = id.0.get(..2).and_then(|p| p.parse().ok());
        let known = province.is_some_and(|p| PROVINCES.contains(&p));
        if !known || id.date().is_none_or(|d| d.year() < YEAR_MIN) {
            return Err(NationalIdFault::Content);
        }
        Ok(id)
    }
    /// The whole number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    fn date(&self) -> Option<NaiveDate> {
        NaiveDate::parse_from_str(self.0.get(6..14)?, "%Y%m%d").ok()
    }
    /// The day of birth inside.
    pub fn birth_date(&self) -> NaiveDate {
        self.date().unwrap_or_default()
    }
    /// The sex inside: the 17th digit is odd for men.
    pub fn sex(&self) -> Sex {
        let odd = self.0.as_bytes().get(16).is_some_and(|d| d % 2 == 1);
        if odd { Sex::Male } else { Sex::Female }
    }
    /// `330106••••••••6435`
    pub fn masked(&self) -> String {
        mask(&self.0)
    }
}

impl fmt::Debug for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NationalId({})", self.masked())
    }
}

fn mask(id: &str) -> String {
    match (id.get(..6), id.get(14..)) {
        (Some(head), Some(tail)) => format!("{head}••••••••{tail}"),
        _ => "••••".to_owned(),
    }
}

fn check_character(digits: &[u8]) -> Option<u8> {
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(d, w)| u32::from(d.saturating_sub(b'0')) * w)
        .sum();
    CHECKS.get(usize::try_from(sum % 11).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(province: usize, birth: NaiveDate, serial: u32) -> String {
        let p = PROVINCES[province % PROVINCES.len()];
        let body = format!("{p:02}0106{}{serial:03}", birth.format("%Y%m%d"));
        let check = check_character(body.as_bytes()).expect("check");
        format!("{body}{}", char::from(check))
    }

    #[test]
    fn the_standards_own_examples() {
        // GB 11643-1999, annex: 11010519491231002X and 440524188001010014.
        let id = NationalId::parse("11010519491231002x").expect("valid");
        assert_eq!(id.as_str(), "11010519491231002X");
        assert_eq!(id.birth_date().to_string(), "1949-12-31");
        assert_eq!(id.sex(), Sex::Female);
        assert_eq!(id.masked(), "110105••••••••002X");
        assert_eq!(format!("{id:?}"), "NationalId(110105••••••••002X)");
        // Right by its check character, but nobody born in 1880 is alive.
        assert_eq!(NationalId::parse("440524188001010014"), Err(NationalIdFault::Content));
    }
    #[test]
    fn wrong_ones() {
        for (text, fault) in [
            ("", NationalIdFault::Form),
            ("110105491231002", NationalIdFault::Form),
            ("1101051949123100X2", NationalIdFault::Form),
            ("110105194912310021", NationalIdFault::CheckDigit),
            ("身份证", NationalIdFault::Form),
        ] {
            assert_eq!(NationalId::parse(text), Err(fault), "{text}");
        }
        let feb30 = "33010619900230123";
        let text = format!(
            "{feb30}{}",
            char::from(check_character(feb30.as_bytes()).expect("check"))
        );
        assert_eq!(NationalId::parse(&text), Err(NationalIdFault::Content));
        let no_province = "99010619900228123";
        let text = format!(
            "{no_province}{}",
            char::from(check_character(no_province.as_bytes()).expect("check"))
        );
        assert_eq!(NationalId::parse(&text), Err(NationalIdFault::Content));
    }

    proptest::proptest! {
        #[test]
        fn what_is_inside_comes_out(province in 0_usize..100, days in 0_i64..46_000, serial in 0_u32..1000) {
            let birth = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::TimeDelta::days(days);
            let id = NationalId::parse(&make(province, birth, serial)).unwrap();
            proptest::prop_assert_eq!(id.birth_date(), birth);
            proptest::prop_assert_eq!(id.sex(), if serial % 2 == 1 { Sex::Male } else { Sex::Female });
        }
        /// What MOD 11-2 promises: every single wrong digit and every swap of two neighbours is noticed.
        #[test]
        fn one_slip_is_always_noticed(days in 0_i64..46_000, serial in 0_u32..1000, at in 0_usize..17, by in 1_u8..10) {
            let birth = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::TimeDelta::days(days);
            let right = make(3, birth, serial);
            let mut wrong = right.clone().into_bytes();
            wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
            proptest::prop_assert!(NationalId::parse(&String::from_utf8(wrong).unwrap()).is_err());
            let mut swapped = right.clone().into_bytes();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            proptest::prop_assert!(swapped == right || NationalId::parse(&swapped).is_err());
        }
        #[test]
        fn no_text_panics(text in ".{0,24}") {
            drop(NationalId::parse(&text));
        }
    }
}
