//! All SQL of messages.

mod addressed;
mod attempts;
mod calls;
mod claims;
mod families;
mod files;
mod heads;
mod health;
mod ledger;
mod manners;
mod outbox;
mod providers;
mod reports;
mod templates;
mod turns;
mod wishes;

pub use addressed::{insert_addressed, tests_since};
pub use attempts::*;
pub use calls::{Open, find_by_gateway_id, open_texts, went_by};
pub use claims::*;
pub use families::{go_along, relatives, went_along};
pub use files::{files_of, put_files, size_of};
pub use heads::{
    NewHead, Version, all_templates, find_version, insert_head, insert_version, one_template, update_head, versions_of,
};
pub use health::{delete_health, find_health, first_of_thread, lock_health, put_health};
pub use ledger::{
    Alike, AttemptRow, Filter, Line, Place, Receivers, ReportRow, attempts_of, count_alike, count_attention,
    count_lines, find_by_key, find_message, get_message, is_noted_since, last_of, last_tries, list_lines,
    list_messages, messages_of_patient, reports_of, sent_to,
};
pub use manners::{
    lock_address, put_manners, sent_to_addresses, sent_to_family, sent_to_patient, sent_to_patients, the_manners,
    zones_of,
};
pub use outbox::*;
pub use providers::{all_entered, providers_of, put_provider};
pub use reports::{insert_report, report_state};
pub use templates::{Template, find_written, insert_template, list_templates, templates_of, update_template};
pub use turns::{Ahead, take_turns};
pub use wishes::*;

/// Keeps two dispatchers from sending one patient two commercial messages at once.
pub use crate::patients::lock_patient;
