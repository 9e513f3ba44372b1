//! One integration binary. Tests go through HTTP as a user does, on both databases, with a clock the test moves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

mod appointments;
mod outreach;
mod architecture;
mod platform;
mod replies;
mod staff;
