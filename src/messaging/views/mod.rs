//! Markup of the Messages page and of emails.

mod detail;
mod ledger;
mod letter;
mod templates;
mod timeline;

pub(super) use detail::{Detail, detail};
pub(super) use ledger::{Ledger, ledger};
pub use letter::letter;
pub(super) use templates::{editor, fields_of, preview, template_list};

pub use timeline::OfPatient;

use maud::{Markup, html};

use super::model::{Message, MessageState};
use crate::platform::i18n::Lang;
use crate::platform::web::icon;

/// A state, by icon, word and colour.
fn state_chip(lang: Lang, state: MessageState) -> Markup {
    html! { span class={ "chip " (state.chip()) } { (icon(state.icon())) (state.name().get(lang)) } }
}

/// What a template is called.
fn template_name(lang: Lang, code: &str) -> String {
    super::model::DEFAULTS
        .iter()
        .find(|t| t.code == code)
        .map_or_else(|| code.to_owned(), |t| lang.pick(t.name.0, t.name.1).to_owned())
}

/// Why a message stands where it stands; empty when there is nothing to say.
fn reason(lang: Lang, message: &Message) -> String {
    message.why().map(|r| r.text().get(lang).to_owned()).unwrap_or_default()
}
