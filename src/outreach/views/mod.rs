//! Markup of outreach.

pub(super) mod forecast;
pub(super) mod recall;
mod rules;

pub(super) use rules::{RuleSheet, RulesPage, rule_form, rules};
