//! One integration binary. Tests go through HTTP as a user does, on both databases, with a clock the test moves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::disallowed_methods,
    reason = "a test that cannot go on stops; it tells its story from top to bottom; tests/run speaks through the environment"
)]

mod support;

mod api_contract;
mod api_document;
mod api_pages;
mod appointments;
mod architecture;
mod board_live;
mod board_week;
mod calendar;
mod callbacks;
mod callbacks_log;
mod campaigns;
mod clerks;
mod clinic;
mod config;
mod crashes;
mod documents;
mod gateways;
mod idempotency;
mod import;
mod inbox;
mod messaging;
mod messaging_detail;
mod messaging_late;
mod messaging_plans;
mod messaging_stop;
mod messaging_trials;
mod online;
mod outreach;
mod patients;
mod plans;
mod platform;
mod recall_undo;
mod reception;
mod records;
mod replies;
mod roles;
mod segments;
mod staff;
mod storms;
mod strain;
mod survey;
