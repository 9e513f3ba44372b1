//! Request bodies: the fields of the form, by the same names.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::super::model::{AGREED, REFUSED};
use crate::platform::error::Result;
use crate::platform::web::form::Input;

/// `null` and a text alike are something given; only what is left out is not.
fn given<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(d).map(|text| Some(text.unwrap_or_default()))
}

/// Declares a request body: texts, ticks, answers to questions of consent, and what else it has.
macro_rules! body {
    ($(#[$m:meta])* $name:ident { $($(#[$tm:meta])* $text:ident),+; $($(#[$km:meta])* $tick:ident),+; $($(#[$am:meta])* $answer:ident),+; $($(#[$xm:meta])* $extra:ident: $ty:ty),* $(,)? }) => {
        $(#[$m])*
        #[derive(Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub(in super::super) struct $name {
            $($(#[$tm])* #[serde(default, deserialize_with = "given")] pub(super) $text: Option<String>,)+
            $($(#[$km])* #[serde(default)] $tick: Option<bool>,)+
            $($(#[$am])* #[serde(default)] $answer: Option<bool>,)+
            $($(#[$xm])* pub(super) $extra: $ty,)*
        }
        impl $name {
            /// Puts what is given into an input, as a form would have it.
            pub(super) fn into_input(self, input: &mut Input) {
                $(if let Some(text) = self.$text { input.set(stringify!($text), text); })+
                $(if let Some(on) = self.$tick {
                    input.untick(stringify!($tick));
                    if on { input.set(stringify!($tick), "1"); }
                })+
                $(if let Some(yes) = self.$answer {
                    input.set(stringify!($answer), if yes { AGREED } else { REFUSED });
                })+
            }
        }
    };
}

body! {
    /// A patient to be registered. Texts may be left out, null or empty.
    NewPatient {
        /// Needed.
        name,
        /// Made by the clinic when left out.
        chart_no,
        /// `female`, `male`; taken from the national ID when left out.
        sex,
        /// `1990-05-01`; taken from the national ID when left out.
        birth_date,
        /// 18 characters, GB 11643.
        national_id,
        /// Mobile in any usual form. One of `phone`, `other_phone`, `email` is needed.
        phone,
        other_phone, email,
        /// `zh`, `en`
        language,
        /// `sms`, `email`, `phone`, `none`
        channel,
        /// Zone of the patient's clocks, such as `America/New_York`; the clinic's when left out.
        zone,
        needs, allergies, history, occupation, address, source, note;
        marketing, lunar_birthday, vip, deceased,
        /// Those who look like the same person are other people: register all the same.
        confirm_duplicate;
        /// Whether they agree to text messages about care; false: they refuse, and none are sent. Null: not asked.
        consent_sms,
        /// The same of email.
        consent_email;
    }
}

body! {
    /// What changes. What is left out stays; null or an empty text clears.
    PatientPatch {
        name, sex, birth_date, national_id, phone, other_phone, email, language, channel, zone, needs, allergies, history,
        occupation, address, source, note;
        marketing, lunar_birthday, vip, deceased, confirm_duplicate;
        /// Whether they agree to text messages about care; false: they refuse, and none are sent.
        consent_sms,
        /// The same of email.
        consent_email;
        /// The version this change was made on; needed here or in `If-Match`.
        version: Option<i64>,
    }
}
