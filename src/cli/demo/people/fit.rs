//! What a sample person is has to fit their age: no retired student, no pregnant grandfather.

use chrono::NaiveDate;

use super::{NEEDS, Person};
use crate::patients::Channel;
use crate::platform::i18n::Lang;

/// Of every so many one asked for English, besides those whose needs say so.
const ENGLISH_EVERY: usize = 80;
/// The need that says so.
const ENGLISH: &str = NEEDS[2];
const WORKING: [&str; 8] = ["教师", "程序员", "护士", "会计", "个体", "司机", "设计师", "公务员"];

/// Puts right what does not fit. `i`: which person, for what has to be chosen.
pub(super) fn to_age(p: &mut Person, i: usize, today: NaiveDate) {
    let age = today.years_since(p.born).unwrap_or(0);
    let working = WORKING.get(i % WORKING.len()).copied().unwrap_or_default();
    p.occupation = match (age, p.occupation) {
        (0..6, _) => "",
        (6..18, _) => "学生",
        (60.., _) => "退休",
        (26.., "学生") | (..55, "退休") => working,
        (_, fits) => fits,
    };
    if p.source == "单位体检" && !(22..60).contains(&age) {
        p.source = "朋友介绍";
    }
    p.history = match (p.history, age) {
        ("孕中期", 20..43) if p.sex == "female" => "孕中期",
        ("高血压" | "糖尿病", 35..) | ("哮喘", _) | ("心脏支架术后，服用阿司匹林", 50..) => {
            p.history
        }
        _ => "",
    };
    if age < 18 {
        return;
    }
    if p.needs == ENGLISH || i % ENGLISH_EVERY == 13 {
        p.email.get_or_insert_with(|| format!("patient{i}@example.com"));
        p.reached = (
            Lang::En,
            if i.is_multiple_of(2) {
                Channel::Email
            } else {
                Channel::Sms
            },
        );
    }
}
