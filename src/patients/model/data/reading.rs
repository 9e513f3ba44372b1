//! From a form or an API call into types, with every fault at its field.

use chrono::NaiveDate;

use super::super::{
    BirthFault, Channel, NAME_MAX, NationalId, NationalIdFault, PhoneFault, PhoneNumber, Sex, is_chart_no, parse_birth,
    tidy_chart_no, tidy_name,
};
use super::{Home, PatientData};
use crate::platform::error::Result;
use crate::platform::web::form::{Faults, Input};

/// Longest one-line text, in characters.
const LINE_MAX: usize = 200;
/// Longest text of several lines, in characters.
const TEXT_MAX: usize = 4000;

/// Reads typed fields. Field names are those of the form and of the JSON API.
pub struct Reading<'a> {
    /// What was typed.
    pub input: &'a Input,
    /// The clinic.
    pub home: &'a Home,
    /// Today in the clinic's zone.
    pub today: NaiveDate,
    /// What is stored already, when it is a change.
    pub stored: Option<Stored>,
}

/// What of a stored patient matters to reading a change.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The national ID: kept when the field is empty and `national_id_remove` is not ticked.
    pub national_id: Option<NationalId>,
    /// Sex.
    pub sex: Sex,
    /// Day of birth.
    pub birth_date: Option<NaiveDate>,
}

/// A tidied name; empty when none was typed, or with a fault at the field.
pub fn read_name(input: &Input, field: &str, faults: &mut Faults) -> String {
    let typed = input.get(field);
    if typed.is_empty() {
        return String::new();
    }
    match tidy_name(typed) {
        Some(name) if name.chars().count() <= NAME_MAX => return name,
        Some(_) => faults.add(
            field,
            "too_long",
            "姓名最多 60 个字",
            "A name has at most 60 characters",
        ),
        None => faults.add(field, "invalid", "姓名里没有文字", "There is no letter in this name"),
    }
    String::new()
}

/// The field `birth_date`; none when it is empty, or with a fault at it.
pub fn read_birth(input: &Input, today: NaiveDate, faults: &mut Faults) -> Option<NaiveDate> {
    let text = input.get("birth_date");
    if text.is_empty() {
        return None;
    }
    let (code, zh, en) = match parse_birth(text, today) {
        Ok(day) => return Some(day),
        Err(BirthFault::Unreadable) => (
            "invalid",
            "请按 年-月-日 填写，例如 1990-05-01",
            "Write year-month-day, for example 1990-05-01",
        ),
        Err(BirthFault::Future) => ("future", "出生日期不能晚于今天", "A birthday cannot be after today"),
        Err(BirthFault::TooEarly) => (
            "too_early",
            "出生日期不能早于 1900 年",
            "A birthday cannot be before 1900",
        ),
    };
    faults.add("birth_date", code, zh, en);
    None
}

impl Reading<'_> {
    /// The data, or every fault in it.
    ///
    /// # Errors
    /// [`crate::platform::error::Error::Invalid`].
    pub fn read(&self) -> Result<PatientData> {
        let mut faults = Faults::default();
        let data = self.fields(&mut faults);
        faults.finish().map(|()| data)
    }

    fn fields(&self, faults: &mut Faults) -> PatientData {
        let mut data = PatientData {
            chart_no: self.chart_no(faults),
            name: self.name(faults),
            sex: self.choice("sex", Sex::Unknown, faults),
            birth_date: self.birth(faults),
            lunar_birthday: self.input.ticked("lunar_birthday"),
            national_id: self.national_id(faults),
            phone: self.phone("phone", faults),
            other_phone: self.phone("other_phone", faults),
            email: self.email(faults),
            language: self.choice("language", self.home.language, faults),
            channel: self.choice("channel", Channel::Sms, faults),
            marketing: self.input.ticked("marketing"),
            vip: self.input.ticked("vip"),
            needs: self.text("needs", TEXT_MAX, faults),
            allergies: self.text("allergies", TEXT_MAX, faults),
            history: self.text("history", TEXT_MAX, faults),
            occupation: self.text("occupation", LINE_MAX, faults),
            address: self.text("address", LINE_MAX, faults),
            source: self.text("source", LINE_MAX, faults),
            note: self.text("note", TEXT_MAX, faults),
            deceased: self.input.ticked("deceased"),
            zone: self.zone(faults),
        };
        if !self.is_settled(&data) {
            agree(&mut data, faults);
        }
        self.reachable(&data, faults);
        data
    }

    /// An imported record may contradict itself (its note says so): that is no reason to refuse a change of the address.
    fn is_settled(&self, data: &PatientData) -> bool {
        self.stored
            .as_ref()
            .is_some_and(|s| s.national_id == data.national_id && s.sex == data.sex && s.birth_date == data.birth_date)
    }

    fn chart_no(&self, faults: &mut Faults) -> Option<String> {
        let text = tidy_chart_no(self.input.get("chart_no"));
        if text.is_empty() {
            return None;
        }
        if !is_chart_no(&text) {
            faults.add(
                "chart_no",
                "invalid",
                "病历号只能用字母、数字和 - _ / .，最多 20 位",
                "A chart number has letters, digits and - _ / . only, 20 at most",
            );
        }
        Some(text)
    }

    fn name(&self, faults: &mut Faults) -> String {
        if self.input.get("name").is_empty() {
            faults.require("name");
        }
        read_name(self.input, "name", faults)
    }

    fn choice<T: std::str::FromStr>(&self, field: &str, default: T, faults: &mut Faults) -> T {
        match self.input.get(field) {
            "" => default,
            text => text.parse().unwrap_or_else(|_| {
                faults.add(field, "invalid", "没有这个选项", "There is no such choice");
                default
            }),
        }
    }

    fn zone(&self, faults: &mut Faults) -> Option<chrono_tz::Tz> {
        let text = Some(self.input.get("zone")).filter(|text| !text.is_empty())?;
        let (zh, en) = (
            "没有这个时区，应写成 America/New_York 这样的名称",
            "There is no such zone: write a name such as America/New_York",
        );
        text.parse().map_err(|_| faults.add("zone", "unknown", zh, en)).ok()
    }

    fn birth(&self, faults: &mut Faults) -> Option<NaiveDate> {
        read_birth(self.input, self.today, faults)
    }

    fn national_id(&self, faults: &mut Faults) -> Option<NationalId> {
        let text = self.input.get("national_id");
        if text.is_empty() {
            let stored = self.stored.as_ref().and_then(|s| s.national_id.clone());
            return stored.filter(|_| !self.input.ticked("national_id_remove"));
        }
        let (code, zh, en) = match NationalId::parse(text) {
            Ok(id) => return Some(id),
            Err(NationalIdFault::Form) => (
                "invalid",
                "身份证号应为 18 位（最后一位可为 X）",
                "A national ID has 18 digits (the last may be X)",
            ),
            Err(NationalIdFault::CheckDigit) => (
                "check_digit",
                "校验位不对，请核对是否输错",
                "The check digit does not fit: look for a mistyped digit",
            ),
            Err(NationalIdFault::Content) => (
                "invalid",
                "身份证号里的地区或出生日期不存在",
                "The region or the birthday inside this ID does not exist",
            ),
        };
        faults.add("national_id", code, zh, en);
        None
    }

    fn phone(&self, field: &str, faults: &mut Faults) -> Option<PhoneNumber> {
        let text = self.input.get(field);
        if text.is_empty() {
            return None;
        }
        match PhoneNumber::parse(text, &self.home.country) {
            Ok(p) if field == "phone" && !p.is_mobile() => {
                faults.add(
                    field,
                    "not_mobile",
                    "这不是手机号，固定电话请填在“其他电话”",
                    "This is not a mobile number: put a landline under “Other phone”",
                );
                None
            }
            Ok(p) => Some(p),
            Err(PhoneFault::Unreadable) => {
                faults.add(
                    field,
                    "invalid",
                    "电话号码里有其他字符",
                    "A phone number has digits only",
                );
                None
            }
            Err(PhoneFault::NotAssigned) => {
                faults.add(
                    field,
                    "invalid",
                    "没有这样的号码，请核对位数（外国号码以 + 和国家代码开头）",
                    "There is no such number: check the digits (foreign numbers begin with + and the country code)",
                );
                None
            }
        }
    }

    fn email(&self, faults: &mut Faults) -> Option<String> {
        let text = self.input.get("email");
        if text.is_empty() {
            return None;
        }
        let sound = text.len() <= LINE_MAX
            && text.parse::<lettre::Address>().is_ok()
            && text.rsplit('@').next().is_some_and(|domain| domain.contains('.'));
        if !sound {
            faults.add("email", "invalid", "邮箱地址不对", "This is not an email address");
            return None;
        }
        Some(text.to_owned())
    }

    fn text(&self, field: &str, longest: usize, faults: &mut Faults) -> String {
        let text = self.input.get(field);
        if text.chars().count() > longest {
            faults.add(
                field,
                "too_long",
                format!("最多 {longest} 个字"),
                format!("At most {longest} characters"),
            );
        }
        text.chars()
            .filter(|c| !c.is_control() || *c == '\n')
            .take(longest)
            .collect()
    }

    /// Somebody who gave no way to be reached cannot be reminded: at least one is needed. Not told beside another fault of
    /// these fields.
    fn reachable(&self, data: &PatientData, faults: &mut Faults) {
        let none = data.phone.is_none() && data.other_phone.is_none() && data.email.is_none();
        let faulty = ["phone", "other_phone", "email"].iter().any(|f| faults.of(f).is_some());
        if none && !faulty {
            faults.add(
                "phone",
                "required",
                "请至少填写手机、其他电话或邮箱之一",
                "Give at least a mobile, another phone or an email",
            );
        }
        if data.channel == Channel::Email && data.email.is_none() && faults.of("email").is_none() {
            faults.add(
                "email",
                "required",
                "首选邮件联系，请填写邮箱",
                "Email is the preferred channel: give an address",
            );
        }
    }
}

/// Birth and sex inside the national ID: fill what was left empty, contradict what was not.
fn agree(data: &mut PatientData, faults: &mut Faults) {
    let Some(id) = &data.national_id else { return };
    if data.sex == Sex::Unknown {
        data.sex = id.sex();
    } else if data.sex != id.sex() {
        faults.add(
            "sex",
            "disagrees",
            "与身份证号中的性别不一致",
            "This is not the sex that the national ID says",
        );
    }
    match data.birth_date {
        None if faults.of("birth_date").is_none() => data.birth_date = Some(id.birth_date()),
        Some(day) if day != id.birth_date() => faults.add(
            "birth_date",
            "disagrees",
            "与身份证号中的出生日期不一致",
            "This is not the birthday that the national ID says",
        ),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::platform::error::Error;
    use crate::platform::i18n::Lang;

    fn read(pairs: &[(&str, &str)]) -> Result<PatientData, Vec<(String, &'static str)>> {
        let input = Input::from_pairs(pairs.iter().copied());
        let home = Home {
            country: "CN".into(),
            zone: Tz::Asia__Shanghai,
            language: Lang::Zh,
        };
        let reading = Reading {
            input: &input,
            home: &home,
            today: NaiveDate::from_ymd_opt(2026, 11, 24).expect("date"),
            stored: None,
        };
        reading.read().map_err(|e| match e {
            Error::Invalid(list) => list.into_iter().map(|f| (f.field, f.code)).collect(),
            other => panic!("{other}"),
        })
    }

    #[test]
    fn the_id_fills_what_was_left_empty() {
        let d = read(&[
            ("name", "黎静"),
            ("phone", "13855402616"),
            ("national_id", "330106201109066435"),
        ])
        .expect("data");
        assert_eq!(d.birth_date.map(|b| b.to_string()).as_deref(), Some("2011-09-06"));
        assert_eq!(d.sex, Sex::Male);
    }
    #[test]
    fn every_fault_is_told_at_its_field() {
        let faults = read(&[
            ("name", "李明"),
            ("sex", "female"),
            ("birth_date", "2011-09-07"),
            ("national_id", "330106201109066435"),
            ("phone", "0571-89245070"),
            ("email", "nobody@nowhere"),
            ("channel", "pigeon"),
            ("chart_no", "病历1"),
        ])
        .expect_err("faults");
        for expected in [
            ("sex", "disagrees"),
            ("birth_date", "disagrees"),
            ("phone", "not_mobile"),
            ("email", "invalid"),
            ("channel", "invalid"),
            ("chart_no", "invalid"),
        ] {
            assert!(
                faults.contains(&(expected.0.to_owned(), expected.1)),
                "{expected:?} {faults:?}"
            );
        }
        assert_eq!(faults.len(), 6);
        let none = read(&[]).expect_err("faults");
        assert_eq!(
            none,
            [("name".to_owned(), "required"), ("phone".to_owned(), "required")]
        );
        assert!(read(&[("name", "李明"), ("other_phone", "0571-89245070")]).is_ok());
    }
}
