//! A write over the API: on which version it is made, and that its answer is kept with it when it named a key.

use std::future::{Future, Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::db::{Conn, Db};
use super::super::error::{Error, Refusal, Result};
use super::once::{self, Claim};
use super::reply::Reply;

/// What a request that changes something says of itself in its headers.
#[derive(Debug, Clone)]
pub struct Change {
    claim: Option<Claim>,
    if_match: Option<i64>,
}

impl Change {
    /// The version that the change was made on: the one in `If-Match`, or the body's `version`.
    ///
    /// # Errors
    /// 428 when there is neither, 422 when they differ.
    pub fn version(&self, in_body: Option<i64>) -> Result<i64> {
        match (self.if_match, in_body) {
            (Some(header), Some(body)) if header != body => Err(Error::field(
                "version",
                "contradicts_if_match",
                "version 与 If-Match 不一致",
                "version and If-Match name different versions",
            )),
            (Some(version), _) | (None, Some(version)) => Ok(version),
            (None, None) => Err(Error::refused(
                StatusCode::PRECONDITION_REQUIRED,
                "precondition_required",
                "请用 If-Match 或 version 注明修改所依据的版本",
                "Name the version that this change was made on, in If-Match or as version",
            )),
        }
    }

    /// Does it, by one write of `act` on the database that it is given, and answers with what `reply` makes of the write's
    /// result. That is made and, if the request named an `Idempotency-Key`, kept in the write's own transaction.
    ///
    /// # Errors
    /// Those of `act` and `reply`; `in_progress` when the same request took over meanwhile (nothing is done then).
    pub async fn answer<T, R, A, F, U>(&self, db: &Db, reply: R, act: A) -> Result<HttpResponse>
    where
        T: 'static,
        R: Fn(&mut Conn, &T) -> Result<Reply> + Send + Sync + 'static,
        A: FnOnce(Db) -> F,
        F: Future<Output = Result<U>>,
    {
        let made = Arc::new(Mutex::new(None));
        let (claim, slot) = (self.claim.clone(), Arc::clone(&made));
        let db = db.ending_with(move |c, result: &T| {
            let reply = reply(c, result)?;
            if let Some(claim) = &claim {
                once::keep(c, claim, &reply)?;
            }
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply);
            Ok(())
        });
        act(db).await?;
        let made = made.lock().unwrap_or_else(PoisonError::into_inner).take();
        made.map(HttpResponse::from)
            .ok_or_else(|| Error::Internal("a change over the API ended without its write".into()))
    }

    /// Adds to a `stale` refusal what the thing is by now. It is 412 when the version was in `If-Match`, else 409.
    ///
    /// # Errors
    /// The refusal; whatever else `done` is; those of `current`.
    pub async fn or_stale<T, F>(&self, db: &Db, done: Result<HttpResponse>, current: F) -> Result<HttpResponse>
    where
        T: Serialize + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let Err(Error::Conflict {
            code: "stale",
            text,
            mut extra,
        }) = done
        else {
            return done;
        };
        // A write: giving somebody's data is noted.
        let current = serde_json::to_value(db.write(current).await?).map_err(|e| Error::Internal(e.to_string()))?;
        match &mut extra {
            Value::Object(members) => {
                members.insert("current".into(), current);
            }
            _ => extra = json!({ "current": current }),
        }
        Err(if self.if_match.is_some() {
            Error::Refused(Box::new(Refusal {
                status: StatusCode::PRECONDITION_FAILED,
                code: "stale",
                text,
                extra,
                retry_after: None,
            }))
        } else {
            Error::Conflict {
                code: "stale",
                text,
                extra,
            }
        })
    }
}

impl FromRequest for Change {
    type Error = Error;
    type Future = Ready<Result<Change>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let claim = req.extensions().get::<Claim>().cloned();
        ready(if_match(req).map(|if_match| Change { claim, if_match }))
    }
}

/// One strong tag of ours: a list or `*` would change what nobody has looked at.
fn if_match(req: &HttpRequest) -> Result<Option<i64>> {
    let mut given = req.headers().get_all(header::IF_MATCH);
    let Some(first) = given.next() else {
        return Ok(None);
    };
    let tag = first.to_str().ok().filter(|_| given.next().is_none()).unwrap_or("");
    let version = tag.trim().strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    match version.and_then(|v| v.parse().ok()) {
        Some(version) => Ok(Some(version)),
        None => Err(Error::field(
            "If-Match",
            "invalid",
            "If-Match 应为读取时得到的一个 ETag，例如 \"3\"",
            "If-Match is one ETag as it was read, for example \"3\"",
        )),
    }
}
