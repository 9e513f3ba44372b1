//! What can be registered of a patient.

mod reading;

pub use reading::{Reading, Stored, read_birth, read_name};

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{Channel, NationalId, Patient, PhoneNumber, Sex};
use crate::platform::i18n::Lang;
use crate::platform::web::form::Input;

/// What reading a patient needs to know of the clinic.
#[derive(Debug, Clone)]
pub struct Home {
    /// Country of phone numbers without a country code (ISO 3166).
    pub country: String,
    /// The clinic's zone: "today" is its day.
    pub zone: Tz,
    /// Language of patients who chose none.
    pub language: Lang,
}

/// How a field says that the patient has agreed to something.
pub const AGREED: &str = "1";
/// And that they have refused it.
pub const REFUSED: &str = "0";

/// Consent to messages about care, and to greetings and offers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consents {
    /// Text messages about care. `None`: never asked.
    pub sms: Option<bool>,
    /// Email about care. `None`: never asked.
    pub email: Option<bool>,
}

impl Consents {
    /// Said no to text messages.
    pub fn refuses_sms(self) -> bool {
        self.sms == Some(false)
    }
    /// Said no to email.
    pub fn refuses_email(self) -> bool {
        self.email == Some(false)
    }
    /// Takes in a row, later ones last.
    pub(in super::super) fn note(&mut self, channel: &str, granted: bool) {
        match channel {
            "sms" => self.sms = Some(granted),
            "email" => self.email = Some(granted),
            _ => {}
        }
    }
}

/// A patient's own data, right in itself: made by `Reading::read`.
#[derive(Debug, Clone)]
pub struct PatientData {
    /// Chart number; `None` gives the next one.
    pub chart_no: Option<String>,
    /// Full name.
    pub name: String,
    /// Sex.
    pub sex: Sex,
    /// Day of birth.
    pub birth_date: Option<NaiveDate>,
    /// Keeps the birthday of the lunar calendar.
    pub lunar_birthday: bool,
    /// National ID; agrees with sex and birth.
    pub national_id: Option<NationalId>,
    /// Mobile number.
    pub phone: Option<PhoneNumber>,
    /// Another number of any kind.
    pub other_phone: Option<PhoneNumber>,
    /// Email address.
    pub email: Option<String>,
    /// Language of messages.
    pub language: Lang,
    /// Preferred channel.
    pub channel: Channel,
    /// Greetings and offers are welcome.
    pub marketing: bool,
    /// 特需
    pub vip: bool,
    /// Special needs.
    pub needs: String,
    /// Allergies; empty: never asked.
    pub allergies: String,
    /// Medical history.
    pub history: String,
    /// Occupation.
    pub occupation: String,
    /// Postal address.
    pub address: String,
    /// How they came.
    pub source: String,
    /// Anything else.
    pub note: String,
    /// No messages any more.
    pub deceased: bool,
    /// Zone of the patient's clocks; none: the clinic's.
    pub zone: Option<Tz>,
}

impl Default for PatientData {
    fn default() -> Self {
        PatientData {
            chart_no: None,
            name: String::new(),
            sex: Sex::Unknown,
            birth_date: None,
            lunar_birthday: false,
            national_id: None,
            phone: None,
            other_phone: None,
            email: None,
            language: Lang::Zh,
            channel: Channel::Sms,
            marketing: false,
            vip: false,
            needs: String::new(),
            allergies: String::new(),
            history: String::new(),
            occupation: String::new(),
            address: String::new(),
            source: String::new(),
            note: String::new(),
            deceased: false,
            zone: None,
        }
    }
}

/// The stored values as a form shows them. The national ID is not among them.
pub fn input_of(p: &Patient, consents: Consents) -> Input {
    let mut input = Input::from_pairs([
        ("version", p.version.to_string()),
        ("chart_no", p.chart_no.clone()),
        ("name", p.name.clone()),
        ("sex", p.sex.to_string()),
        ("birth_date", p.birth_date.map(|d| d.to_string()).unwrap_or_default()),
        ("phone", p.phone.clone().unwrap_or_default()),
        ("other_phone", p.other_phone.clone().unwrap_or_default()),
        ("email", p.email.clone().unwrap_or_default()),
        ("language", p.language.to_string()),
        ("channel", p.channel.to_string()),
        ("needs", p.needs.clone()),
        ("allergies", p.allergies.clone()),
        ("history", p.history.clone()),
        ("occupation", p.occupation.clone()),
        ("address", p.address.clone()),
        ("source", p.source.clone()),
        ("note", p.note.clone()),
        ("zone", p.zone.clone().unwrap_or_default()),
    ]);
    let ticks = [
        ("marketing", p.marketing),
        ("lunar_birthday", p.lunar_birthday),
        ("vip", p.vip),
        ("deceased", p.deceased),
    ];
    for (name, said) in [("consent_sms", consents.sms), ("consent_email", consents.email)] {
        if let Some(agreed) = said {
            input.set(name, if agreed { AGREED } else { REFUSED });
        }
    }
    for (name, ticked) in ticks {
        if ticked {
            input.set(name, "1");
        }
    }
    input
}
