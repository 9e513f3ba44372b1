//! Which rules and campaigns use a template.

use super::campaigns;
use super::model::Rule;
use super::store::rules::rules_with_template;
use crate::messaging::{TemplateUse, TemplateUses};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Text;

/// The templates of rules, and of campaigns that are not over.
pub struct TemplatesInUse;

impl TemplateUses for TemplatesInUse {
    fn uses(&self, c: &mut Conn, code: &str) -> Result<Vec<TemplateUse>> {
        let rules = rules_with_template(c, code)?;
        let used = |r: Rule| TemplateUse {
            name: Text::new(r.name, r.name_en),
            href: format!("/rules/{}", r.id),
        };
        let mut uses: Vec<TemplateUse> = rules.into_iter().map(used).collect();
        let campaigns = campaigns::list_campaigns(c)?
            .into_iter()
            .filter(|x| x.template == code && x.state.is_open());
        uses.extend(campaigns.map(|x| TemplateUse {
            href: format!("/campaigns/{}", x.id),
            name: Text::new(x.name, x.name_en),
        }));
        Ok(uses)
    }
}
