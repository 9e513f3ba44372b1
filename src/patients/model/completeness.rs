//! How complete a record is (clinic.md R4), and what is missing.

use super::{Patient, PatientData, Sex};
use crate::platform::i18n::Text;

/// Which of the important fields are filled.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filled {
    name: bool,
    phone: bool,
    birth: bool,
    sex: bool,
    national_id: bool,
    address: bool,
    occupation: bool,
    source: bool,
}

impl From<&PatientData> for Filled {
    fn from(d: &PatientData) -> Filled {
        Filled {
            name: !d.name.is_empty(),
            phone: d.phone.is_some() || d.other_phone.is_some(),
            birth: d.birth_date.is_some(),
            sex: d.sex != Sex::Unknown,
            national_id: d.national_id.is_some(),
            address: !d.address.is_empty(),
            occupation: !d.occupation.is_empty(),
            source: !d.source.is_empty(),
        }
    }
}

impl From<&Patient> for Filled {
    fn from(p: &Patient) -> Filled {
        Filled {
            name: !p.name.is_empty(),
            phone: p.phone.is_some() || p.other_phone.is_some(),
            birth: p.birth_date.is_some(),
            sex: p.sex != Sex::Unknown,
            national_id: p.national_id.is_some(),
            address: !p.address.is_empty(),
            occupation: !p.occupation.is_empty(),
            source: !p.source.is_empty(),
        }
    }
}

impl Filled {
    /// Each field with its weight, weightiest first; the weights add up to 100.
    fn parts(self) -> [(i32, bool, &'static str, &'static str); 8] {
        [
            (25, self.phone, "电话", "phone"),
            (20, self.birth, "出生日期", "date of birth"),
            (15, self.national_id, "身份证号", "national ID"),
            (10, self.name, "姓名", "name"),
            (10, self.sex, "性别", "sex"),
            (10, self.address, "地址", "address"),
            (5, self.occupation, "职业", "occupation"),
            (5, self.source, "来源", "how they came"),
        ]
    }
    /// Percent of the important fields that are filled, by weight.
    pub fn percent(self) -> i32 {
        self.parts().iter().filter(|(_, has, ..)| *has).map(|(w, ..)| w).sum()
    }
    /// Names of those that are empty, weightiest first.
    pub fn missing(self) -> Vec<Text> {
        self.parts()
            .iter()
            .filter(|(_, has, ..)| !has)
            .map(|(_, _, zh, en)| Text::new(*zh, *en))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_nothing_to_everything() {
        let none = Filled::default();
        assert_eq!(none.parts().iter().map(|p| p.0).sum::<i32>(), 100);
        assert_eq!((none.percent(), none.missing().len()), (0, 8));
        assert_eq!(none.missing().first().map(|t| t.en.as_str()), Some("phone"));
        let named = PatientData {
            name: "李明".into(),
            address: "x".into(),
            ..PatientData::default()
        };
        assert_eq!(Filled::from(&named).percent(), 20);
    }
}
