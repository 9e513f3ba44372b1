//! What every product needs and no clinic is made of: configuration, database, clock, errors, jobs, mail and SMS
//! transport, web frame. Nothing here knows what a tooth is.

pub mod clock;
pub mod config;
pub mod crypto;
pub mod db;
pub mod error;
pub mod i18n;
pub mod ical;
pub mod ids;
pub mod jobs;
pub mod limit;
pub mod links;
pub mod lunar;
pub mod mail;
pub mod outcome;
pub mod sms;
pub mod telemetry;
pub mod web;
