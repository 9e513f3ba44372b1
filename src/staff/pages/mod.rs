//! Pages of accounts: the door (sign-in, one-time links), the accounts themselves, the audit.

pub(super) mod accounts;
pub(super) mod audit;
pub(super) mod door;
pub(super) mod own;
pub(super) mod tokens;
