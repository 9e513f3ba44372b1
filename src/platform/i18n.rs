//! Two languages, side by side. A text stands in the code as `lang.pick("今天", "Today")`: the Chinese and the English of
//! one thing are read, changed and reviewed together, and a missing one does not compile.

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Serialize;

use super::clock::Instant;
use super::db::text_enum;

text_enum! {
    /// A language of the product.
    Lang {
        /// Chinese, simplified (`zh-CN`).
        Zh = "zh",
        /// English.
        En = "en",
    }
}

impl Lang {
    /// The one of two that belongs to this language.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
    /// For `<html lang>`.
    pub fn tag(self) -> &'static str {
        self.pick("zh-CN", "en")
    }
    /// The other language.
    pub fn other(self) -> Lang {
        self.pick(Lang::En, Lang::Zh)
    }
    /// The first language of an `Accept-Language` header that we have.
    pub fn from_accept_language(header: &str) -> Option<Lang> {
        header.split(',').find_map(|part| {
            let tag = part.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
            if tag.starts_with("zh") {
                Some(Lang::Zh)
            } else if tag.starts_with("en") {
                Some(Lang::En)
            } else {
                None
            }
        })
    }
    /// `11月23日 周一` / `Mon 23 Nov`.
    pub fn day(self, d: NaiveDate) -> String {
        let weekday = self.weekday(d.weekday());
        match self {
            Lang::Zh => format!("{}月{}日 {weekday}", d.month(), d.day()),
            Lang::En => format!("{weekday} {} {}", d.day(), self.month(d.month())),
        }
    }
    /// With the year: `2026年11月23日` / `23 Nov 2026`.
    pub fn date(self, d: NaiveDate) -> String {
        match self {
            Lang::Zh => format!("{}年{}月{}日", d.year(), d.month(), d.day()),
            Lang::En => format!("{} {} {}", d.day(), self.month(d.month()), d.year()),
        }
    }
    /// `11月23日 周一 09:30` / `Mon 23 Nov 09:30`, in `zone`.
    pub fn day_time(self, at: Instant, zone: chrono_tz::Tz) -> String {
        let local = at.local(zone);
        format!("{} {}", self.day(local.date()), local.format("%H:%M"))
    }
    /// `周一` / `Mon`.
    pub fn weekday(self, w: Weekday) -> &'static str {
        const ZH: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
        const EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        let i = w.num_days_from_monday() as usize;
        self.pick(&ZH, &EN).get(i).copied().unwrap_or("")
    }
    fn month(self, m: u32) -> &'static str {
        const EN: [&str; 13] = [
            "", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        EN.get(m as usize).copied().unwrap_or("")
    }
}

/// A text in both languages, for what is decided before the reader's language is known (errors, reasons).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Both languages of one text.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Text {
        Text {
            zh: zh.into(),
            en: en.into(),
        }
    }
    /// The text in `lang`.
    pub fn get(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

/// `13812345678` for people: `138 1234 5678`; other countries keep their E.164 form.
pub fn phone_for_people(e164: &str) -> String {
    match e164.strip_prefix("+86").filter(|n| n.len() == 11 && n.is_ascii()) {
        Some(n) => format!("{} {} {}", &n[..3], &n[3..7], &n[7..]),
        None => e164.to_owned(),
    }
}

/// `孙*`: enough for the patient, nothing for who reads along.
pub fn name_masked(name: &str) -> String {
    let first = name.chars().next();
    first.map_or_else(|| "*".to_owned(), |ch| format!("{ch}*"))
}

/// A phone number with its middle hidden: `138 •••• 5678`.
pub fn phone_masked(e164: &str) -> String {
    let national = e164.strip_prefix("+86").unwrap_or(e164);
    let digits: Vec<char> = national.chars().collect();
    if digits.len() < 8 {
        return "••••".to_owned();
    }
    let head: String = digits.iter().take(3).collect();
    let tail: String = digits.iter().skip(digits.len() - 4).collect();
    format!("{head} •••• {tail}")
}

/// How large a file is: `340 KB`, `1.2 MB`.
pub fn file_size(bytes: i32) -> String {
    let kb = (bytes + 1023) / 1024;
    if kb < 1000 {
        return format!("{kb} KB");
    }
    let tenths = (kb * 10 + 512) / 1024;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// An amount in minor units with its currency: `¥280.00`, `US$35.00`.
pub fn money(minor: i64, currency: &str) -> String {
    let sign = if minor < 0 { "−" } else { "" };
    let mark = match currency {
        "CNY" => "¥",
        "USD" => "US$",
        "EUR" => "€",
        "GBP" => "£",
        other => other,
    };
    format!("{sign}{mark}{}.{:02}", minor.abs() / 100, minor.abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(phone_for_people("+8613800001234"), "138 0000 1234");
        assert_eq!(phone_masked("+8613800001234"), "138 •••• 1234");
        assert_eq!(money(-28050, "CNY"), "−¥280.50");
    }
    #[test]
    fn names_are_masked() {
        assert_eq!(name_masked("孙丽"), "孙*");
        assert_eq!(name_masked("Smith"), "S*");
        assert_eq!(name_masked(""), "*");
    }
    #[test]
    fn accept_language() {
        assert_eq!(Lang::from_accept_language("fr-FR, en;q=0.8, zh;q=0.5"), Some(Lang::En));
        assert_eq!(Lang::from_accept_language("zh-TW"), Some(Lang::Zh));
        assert_eq!(Lang::from_accept_language("de"), None);
    }
}
