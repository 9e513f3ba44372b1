//! `demo`: a believable clinic to try everything with. Nothing leaves the machine.

pub mod clinic;
