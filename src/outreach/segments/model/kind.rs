//! Kinds of conditions, as they are chosen in a form.

use super::Test;
use crate::platform::db::text_enum;
use crate::platform::i18n::Text;

text_enum! {
    /// A kind of condition, as it is chosen in a form.
    Kind {
        /// [`Test::Visit`]
        Visit = "visit",
        /// [`Test::LastVisit`]
        LastVisit = "last-visit",
        /// [`Test::Booked`]
        Booked = "booked",
        /// [`Test::RecallDue`]
        RecallDue = "recall-due",
        /// [`Test::OpenPlan`]
        OpenPlan = "open-plan",
        /// [`Test::Diagnosis`]
        Diagnosis = "diagnosis",
        /// [`Test::Treatment`]
        Treatment = "treatment",
        /// [`Test::Untreated`]
        Untreated = "untreated",
        /// [`Test::Age`]
        Age = "age",
        /// [`Test::Sex`]
        Sex = "sex",
        /// [`Test::Vip`]
        Vip = "vip",
        /// [`Test::BirthdayMonth`]
        BirthdayMonth = "birthday-month",
        /// [`Test::Registered`]
        Registered = "registered",
        /// [`Test::Language`]
        Language = "language",
        /// [`Test::Reachable`]
        Reachable = "reachable",
        /// [`Test::Marketing`]
        Marketing = "marketing",
    }
}

impl Test {
    /// What kind it is.
    pub fn kind(&self) -> Kind {
        match self {
            Test::Visit { .. } => Kind::Visit,
            Test::LastVisit { .. } => Kind::LastVisit,
            Test::Diagnosis { .. } => Kind::Diagnosis,
            Test::Treatment { .. } => Kind::Treatment,
            Test::Untreated { .. } => Kind::Untreated,
            Test::OpenPlan { .. } => Kind::OpenPlan,
            Test::RecallDue { .. } => Kind::RecallDue,
            Test::Age { .. } => Kind::Age,
            Test::Sex { .. } => Kind::Sex,
            Test::Vip {} => Kind::Vip,
            Test::Language { .. } => Kind::Language,
            Test::Reachable { .. } => Kind::Reachable,
            Test::Marketing {} => Kind::Marketing,
            Test::BirthdayMonth { .. } => Kind::BirthdayMonth,
            Test::Booked { .. } => Kind::Booked,
            Test::Registered { .. } => Kind::Registered,
        }
    }
}

impl Kind {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Kind::Visit => Text::new("就诊过", "Has had a visit"),
            Kind::LastVisit => Text::new("最近一次就诊", "Last visit"),
            Kind::Booked => Text::new("有未来预约", "Visit ahead"),
            Kind::RecallDue => Text::new("复诊到期", "Recall due"),
            Kind::OpenPlan => Text::new("治疗计划未完成", "Unfinished treatment plan"),
            Kind::Diagnosis => Text::new("诊断", "Diagnosis"),
            Kind::Treatment => Text::new("做过的治疗", "Treatment done"),
            Kind::Untreated => Text::new("可能的疾病（有发现未治疗）", "Possible disease (found, not treated)"),
            Kind::Age => Text::new("年龄", "Age"),
            Kind::Sex => Text::new("性别", "Sex"),
            Kind::Vip => Text::new("特需患者", "VIP"),
            Kind::BirthdayMonth => Text::new("生日月份", "Month of birth"),
            Kind::Registered => Text::new("登记时间", "Registered"),
            Kind::Language => Text::new("语言", "Language"),
            Kind::Reachable => Text::new("有联系方式", "Can be reached"),
            Kind::Marketing => Text::new("同意接收祝福和推广", "Agreed to greetings and offers"),
        }
    }
    /// Whether it asks for what only those who treat may read.
    pub fn is_clinical(self) -> bool {
        matches!(self, Kind::Diagnosis | Kind::Treatment | Kind::Untreated)
    }
}
