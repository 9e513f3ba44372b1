//! Segments and their conditions. Pure.

mod check;
mod condition;
mod kind;
mod presets;
mod rows;
mod words;

pub use check::{faulty_words, tidy_words, words};
pub use condition::{Condition, Reach, Test, Unit, When, years_back};
pub use kind::Kind;
pub use presets::Preset;
pub use rows::{Row, RowGroup, Rows, field_name};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clinic::{self, Provider, ProviderId, Service, ServiceId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, text_enum};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::id_type;
use crate::staff::{CLINICAL, Role};

/// Most groups of a segment, and most conditions of a group.
pub const GROUPS_MAX: usize = 5;
pub const CONDITIONS_MAX: usize = 10;
/// Longest name, in characters.
pub const NAME_MAX: usize = 60;

id_type! {
    /// Row id of a segment.
    SegmentId
}

text_enum! {
    /// How conditions are joined.
    Match {
        /// All must hold.
        All = "all",
        /// One is enough.
        Any = "any",
    }
}

text_enum! {
    /// What the desk has done about somebody.
    Mark {
        /// They were called.
        Called = "called",
        /// They were written to.
        Texted = "texted",
        /// Nothing more is to be done.
        Done = "done",
    }
}

impl Match {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Match::All => Text::new("满足全部", "all of these"),
            Match::Any => Text::new("满足任一", "any of these"),
        }
    }
}

impl Mark {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Mark::Called => Text::new("已致电", "Called"),
            Mark::Texted => Text::new("已发消息", "Texted"),
            Mark::Done => Text::new("已完成", "Done"),
        }
    }
    /// Icon of the sprite.
    pub fn icon(self) -> &'static str {
        match self {
            Mark::Called => "phone",
            Mark::Texted => "message-square-text",
            Mark::Done => "check",
        }
    }
}

/// Who is meant: groups of conditions, one level deep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// How the groups are joined.
    #[serde(default = "all")]
    pub join: Match,
    /// 1 to 5 groups.
    pub groups: Vec<Group>,
}

/// Conditions that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// How they are joined.
    #[serde(default = "all")]
    pub join: Match,
    /// 1 to 10 conditions.
    pub conditions: Vec<Condition>,
}

fn all() -> Match {
    Match::All
}

impl Definition {
    /// All of these conditions.
    pub fn all_of(conditions: Vec<Condition>) -> Definition {
        Definition {
            join: Match::All,
            groups: vec![Group {
                join: Match::All,
                conditions,
            }],
        }
    }
    /// Every condition.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.groups.iter().flat_map(|g| &g.conditions)
    }
    /// Whether it asks for what only those who treat may read.
    pub fn is_clinical(&self) -> bool {
        self.conditions().any(|c| c.is.is_clinical())
    }
    /// Whether somebody of this role may read what it asks for.
    pub fn is_open_to(&self, role: Option<Role>) -> bool {
        !self.is_clinical() || role.is_some_and(|r| CLINICAL.contains(&r))
    }
    /// The stored form.
    pub fn stored(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|e| Error::Internal(e.to_string()))
    }
    /// Reads the stored form.
    pub fn read(stored: &str) -> Result<Definition> {
        serde_json::from_str(stored).map_err(|e| Error::Internal(format!("a segment's conditions: {e}")))
    }
}

/// A segment.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Row id.
    pub id: SegmentId,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// Who is meant.
    pub definition: Definition,
    /// When the present round of work began.
    pub round_at: Instant,
    /// Since when it is offered and listed no more.
    pub archived_at: Option<Instant>,
    /// Rises with every change.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Segment {
    /// Name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        lang.pick(&self.name, &self.name_en)
    }
    /// Whether rules and campaigns may choose it.
    pub fn is_offered(&self) -> bool {
        self.archived_at.is_none()
    }
}

/// What of the clinic conditions may name.
#[derive(Debug, Clone)]
pub struct Known {
    /// All services, also those that are not booked any more.
    pub services: Vec<Service>,
    /// All who treat or have treated.
    pub providers: Vec<Provider>,
}

impl Known {
    /// As the clinic has it now.
    ///
    /// # Errors
    /// Those of the database.
    pub fn load(c: &mut Conn) -> Result<Known> {
        Ok(Known {
            services: clinic::list_services(c, true)?,
            providers: clinic::list_providers(c, true)?,
        })
    }
    /// A service's name.
    pub fn service(&self, id: ServiceId, lang: Lang) -> Option<&str> {
        self.services.iter().find(|s| s.id == id).map(|s| s.name_in(lang))
    }
    /// A provider's name.
    pub fn provider(&self, id: ProviderId, lang: Lang) -> Option<&str> {
        self.providers.iter().find(|p| p.id == id).map(|p| p.name_in(lang))
    }
    /// The specialities there are, as `(stored, for people)`.
    pub fn specialities(&self, lang: Lang) -> Vec<(&str, &str)> {
        let mut all: Vec<(&str, &str)> = Vec::new();
        for p in self.providers.iter().filter(|p| !p.speciality.is_empty()) {
            if !all.iter().any(|(stored, _)| *stored == p.speciality) {
                all.push((&p.speciality, p.speciality_in(lang)));
            }
        }
        all
    }
}
