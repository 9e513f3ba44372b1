//! Tooth numbers in the notation of the FDI (ISO 3950): the first digit is the quadrant, the second the place from the
//! midline. Pure.

use std::fmt;
use std::str::FromStr;

/// One tooth: permanent 11–18, 21–28, 31–38, 41–48, deciduous 51–55, 61–65, 71–75, 81–85.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tooth(u8);

/// The text names no tooth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotATooth(pub String);

impl NotATooth {
    /// What is wrong, in Chinese and English.
    pub(super) fn told(&self) -> (String, String) {
        (
            format!("“{}”不是 FDI 牙位（如 36、36,37、51）", self.0),
            format!("“{}” is no FDI tooth (such as 36 or 36,37 or 51)", self.0),
        )
    }
}

impl Tooth {
    /// The tooth of a number, if there is one.
    pub fn new(number: u8) -> Option<Tooth> {
        let last = match number / 10 {
            1..=4 => 8,
            5..=8 => 5,
            _ => return None,
        };
        (1..=last).contains(&(number % 10)).then_some(Tooth(number))
    }
    /// The two-digit number.
    pub fn number(self) -> u8 {
        self.0
    }
    /// Whether it is a milk tooth.
    pub fn is_deciduous(self) -> bool {
        self.0 > 50
    }
}

impl fmt::Display for Tooth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Tooth {
    type Err = NotATooth;
    fn from_str(s: &str) -> Result<Tooth, NotATooth> {
        let two_digits = s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
        two_digits
            .then(|| s.parse().ok())
            .flatten()
            .and_then(Tooth::new)
            .ok_or_else(|| NotATooth(s.to_owned()))
    }
}

fn separates(c: char) -> bool {
    c.is_whitespace() || ",，、;；/".contains(c)
}

/// Reads a list: `36`, `36,37`, `36、37`, full-width digits, `#36`. Empty text is an empty list.
///
/// # Errors
/// The first part that names no tooth.
pub fn parse_teeth(text: &str) -> Result<Vec<Tooth>, NotATooth> {
    let plain: String = text.chars().map(half_width).filter(|c| *c != '#').collect();
    let mut teeth = Vec::new();
    for part in plain.split(separates).filter(|p| !p.is_empty()) {
        let tooth = part.parse()?;
        if !teeth.contains(&tooth) {
            teeth.push(tooth);
        }
    }
    Ok(teeth)
}

/// The stored and shown form of a list: `36,37`.
pub fn join_teeth(teeth: &[Tooth]) -> String {
    teeth.iter().map(Tooth::to_string).collect::<Vec<_>>().join(",")
}

fn half_width(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        other => other,
    }
}

/// What follows a number that counts something and names no tooth: `36 个月`, `12 天`.
const MEASURES: [&str; 18] = [
    "个", "天", "日", "周", "月", "年", "分", "次", "小时", "颗", "枚", "针", "元", "%", "mm", "ml", "mg", "号",
];

/// Splits a line such as `46 种植` or `36,37 洁治` into its teeth and what was done. A line that does not begin with teeth
/// is all description.
pub fn split_treatment(line: &str) -> (Option<String>, String) {
    let line = line.trim();
    let plain: String = line.chars().map(half_width).collect();
    let head: String = plain
        .chars()
        .take_while(|c| c.is_ascii_digit() || separates(*c) || *c == '#')
        .collect();
    let rest: String = line.chars().skip(head.chars().count()).collect();
    let counts =
        MEASURES.iter().any(|m| rest.starts_with(m)) || rest.starts_with(['.', '-', '–', '~', '～', ':', '：']);
    match parse_teeth(&head) {
        Ok(teeth) if !teeth.is_empty() && !counts && !rest.trim().is_empty() => {
            (Some(join_teeth(&teeth)), rest.trim().to_owned())
        }
        _ => (None, line.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_52_teeth() {
        let all: Vec<Tooth> = (0..=u8::MAX).filter_map(Tooth::new).collect();
        assert_eq!(all.len(), 32 + 20);
        assert_eq!(all.iter().filter(|t| t.is_deciduous()).count(), 20);
        for wrong in [
            "10", "19", "20", "49", "56", "86", "90", "00", "1", "361", "3６", "+6", "",
        ] {
            assert!(wrong.parse::<Tooth>().is_err(), "{wrong}");
        }
    }
    #[test]
    fn lists_as_people_write_them() {
        assert_eq!(
            join_teeth(&parse_teeth(" 36，37、 #38 36 ").expect("teeth")),
            "36,37,38"
        );
        assert_eq!(join_teeth(&parse_teeth("３６").expect("teeth")), "36");
        assert_eq!(parse_teeth("36,39"), Err(NotATooth("39".into())));
        assert_eq!(parse_teeth(""), Ok(vec![]));
    }
    #[test]
    fn lines_with_and_without_teeth() {
        let split = |line| split_treatment(line);
        assert_eq!(split("46 种植"), (Some("46".into()), "种植".into()));
        assert_eq!(split("48阻生齿拔除"), (Some("48".into()), "阻生齿拔除".into()));
        assert_eq!(split("36,37 洁治"), (Some("36,37".into()), "洁治".into()));
        for all in [
            "全口洁治",
            "36个月后复查",
            "12 天后拆线",
            "39 拔除",
            "36",
            "37.5 度",
            "",
        ] {
            assert_eq!(split(all), (None, all.to_owned()), "{all}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_list_reads_back_as_it_was_written(numbers in proptest::collection::vec(0_u8..100, 0..8)) {
            let mut teeth: Vec<Tooth> = Vec::new();
            for t in numbers.into_iter().filter_map(Tooth::new) {
                if !teeth.contains(&t) { teeth.push(t); }
            }
            proptest::prop_assert_eq!(parse_teeth(&join_teeth(&teeth)), Ok(teeth));
        }
        #[test]
        fn no_text_breaks_the_parser(text in ".{0,40}") {
            if let Ok(teeth) = parse_teeth(&text) {
                proptest::prop_assert!(teeth.iter().all(|t| Tooth::new(t.number()) == Some(*t)));
            }
            let (teeth, rest) = split_treatment(&text);
            proptest::prop_assert!(teeth.is_some() || rest == text.trim());
        }
    }
}
