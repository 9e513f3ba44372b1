//! Which rules use a template.

use super::model::Rule;
use super::store::rules::rules_with_template;
use crate::messaging::{TemplateUse, TemplateUses};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;

/// The templates of rules.
pub struct RuleTemplates;

impl TemplateUses for RuleTemplates {
    fn uses(&self, c: &mut Conn, code: &str) -> Result<Vec<TemplateUse>> {
        let rules = rules_with_template(c, code)?;
        let used = |r: Rule| TemplateUse {
            name: Text::new(r.name, r.name_en),
            href: format!("/rules/{}", r.id),
        };
        Ok(rules.into_iter().map(used).collect())
    }
}
