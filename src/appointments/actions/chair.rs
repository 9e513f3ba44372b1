//! A chair that is asked for.

use super::place::Place;
use crate::clinic::ChairId;
use crate::platform::error::{Error, Result};

impl Place {
    /// The same in the chair asked for only; none: in any that fits.
    pub(in crate::appointments) fn in_chair(mut self, chair: Option<ChairId>) -> Result<Place> {
        let Some(id) = chair else { return Ok(self) };
        let found = self.clinic.find_chair(id).filter(|ch| ch.active).cloned();
        let found =
            found.ok_or_else(|| Error::field("chair_id", "unknown", "没有这把椅子", "There is no such chair"))?;
        self.chair = Some(id);
        if !self.whom().is_empty() {
            return Ok(self);
        }
        let kind = &self.clinic.rules(self.service.id).chair_kind;
        let (zh, en) = if kind.is_empty() {
            (
                format!("该医生不在“{}”看诊", found.name),
                format!("The provider does not work at “{}”", found.name_en),
            )
        } else {
            (
                format!("“{}”需要“{kind}”类的椅子，“{}”不是", self.service.name, found.name),
                format!(
                    "“{}” needs a chair of the kind “{kind}”; “{}” is none",
                    self.service.name_en, found.name_en
                ),
            )
        };
        Err(Error::field("chair_id", "wrong_chair", zh, en))
    }
}
