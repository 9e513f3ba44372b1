//! Who works here: accounts, roles, sessions, and the audit of who did what.
//!
//! Every route is declared with the roles that may use it ([`get`], [`post`] with an [`Allow`]); a route without one does
//! not compile. Sessions and failed sign-ins are rows, so that every instance agrees and a restart forgets nothing.

mod actions;
mod audit;
mod gate;
mod lock;
mod model;
mod pages;
mod store;
mod views;

pub use actions::{
    check_sign_in, clean_up, create_user, invite, issue_token, make_first_link, sign_in, sign_out, use_link,
};
pub use audit::{
    AuditEntry, AuditFilter, Changes, PatientName, PatientNames, Subject, audit, check_seen, last_change,
    last_change_of, list_audit, names_were_shown, read_of_list, read_of_record, search_audit, stale, version_of,
};
pub use gate::{Nav, NavSource, Pass, delete, get, patch, post, put};
pub use model::{Actor, Allow, CLINICAL, DESK, EVERYONE, MANAGERS, NewUser, ONLY_ADMINISTRATOR, Role, User, UserId};
pub use store::{count_administrators, find_user, find_user_by_login, list_users};
pub use views::settings::{SEEN, Section, settings_page, told_stale, up_to_settings};

use actix_web::web;

/// Signing in and out, the first administrator, invitations, accounts, the audit.
pub fn routes(cfg: &mut web::ServiceConfig) {
    pages::door::routes(cfg);
    lock::routes(cfg);
    pages::own::routes(cfg);
    pages::tokens::routes(cfg);
    pages::accounts::routes(cfg);
    pages::audit::routes(cfg);
}
