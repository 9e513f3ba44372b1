//! What patients answer: the pages behind the links in messages, where a visit is confirmed, moved or cancelled (`/v/`), and
//! a time that got free is taken or declined (`/o/`), the pages on which they book by themselves (`/book`), the way out of mail
//! that is not about a visit (`/u/`), how a visit was (`/q/`), what they were sent beside words (`/f/`), and the texts by which they answer ([`Answers`]).
//!
//! Nobody signs in here: the link is signed, names one appointment and ends an hour after it. Opening it changes nothing
//! (mail scanners and previews open links, too); the buttons post.

mod answers;
mod booking;
mod documents;
mod model;
mod offer;
mod offer_view;
mod pages;
mod survey;
mod unsubscribe;
mod views;

pub use answers::{AnswerCause, Answers, WhichCause};

use actix_web::web;

/// The patient's pages.
pub fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    pages::kiosk::routes(cfg);
    offer::routes(cfg);
    booking::routes(cfg);
    survey::routes(cfg);
    documents::routes(cfg);
    unsubscribe::routes(cfg);
}
