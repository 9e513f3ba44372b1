//! Codes and amounts as typed: currencies, countries, zones, prices, colours.

use chrono_tz::Tz;

use crate::platform::clock::Instant;
use crate::platform::config;

/// Active ISO 4217 codes whose amounts have two decimals, which is how amounts are stored and shown here. (The list of
/// ISO 4217 "List One" without funds, metals, test codes, and without currencies of no, three or four decimals.)
const CURRENCIES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD \
    CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS \
    INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN \
    NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB \
    TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG";
/// Active ISO 4217 codes whose amounts have no, three or four decimals.
const OTHER_CURRENCIES: &str =
    "BHD BIF CLF CLP DJF GNF IQD ISK JOD JPY KMF KRW KWD LYD OMR PYG RWF TND UGX UYI UYW VND VUV XAF XOF XPF";

/// What a currency code is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Currency {
    /// Amounts have two decimals.
    TwoDecimals,
    /// A currency whose amounts this version cannot show.
    NotYet,
    /// No active ISO 4217 code.
    Unknown,
}

/// Looks a currency code up.
pub fn currency(code: &str) -> Currency {
    let among = |list: &str| list.split_ascii_whitespace().any(|c| c == code);
    if among(CURRENCIES) {
        Currency::TwoDecimals
    } else if among(OTHER_CURRENCIES) {
        Currency::NotYet
    } else {
        Currency::Unknown
    }
}

/// What a new installation's first site would start with, checked as the settings page checks it.
///
/// # Errors
/// A text for the operator that names the key.
pub fn check_settings(first: &config::Clinic) -> Result<(), String> {
    let wrong = |key, value, why| Err(format!("configuration: clinic.{key}: {value:?} {why}"));
    match currency(&first.currency) {
        Currency::TwoDecimals => {}
        Currency::NotYet => {
            let why = "has no two decimals; amounts in such currencies are not supported yet";
            return wrong("currency", &first.currency, why);
        }
        Currency::Unknown => return wrong("currency", &first.currency, "is no ISO 4217 currency code such as CNY"),
    }
    if !is_country(&first.country) {
        return wrong(
            "country",
            &first.country,
            "is no country code that telephone numbers are known of, such as CN",
        );
    }
    Ok(())
}

/// The codes that can be chosen.
pub fn currencies() -> impl Iterator<Item = &'static str> {
    CURRENCIES.split_ascii_whitespace()
}

/// Whether a two-letter code is a country whose telephone numbers can be read.
pub fn is_country(code: &str) -> bool {
    code.len() == 2 && code.parse::<phonenumber::country::Id>().is_ok()
}

/// Names of all zones of the IANA database, sorted.
pub fn zones() -> Vec<&'static str> {
    let mut names: Vec<_> = chrono_tz::TZ_VARIANTS.iter().map(|z| z.name()).collect();
    names.sort_unstable();
    names
}

/// Zones that come first in the list, as this clinic's is most likely one of them.
pub const COMMON_ZONES: [&str; 14] = [
    "Asia/Shanghai",
    "Asia/Urumqi",
    "Asia/Hong_Kong",
    "Asia/Macau",
    "Asia/Taipei",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Australia/Sydney",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "UTC",
];

/// A zone's offset at an instant: `UTC+08:00`.
pub fn offset_of(name: &str, now: Instant) -> Option<String> {
    use chrono::{Offset, TimeZone};
    let zone: Tz = name.parse().ok()?;
    let seconds = zone
        .offset_from_utc_datetime(&now.utc().naive_utc())
        .fix()
        .local_minus_utc();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    Some(format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60))
}

/// Currencies that come first in the list, with their names.
pub const COMMON_CURRENCIES: [(&str, &str, &str); 20] = [
    ("CNY", "人民币", "Chinese yuan"),
    ("HKD", "港元", "Hong Kong dollar"),
    ("MOP", "澳门元", "Macanese pataca"),
    ("TWD", "新台币", "New Taiwan dollar"),
    ("SGD", "新加坡元", "Singapore dollar"),
    ("MYR", "马来西亚林吉特", "Malaysian ringgit"),
    ("THB", "泰铢", "Thai baht"),
    ("PHP", "菲律宾比索", "Philippine peso"),
    ("IDR", "印度尼西亚盾", "Indonesian rupiah"),
    ("INR", "印度卢比", "Indian rupee"),
    ("USD", "美元", "US dollar"),
    ("EUR", "欧元", "Euro"),
    ("GBP", "英镑", "Pound sterling"),
    ("CHF", "瑞士法郎", "Swiss franc"),
    ("CAD", "加拿大元", "Canadian dollar"),
    ("AUD", "澳大利亚元", "Australian dollar"),
    ("NZD", "新西兰元", "New Zealand dollar"),
    ("RUB", "俄罗斯卢布", "Russian rouble"),
    ("AED", "阿联酋迪拉姆", "UAE dirham"),
    ("ZAR", "南非兰特", "South African rand"),
];

/// Whether a zone is in the IANA database, spelt as there.
pub fn is_zone(name: &str) -> bool {
    name.parse::<Tz>().is_ok_and(|z| z.name() == name)
}

/// `280`, `280.5` or `280.50` in minor units of a currency with two decimals.
pub fn parse_price(text: &str) -> Option<i64> {
    const LONGEST: usize = 10;
    let (whole, cents) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > LONGEST || cents.len() > 2 || !digits(whole) || !digits(cents) {
        return None;
    }
    if text.ends_with('.') {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let cents: i64 = format!("{cents:0<2}").parse().ok()?;
    Some(whole * 100 + cents)
}

/// `280.00`
pub fn show_price(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

/// A stable short name of a service for machines, made from its English name (`Root canal` → `root-canal`), else `s1`,
/// `s2` …; none of `taken`.
pub fn code_for(name_en: &str, taken: &[String]) -> String {
    const LONGEST: usize = 30;
    let words: Vec<String> = name_en
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect();
    let stem: String = words.join("-").chars().take(LONGEST).collect();
    let stem = stem.trim_end_matches('-');
    let free = |code: &String| !taken.contains(code);
    let numbered = |n: usize| {
        if stem.is_empty() {
            format!("s{n}")
        } else {
            format!("{stem}-{n}")
        }
    };
    let first = Some(stem.to_owned()).filter(|s| !s.is_empty() && free(s));
    first
        .or_else(|| (1..=taken.len() + 2).map(numbered).find(free))
        .unwrap_or_default()
}

/// `#rrggbb`
pub fn is_colour(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text.bytes().skip(1).all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices() {
        for (text, minor) in [
            ("280", Some(28_000)),
            ("280.5", Some(28_050)),
            ("0.05", Some(5)),
            ("", None),
            (".5", None),
            ("1.", None),
            ("1.005", None),
            ("-3", None),
            ("1,000", None),
            ("12345678901", None),
        ] {
            assert_eq!(parse_price(text), minor, "{text}");
        }
        assert_eq!(parse_price(&show_price(98_765)), Some(98_765));
    }
    #[test]
    fn a_service_gets_a_code_of_its_own() {
        let taken = ["cleaning".to_owned(), "s1".to_owned()];
        for (name, code) in [
            ("Root canal", "root-canal"),
            ("Cleaning", "cleaning-1"),
            ("洗牙", "s2"),
            ("  Check-up (first) ", "check-up-first"),
        ] {
            assert_eq!(code_for(name, &taken), code, "{name}");
        }
    }
    #[test]
    fn codes() {
        assert_eq!(currency("CNY"), Currency::TwoDecimals);
        assert_eq!(currency("JPY"), Currency::NotYet);
        assert_eq!(currency("cny"), Currency::Unknown);
        assert_eq!(currency(""), Currency::Unknown);
        assert!(currencies().all(|c| currency(c) == Currency::TwoDecimals && c.len() == 3));
        assert!(is_country("CN") && is_country("DE") && !is_country("XX") && !is_country("cn"));
        assert!(is_zone("Asia/Shanghai") && !is_zone("Asia/Peking") && !is_zone("asia/shanghai"));
        assert!(zones().len() > 400);
        assert!(COMMON_ZONES.iter().all(|z| is_zone(z)));
        assert!(
            COMMON_CURRENCIES
                .iter()
                .all(|(c, ..)| currency(c) == Currency::TwoDecimals)
        );
        let winter = Instant::parse_rfc3339("2026-11-23T10:42:00+08:00").expect("time");
        let summer = Instant::parse_rfc3339("2026-07-23T10:42:00+08:00").expect("time");
        assert_eq!(offset_of("Asia/Kolkata", winter).as_deref(), Some("UTC+05:30"));
        assert_eq!(offset_of("America/New_York", winter).as_deref(), Some("UTC-05:00"));
        assert_eq!(offset_of("America/New_York", summer).as_deref(), Some("UTC-04:00"));
        assert!(is_colour("#0b8F8c") && !is_colour("#0b8f8") && !is_colour("red"));
    }
}
