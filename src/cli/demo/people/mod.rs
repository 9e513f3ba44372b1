//! Four hundred sample patients with Chinese names. The same every time: made from a fixed seed.

use chrono::{Datelike, NaiveDate};

use super::clinic::Sample;
use crate::patients::{self, NationalId, PatientData, PatientId, PhoneNumber};
use crate::platform::clock::{Instant, plus_days};
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};

/// How many there are.
pub const PATIENTS: usize = 400;

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
    /// Valid eighteen-digit national ID, for most adults.
    pub national_id: Option<String>,
    /// National mobile number; two children share a parent's.
    pub mobile: String,
    /// Email address, for some.
    pub email: Option<String>,
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
        // Now and then a child of the one before: same surname, same phone.
        if dice.one_in(25)
            && let Some(parent) = made
                .last()
                .filter(|p| today.years_since(p.born).is_some_and(|a| (25..55).contains(&a)))
        {
            let given: String = p.name.chars().skip(1).collect();
            p.name = parent.name.chars().take(1).chain(given.chars()).collect();
            p.mobile.clone_from(&parent.mobile);
            p.address.clone_from(&parent.address);
            p.born = plus_days(today, -(365 * 6) - i64::try_from(dice.below(2000)).unwrap_or(0));
            (p.national_id, p.email, p.occupation, p.vip, p.needs) = (None, None, "学生", false, "");
        }
        made.push(p);
    }
    made
}

fn person(dice: &mut Dice, today: NaiveDate, i: usize) -> Person {
    let female = dice.one_in(2);
    let mut name = dice.letter(SURNAMES).to_string();
    for _ in 0..1 + usize::from(!dice.one_in(3)) {
        name.push(dice.letter(if female { FEMALE } else { MALE }));
    }
    // A dozen have their birthday today or in the coming days, so that greetings are seen.
    let born = plus_days(today, -i64::try_from(365 * 18 + dice.below(365 * 55)).unwrap_or(0));
    let born = if i.is_multiple_of(33) {
        NaiveDate::from_ymd_opt(born.year(), today.month(), today.day()).unwrap_or(born)
    } else {
        born
    };
    let vip = dice.one_in(16);
    Person {
        national_id: (!dice.one_in(5)).then(|| national_id(dice, born, female)),
        sex: if female { "female" } else { "male" },
        mobile: format!(
            "1{}{:08}",
            dice.pick(&["39", "38", "37", "86", "58", "89"]),
            10_000_000 + dice.below(89_999_999)
        ),
        email: dice.one_in(4).then(|| format!("patient{i}@example.com")),
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
fn national_id(dice: &mut Dice, born: NaiveDate, female: bool) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &str = "10X98765432";
    let sequence = dice.below(499) * 2 + usize::from(!female);
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
    let national_id = p.national_id.as_deref().map(NationalId::parse).transpose();
    Ok(PatientData {
        chart_no: Some(format!("A{n:05}")),
        phone: Some(PhoneNumber::parse(&p.mobile, "CN").map_err(|_| wrong("phone"))?),
        national_id: national_id.map_err(|_| wrong("national id"))?,
        sex: p.sex.parse().map_err(|_| wrong("sex"))?,
        name: p.name,
        birth_date: Some(p.born),
        email: p.email,
        marketing: true,
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
        assert!(phones.len() < PATIENTS && phones.len() > PATIENTS - 40);
    }
}
