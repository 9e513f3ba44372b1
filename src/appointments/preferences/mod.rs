//! What patients have said of when and with whom they like to come: what is offered them first.

mod actions;
mod api;
mod model;
mod pages;
mod store;
mod views;

pub use api::ApiDoc;
pub(super) use store::find_preferences;

use actix_web::web;

use crate::clinic;
use crate::patients::PatientId;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

/// What a patient has said, for people; empty: nothing.
pub(super) fn said_of(c: &mut Conn, patient: PatientId, lang: Lang) -> Result<String> {
    let clinic = clinic::snapshot(c)?;
    let said = find_preferences(c, patient)?;
    Ok(said.map_or_else(String::new, |said| said.wanted.text(lang, &clinic)))
}

/// A patient's page of them, and the API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
}
