//! Markup of the Messages page and of emails.

mod detail;
mod ledger;
mod letter;
mod templates;
mod timeline;

pub(super) use detail::{Detail, detail};
pub(super) use ledger::{Ledger, ledger};
pub use letter::Letter;
pub(super) use templates::{Sheet, With, editor, fields_of, preview, template_list};

pub use timeline::OfPatient;

use maud::{Markup, html};

use super::model::{Message, MessageState, template_name};
use crate::platform::i18n::Lang;
use crate::platform::web::icon;

/// A state, by icon, word and colour.
pub(super) fn state_chip(lang: Lang, state: MessageState) -> Markup {
    html! { span class={ "chip " (state.chip()) } { (icon(state.icon())) (state.name().get(lang)) } }
}

/// Why a message stands where it stands; empty when there is nothing to say.
pub(super) fn reason(lang: Lang, message: &Message) -> String {
    message.why().map(|r| r.text().get(lang).to_owned()).unwrap_or_default()
}
