//! What segments look like.

mod form;
mod list;
mod work;

pub use form::{Sheet, form, found};
use list::step;
pub use list::{list, people};
pub use work::{WorkPage, work};

use super::model::{Definition, Known};
use crate::platform::i18n::Lang;
use crate::staff::Role;

/// The conditions as a sentence, for whoever may read what they ask for.
pub fn sentence(definition: &Definition, known: &Known, lang: Lang, role: Option<Role>) -> String {
    if definition.is_open_to(role) {
        definition.text(known, lang)
    } else {
        lang.pick(
            "按病历内容筛选（仅诊疗人员可见）",
            "By what is in the records (shown to who treats)",
        )
        .to_owned()
    }
}
