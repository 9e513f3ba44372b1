//! Markup of outreach.

pub(super) mod forecast;
pub(super) mod recall;
mod rules;
mod trial;

pub(super) use rules::{RuleSheet, RulesPage, rule_form, rules};
pub(super) use trial::{Trial, tried};
