//! Markup of outreach.

pub(super) mod days;
pub(super) mod forecast;
pub(super) mod recall;
mod rule_form;
mod rules;
mod trial;

pub(super) use rule_form::{RuleSheet, rule_form};
pub(super) use rules::{RulesPage, rules};
pub(super) use trial::tried;
