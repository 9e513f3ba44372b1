//! Markup of outreach.

pub(super) mod recall;
mod rules;

pub(super) use rules::{RulesPage, rule_form, rules};
