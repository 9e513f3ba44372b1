//! Documents (clinic.md R10): the clinic's journal and leaflets, and results and reports of one patient; sent by a link, and
//! what is the clinic's with an email, too.
//!
//! A document is a title and a file in one or both languages. Once it has been sent it stays what it was: a correction is a
//! new document, the old one is withdrawn, and its links say so. A [`Sending`] is who was sent what, when, by whom, and
//! whether it was opened. What belongs to a patient leaves only behind their date of birth, and never as an attachment.

mod actions;
mod api;
mod cause;
mod link;
mod model;
mod pages;
mod store;
mod timeline;
mod views;

pub use actions::{File, NewDocument, add, file_of, note_opened, send, take_try};
pub use api::ApiDoc;
pub use cause::{SendingCause, enclosed, variables, withdrawn};
pub use link::{key, read_key, read_link};
pub use model::{Document, DocumentId, Edition, Kind, MediaType, Sending, SendingId, edition_for};
pub use pages::answer;
pub use store::{
    Titles, documents_of, editions_of, find_document, find_sending, insert_sending, lock_document, offered,
    set_message, those_with,
};
pub use timeline::DocumentTimeline;

use actix_web::web;

/// The clinic's documents, a patient's, and the API.
pub fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
}
