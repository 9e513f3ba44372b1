//! Signing in, roles, lockout, the first administrator, the audit.

mod accounts;
mod audit;
mod door;
mod lock;
