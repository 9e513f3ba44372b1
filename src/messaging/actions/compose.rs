//! What a message would say, before there is one.

use serde_json::{Map, Value, json};

use super::super::model::{
    Carrier, Draft, MessageCause, NewMessage, Reason, Rendered, Verdict, choose_carrier, render, title_of,
};
use super::super::store;
use super::{agreed, choose_working};
use crate::clinic::{self, Site};
use crate::patients::{self, Consents, Patient};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

/// A text as a patient would get it.
pub struct Composed {
    /// How it would travel.
    pub carrier: Carrier,
    /// In the patient's language, or in the one that stands in.
    pub language: Lang,
    /// The text, or why there would be none.
    pub text: Result<Rendered, Reason>,
}

/// How a message would travel to a patient who can be reached and has `said` this.
pub fn carrier_for(patient: &Patient, said: Consents) -> Carrier {
    choose_carrier(patient, said, None).unwrap_or_else(|(carrier, _)| carrier)
}

/// Asks the cause and fills in the template, as the dispatcher will. Nothing is queued.
pub fn compose(c: &mut Conn, now: Instant, message: &NewMessage, cause: &dyn MessageCause) -> Result<Composed> {
    let (site, patient) = (clinic::the_site(c)?, patients::get_patient(c, message.patient)?);
    let said = agreed(c, &patient, message.purpose)?;
    let carrier = choose_working(c, (&patient, said), None, &message.template)?.unwrap_or_else(|(carrier, _)| carrier);
    let template = store::find_written(c, (&message.template, carrier), patient.language, site.language)?;
    let language = template.as_ref().map_or(patient.language, |t| t.language);
    let mut variables = basic_variables(language, &site, &patient);
    let composed = |text| Composed {
        carrier,
        language,
        text,
    };
    match cause.verdict(c, now, &message.cause, message.purpose, language)? {
        Verdict::Skip(code, words) | Verdict::Wait(code, words) => return Ok(composed(Err(Reason::with(code, words)))),
        Verdict::Send(more) => variables.extend(more),
    }
    let Some(template) = template else {
        return Ok(composed(Err(Reason::said("no-template", &message.template))));
    };
    if template.body.is_empty() {
        return Ok(composed(Err(Reason::code("no-text"))));
    }
    let draft = Draft {
        subject: template.subject,
        body: template.body,
    };
    Ok(composed(
        render(&draft, &variables).map_err(|e| Reason::said("template-error", &e)),
    ))
}

/// What every template may use.
pub fn basic_variables(lang: Lang, site: &Site, patient: &Patient) -> Map<String, Value> {
    let mut variables = clinic_variables(lang, site);
    variables.insert("name".into(), json!(patient.name));
    variables.insert("title".into(), json!(title_of(patient, lang)));
    variables
}

/// What of it is known without a patient.
pub fn clinic_variables(lang: Lang, site: &Site) -> Map<String, Value> {
    [("clinic", site.name_in(lang)), ("phone", &site.phone)]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), json!(v)))
        .collect()
}
