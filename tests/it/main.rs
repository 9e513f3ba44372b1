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

mod appointments;
mod architecture;
mod callbacks;
mod clinic;
mod config;
mod gateways;
mod import;
mod messaging;
mod outreach;
mod patients;
mod platform;
mod reception;
mod records;
mod replies;
mod roles;
mod staff;
