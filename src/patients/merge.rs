//! A patient's form after somebody else has saved meanwhile: what they changed is told at each field, what was typed is
//! kept, and saving again is a decision made knowing of it.

use super::model::{AGREED, Channel, NationalId, Patient, REFUSED, Sex};
use crate::platform::i18n::{Lang, Text};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::was::{self, Changed};

/// The fields of the form that somebody may have changed, but for the national ID.
const FIELDS: &[&str] = &[
    "name",
    "sex",
    "birth_date",
    "lunar_birthday",
    "phone",
    "other_phone",
    "email",
    "channel",
    "language",
    "zone",
    "consent_sms",
    "consent_email",
    "marketing",
    "allergies",
    "history",
    "needs",
    "vip",
    "occupation",
    "source",
    "address",
    "note",
    "deceased",
];
/// Carries the national ID, with its middle hidden, as it was when the form was opened.
const ID_SHOWN: &str = "national_id_shown";

/// What the form of a patient carries of the stored values: as its fields send them back when nobody touches them.
pub(super) fn opened(stored: &Input, masked_id: Option<&str>) -> Input {
    let mut input = stored.clone();
    if input.get("sex") == Sex::Unknown.as_str() {
        input.set("sex", "");
    }
    input.set(ID_SHOWN, masked_id.unwrap_or(""));
    input
}

/// Brings the form up to the stored values (as [`opened`] gives them) and to the newest version, and tells what was changed.
pub(super) fn newest(input: &mut Input, stored: &Input, patient: &Patient, told: Text) -> Faults {
    let mut faults = Faults::default();
    faults.add("name", "stale", told.zh, told.en);
    let id_before = was::before(input, ID_SHOWN);
    for changed in was::merge(input, stored, FIELDS) {
        let value = shown(&changed.field, stored);
        tell(&mut faults, &changed, value);
    }
    let id_now = stored.get(ID_SHOWN);
    if let Some(before) = id_before.filter(|before| before != id_now) {
        let typed = NationalId::parse(input.get("national_id")).ok();
        if typed.is_some_and(|id| id.masked() == before) {
            input.set("national_id", ""); // as it was filled in: nobody has touched it
        }
        let changed = Changed {
            field: "national_id".into(),
            taken: input.get("national_id").is_empty(),
        };
        tell(&mut faults, &changed, Text::new(id_now, id_now));
    }
    input.set("version", patient.version.to_string());
    faults
}

fn tell(faults: &mut Faults, changed: &Changed, value: Text) {
    let (zh, en) = if value.zh.is_empty() {
        ("空白".to_owned(), "nothing".to_owned())
    } else {
        (format!("“{}”", value.zh), format!("“{}”", value.en))
    };
    let (zh, en) = if changed.taken {
        (
            format!("已被改为{zh}，这里已填入新值"),
            format!("was changed to {en}, which is filled in here"),
        )
    } else {
        (
            format!("已被改为{zh}；保存会换成您填的内容"),
            format!("was changed to {en}; saving puts yours in its place"),
        )
    };
    faults.add(&changed.field, "changed", zh, en);
}

/// A stored value as the form words it.
fn shown(field: &str, stored: &Input) -> Text {
    let value = stored.get(field);
    let both = |name: Option<Text>| name.unwrap_or_else(|| Text::new(value, value));
    match field {
        "sex" => both(value.parse().ok().map(Sex::name)),
        "channel" => both(value.parse().ok().map(Channel::name)),
        "language" => match value.parse() {
            Ok(Lang::Zh) => Text::new("中文", "Chinese"),
            Ok(Lang::En) => Text::new("英文", "English"),
            Err(_) => both(None),
        },
        "consent_sms" | "consent_email" => match value {
            AGREED => Text::new("同意", "Agrees"),
            REFUSED => Text::new("不同意", "Does not agree"),
            _ => both(None),
        },
        "marketing" | "lunar_birthday" | "vip" | "deceased" => match stored.ticked(field) {
            true => Text::new("是", "yes"),
            false => Text::new("否", "no"),
        },
        _ => both(None),
    }
}
