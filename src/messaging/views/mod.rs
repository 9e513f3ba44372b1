//! Markup of the Messages page and of emails.

mod detail;
mod ledger;
mod letter;
mod manners;
mod templates;
mod timeline;
mod wishes;

pub(super) use detail::{Detail, detail};
pub(super) use ledger::{Counts, Ledger, ledger};
pub use letter::Letter;
pub(super) use manners::{MannersPage, manners};
pub(super) use templates::{
    History, List as TemplateList, NewSheet, Preview, Sheet, With, editor, fields_of, history, new_form, preview,
    template_list,
};

pub(super) use wishes::{Wishes, wishes};

pub use timeline::OfPatient;

use maud::{Markup, html};

use super::model::{Message, MessageState};
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
