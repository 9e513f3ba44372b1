//! What nearly every handler needs, as one extractor.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use super::super::clock::{Clock, Instant};
use super::super::config::Config;
use super::super::crypto::Keys;
use super::super::db::Db;
use super::super::error::{Error, Result};
use super::super::links::PublicLinks;
use super::Shown;

/// Database, clock, settings and keys of the running product.
#[derive(Clone)]
pub struct Ctx {
    /// The database.
    pub db: Db,
    /// Where "now" comes from.
    pub clock: Clock,
    /// Settings.
    pub config: Arc<Config>,
    /// Secret keys.
    pub keys: Keys,
    /// Whose names were shown to whom lately.
    pub shown: Shown,
}

impl Ctx {
    /// The present instant.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }
    /// What links to the outside are made with.
    pub fn links(&self) -> PublicLinks {
        PublicLinks::new(&self.keys, &self.config.server)
    }
}

impl FromRequest for Ctx {
    type Error = Error;
    type Future = Ready<Result<Ctx>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = req.app_data::<web::Data<Ctx>>().map(|c| Ctx::clone(c));
        ready(found.ok_or_else(|| Error::Internal("app data missing".into())))
    }
}
