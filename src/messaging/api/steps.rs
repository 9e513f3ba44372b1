//! What is done with one message by hand.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::actions;
use super::super::model::{MessageId, MessageStep};
use super::{MessageDetail, whole};
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::{Body, Change, Ctx, Reply};
use crate::staff::{self, Actor, DESK};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/messages/{id}/steps").route(staff::post(DESK, act)));
}

/// What is to be done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageStepBody {
    /// What.
    step: MessageStep,
}

/// Stops a message that is not on its way yet, sends one at once that is held, or sends one again that did not (surely)
/// arrive. Answers with the message; after `send-again` with the new one, which is held for two minutes.
#[utoipa::path(post, path = "/api/v1/messages/{id}/steps", params(("id" = i64, Path, description = "Row id")),
    request_body = MessageStepBody, tag = "messages",
    responses((status = 200, body = MessageDetail), (status = 404, description = "There is no such message"),
        (status = 409, description = "It is not where this could be done with it"), (status = 422, description = "A field is wrong")))]
pub(super) async fn act(
    (ctx, change): (Ctx, Change),
    lang: Lang,
    actor: Actor,
    id: web::Path<MessageId>,
    body: Body<MessageStepBody>,
) -> Result<HttpResponse> {
    let (of, now) = ((*id, body.0.step), ctx.now());
    let work = |db: Db| async move { db.write(move |c: &mut Conn| actions::step(c, now, &actor, of)).await };
    change
        .answer(
            &ctx.db,
            move |c, seen: &MessageId| Reply::ok(&whole(c, *seen, lang)?.1),
            work,
        )
        .await
}
