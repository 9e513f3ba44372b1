//! # Chairside
//!
//! Appointments, records, reminders, recall and callbacks for dental and other outpatient clinics, in Chinese and English.
//!
//! The clinic is one chain with nobody dropped between two links: appointment → reception → treatment → callback →
//! recall → appointment. Each folder is a part of that business; [`platform`] is the framework under them and [`app`]
//! alone knows them all.
//!
//! Who may import whom (`tests/it/architecture.rs` holds this):
//!
//! | level | module | may import |
//! |---|---|---|
//! | 0 | platform | nothing of ours |
//! | 1 | staff | platform |
//! | 2 | clinic, patients | below; not each other |
//! | 3 | messaging | below |
//! | 4 | records, appointments, documents | below; appointments may import records |
//! | 5 | callbacks | below |
//! | 6 | outreach | below |
//! | 7 | replies | below |
//! | 8 | app, cli, main | all |

pub mod app;
pub mod appointments;
pub mod callbacks;
pub mod cli;
pub mod clinic;
pub mod documents;
pub mod messaging;
pub mod outreach;
pub mod patients;
pub mod platform;
pub mod records;
pub mod replies;
pub mod staff;
