//! Walk-ins and their triage, and waiting times summed up. Pure.

pub mod waits;
pub mod walk_in;
