//! Segments: who is meant, in plain conditions that are asked anew each time.
//!
//! A segment is one document of typed conditions ([`Definition`]). The database answers it with one query; nobody is copied
//! into it. Rules and campaigns ask for its [`members`] or which of some patients are among them ([`those_in`]); the desk
//! works it as a list, with a mark for everybody it has seen to.

mod actions;
mod api;
mod model;
mod pages;
mod store;
mod views;

pub use actions::{NewSegment, add};
pub use api::ApiDoc;
pub use model::{
    Condition, Definition, Group, Known, Mark, Match, Reach, Segment, SegmentId, Test, Unit, When, faulty_words,
    tidy_words, words,
};
pub use store::{Moment, count, find_segment, get_segment, list_segments, members, page_of, those_in};

use actix_web::web;

/// Segments as pages and JSON.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
}
