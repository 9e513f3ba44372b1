//! Four hundred sample patients with Chinese names. The same every time: made from a fixed seed.

mod fit;

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::clinic::Sample;
use crate::patients::{self, Channel, NationalId, PatientData, PatientId, PhoneNumber};
use crate::platform::clock::{Instant, plus_days};
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;

/// How many there are.
pub const PATIENTS: usize = 400;
/// Numbers that a parent and a child share begin so; with 138 and 139 the end of a number says who it is.
const SHARED: [&str; 2] = ["15", "18"];
/// Most birthdays on one day.
const BIRTHDAYS_MAX: usize = 3;

const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段";
const FEMALE: &str = "芳娜敏静丽艳娟霞秀玲桂英华慧巧美云莲真环雪荣爱妹香月莺媛瑞凡佳嘉琼勤珍贞莉倩婷姣婉娴瑾颖露瑶怡婵雁蓓纨仪荷丹蓉眉君琴蕊薇菁梦岚苑";
const MALE: &str = "伟刚勇毅俊峰强军平保东文辉力明永健世广志义兴良海山仁波宁贵福生龙元全国胜学祥才发武新利清飞彬富顺信子杰涛昌成康星光天达安岩中茂进林有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善厚庆磊民友裕河哲江超浩亮政谦亨奇固之轮翰朗伯宏言若鸣朋斌梁栋维启克伦翔旭鹏泽晨辰士以建家致树炎德行时泰盛雄琛钧冠策腾楠榕风航弘";
const OCCUPATIONS: [&str; 10] = [
    "教师",
    "程序员",
    "护士",
    "会计",
    "个体",
    "学生",
    "退休",
    "司机",
    "设计师",
    "公务员",
];
const SOURCES: [&str; 6] = ["老带新", "路过", "小红书", "单位体检", "朋友介绍", "美团"];
const STREETS: [&str; 6] = ["文三路", "环城东路", "解放路", "中山北路", "建设二路", "西湖大道"];
const ALLERGIES: [&str; 4] = ["青霉素", "头孢", "麻药", "碘"];
const HISTORIES: [&str; 5] = ["高血压", "糖尿病", "心脏支架术后，服用阿司匹林", "哮喘", "孕中期"];
const NEEDS: [&str; 4] = ["不等候，直接引导到诊室", "请安排靠窗诊位", "英语沟通", "轮椅，需要协助"];

/// A small random generator with a fixed seed (SplitMix64): the same people on every machine.
pub struct Dice(u64);

impl Dice {
    /// Begins at `seed`.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }
    /// The next 64 bits.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// A number from 0 to `n` − 1.
    pub fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n.max(1)).unwrap_or(1);
        usize::try_from(self.next() % n).unwrap_or(0)
    }
    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
    /// One of a list.
    pub fn pick<T: Copy + Default>(&mut self, list: &[T]) -> T {
        list.get(self.below(list.len())).copied().unwrap_or_default()
    }
    fn letter(&mut self, letters: &str) -> char {
        letters.chars().nth(self.below(letters.chars().count())).unwrap_or('安')
    }
}

/// A person, as a form would have them typed.
#[derive(Debug, Clone)]
pub struct Person {
    /// Surname first.
    pub name: String,
    /// `female` or `male`.
    pub sex: &'static str,
    /// Day of birth.
    pub born: NaiveDate,
    /// For most adults: what makes a valid national ID of birthday and sex.
    pub id_sequence: Option<usize>,
    /// National mobile number; two children share a parent's.
    pub mobile: String,
    /// Email address, for some.
    pub email: Option<String>,
    /// Language and channel of messages.
    pub reached: (Lang, Channel),
    /// Occupation.
    pub occupation: &'static str,
    /// Postal address.
    pub address: String,
    /// How they came.
    pub source: &'static str,
    /// Special-needs patient.
    pub vip: bool,
    /// What a special-needs patient needs.
    pub needs: &'static str,
    /// Allergies, for some.
    pub allergies: &'static str,
    /// Medical history, for some.
    pub history: &'static str,
}

/// All of them.
pub fn people(today: NaiveDate) -> Vec<Person> {
    let mut dice = Dice::new(20_261_123);
    let mut made: Vec<Person> = Vec::with_capacity(PATIENTS);
    for i in 0..PATIENTS {
        let mut p = person(&mut dice, today, i);
        // Now and then a child of the one before: same surname, often the same phone.
        if dice.one_in(6)
            && let Some(parent) = made
                .last()
                .filter(|p| today.years_since(p.born).is_some_and(|a| (25..55).contains(&a)))
        {
            let given: String = p.name.chars().skip(1).collect();
            p.name = parent.name.chars().take(1).chain(given.chars()).collect();
            if SHARED.iter().any(|head| parent.mobile.starts_with(head)) {
                p.mobile.clone_from(&parent.mobile);
            }
            p.address.clone_from(&parent.address);
            p.born = plus_days(today, -(365 * 5) - i64::try_from(dice.below(365 * 11)).unwrap_or(0));
            (p.id_sequence, p.email, p.vip, p.needs) = (None, None, false, "");
        }
        made.push(p);
    }
    spread_birthdays(&mut made, today);
    for (i, p) in made.iter_mut().enumerate() {
        fit::to_age(p, i, today);
    }
    made
}

/// Greetings are seen every day and never a crowd: three have their birthday today, one on each of the next nine days, and
/// on no day have more than three.
fn spread_birthdays(people: &mut [Person], today: NaiveDate) {
    // Those born on 29 February are greeted on the 28th.
    let month_day = |d: NaiveDate| {
        if (d.month(), d.day()) == (2, 29) {
            (2, 28)
        } else {
            (d.month(), d.day())
        }
    };
    let mut on_a_day: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    let chosen = |i: &usize| i.is_multiple_of(33);
    let (first, rest): (Vec<usize>, Vec<usize>) = (0..people.len()).partition(chosen);
    for i in first.into_iter().chain(rest) {
        let Some(p) = people.get_mut(i) else { continue };
        if chosen(&i) {
            let day = plus_days(today, i64::try_from((i / 33).saturating_sub(2)).unwrap_or(0));
            // 29 February is a birthday of those born in leap years.
            let year = p.born.year();
            p.born = [year, year - year % 4]
                .into_iter()
                .find_map(|y| NaiveDate::from_ymd_opt(y, day.month(), day.day()))
                .unwrap_or(p.born);
        }
        while on_a_day.get(&month_day(p.born)).is_some_and(|n| *n >= BIRTHDAYS_MAX) {
            p.born = plus_days(p.born, 1);
        }
        *on_a_day.entry(month_day(p.born)).or_insert(0) += 1;
    }
}

fn person(dice: &mut Dice, today: NaiveDate, i: usize) -> Person {
    let female = dice.one_in(2);
    let mut name = dice.letter(SURNAMES).to_string();
    for _ in 0..1 + usize::from(!dice.one_in(3)) {
        name.push(dice.letter(if female { FEMALE } else { MALE }));
    }
    let born = plus_days(today, -i64::try_from(365 * 19 + dice.below(365 * 54)).unwrap_or(0));
    let vip = dice.one_in(16);
    Person {
        id_sequence: (!dice.one_in(5)).then(|| dice.below(499)),
        sex: if female { "female" } else { "male" },
        mobile: format!(
            "1{}{:08}",
            dice.pick(&["39", "38", "37", "86", "58", "89"]),
            10_000_000 + dice.below(89_999_999)
        ),
        email: dice.one_in(4).then(|| format!("patient{i}@example.com")),
        reached: (Lang::Zh, Channel::Sms),
        occupation: dice.pick(&OCCUPATIONS),
        address: format!(
            "杭州市西湖区{}{}号{}室",
            dice.pick(&STREETS),
            1 + dice.below(200),
            101 + dice.below(900)
        ),
        source: dice.pick(&SOURCES),
        vip,
        needs: if vip { dice.pick(&NEEDS) } else { "" },
        allergies: if dice.one_in(9) { dice.pick(&ALLERGIES) } else { "" },
        history: if dice.one_in(7) { dice.pick(&HISTORIES) } else { "" },
        name,
        born,
    }
}

/// A number that passes the check of GB 11643: region, birth date, sequence (odd = male), check digit.
fn national_id(sequence: usize, born: NaiveDate, female: bool) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &str = "10X98765432";
    let sequence = sequence * 2 + usize::from(!female);
    let body = format!("330106{}{sequence:03}", born.format("%Y%m%d"));
    let sum: u32 = body
        .chars()
        .zip(WEIGHTS)
        .map(|(c, w)| c.to_digit(10).unwrap_or(0) * w)
        .sum();
    let check = CHECKS
        .chars()
        .nth(usize::try_from(sum % 11).unwrap_or(0))
        .unwrap_or('X');
    format!("{body}{check}")
}

/// Registers them all, as the desk would. Gives their ids in order.
///
/// # Errors
/// Those of the database; a sample person that would not pass the desk's own checks.
pub fn register(c: &mut Conn, now: Instant, keys: &Keys, sample: &Sample) -> Result<Vec<PatientId>> {
    let today = now.day(sample.site.tz());
    people(today)
        .into_iter()
        .zip(1..)
        .map(|(person, n)| patients::insert_patient(c, now, keys, &data_of(person, n)?))
        .collect()
}

fn data_of(p: Person, n: u32) -> Result<PatientData> {
    let wrong = |what: &str| Error::Internal(format!("sample patient {n}: {what}"));
    let number = p.id_sequence.map(|s| national_id(s, p.born, p.sex == "female"));
    let national_id = number.as_deref().map(NationalId::parse).transpose();
    Ok(PatientData {
        chart_no: Some(format!("A{n:05}")),
        phone: Some(PhoneNumber::parse(&p.mobile, "CN").map_err(|_| wrong("phone"))?),
        national_id: national_id.map_err(|_| wrong("national id"))?,
        sex: p.sex.parse().map_err(|_| wrong("sex"))?,
        name: p.name,
        birth_date: Some(p.born),
        email: p.email,
        language: p.reached.0,
        channel: p.reached.1,
        marketing: true,
        // The older ones keep the lunar birthday.
        lunar_birthday: p.born.year() < 1965,
        vip: p.vip,
        needs: p.needs.into(),
        allergies: p.allergies.into(),
        history: p.history.into(),
        occupation: p.occupation.into(),
        address: p.address,
        source: p.source.into(),
        ..PatientData::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_four_hundred_every_time() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("date");
        let (a, b) = (people(today), people(today));
        assert_eq!(a.len(), PATIENTS);
        assert!(a.iter().zip(&b).all(|(x, y)| x.name == y.name && x.mobile == y.mobile));
        let phones: std::collections::BTreeSet<_> = a.iter().map(|p| &p.mobile).collect();
        assert!(phones.len() < PATIENTS && phones.len() > PATIENTS - 80);
    }
    #[test]
    fn birthdays_are_spread_over_the_year() {
        for today in ["2026-11-23", "2027-02-28", "2028-02-29"] {
            let today: NaiveDate = today.parse().expect("date");
            let mut days: BTreeMap<(u32, u32), usize> = BTreeMap::new();
            for p in people(today) {
                *days.entry((p.born.month(), p.born.day())).or_insert(0) += 1;
            }
            assert!(days.values().all(|n| *n <= BIRTHDAYS_MAX), "{days:?}");
            let on = |n: i64| {
                days.get(&(plus_days(today, n).month(), plus_days(today, n).day()))
                    .copied()
                    .unwrap_or(0)
            };
            assert!((1..=3).contains(&on(0)), "{today}: {}", on(0));
            assert!((0..9).filter(|n| on(*n) > 0).count() >= 8, "{today}");
        }
    }
    #[test]
    fn nobody_is_what_their_age_forbids() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("date");
        let all = people(today);
        let children = all.iter().filter(|p| today.years_since(p.born) < Some(18)).count();
        assert!((25..80).contains(&children), "{children} children");
        for p in &all {
            let age = today.years_since(p.born).expect("born");
            assert!(age >= 4 && (age >= 18 || p.source != "单位体检"), "{p:?}");
            assert!(
                (p.occupation != "学生" || age < 26) && (p.occupation != "退休" || age >= 55),
                "{p:?}"
            );
            assert!(age >= 18 || p.occupation == "学生" || age < 6, "{p:?}");
            assert!(
                p.history != "孕中期" || (p.sex == "female" && (20..43).contains(&age)),
                "{p:?}"
            );
        }
        let english: Vec<_> = all.iter().filter(|p| p.reached.0 == Lang::En).collect();
        assert!((5..=10).contains(&english.len()), "{}", english.len());
        assert!(english.iter().all(|p| p.email.is_some()));
    }
}
