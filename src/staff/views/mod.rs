//! What the pages of accounts look like.

pub(super) mod accounts;
pub(super) mod audit;
pub(super) mod door;
pub(super) mod own;
pub(super) mod settings;
pub(super) mod tokens;
mod words;
