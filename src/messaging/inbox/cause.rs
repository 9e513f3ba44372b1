//! What the desk writes back, and what a missed call is answered with, when the dispatcher asks for it.

use serde_json::{Map, json};

use super::super::model::{Cause, MessageCause, Purpose, Verdict};
use super::model::AnswerId;
use super::store;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};

/// The kind of these messages' cause; without a row it is a missed call's.
pub(super) const KIND: &str = "desk-answer";

/// Messages that somebody wrote in a conversation.
pub struct DeskCause;

impl MessageCause for DeskCause {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn verdict(&self, c: &mut Conn, _: Instant, cause: &Cause, _: Purpose, _: Lang) -> Result<Verdict> {
        let text = match cause.id {
            None => String::new(),
            Some(id) => match store::find_answer(c, AnswerId(id))? {
                Some(text) => text,
                None => {
                    let why = Text::new("答复已不存在", "The answer is gone");
                    return Ok(Verdict::Skip("answer-gone", why));
                }
            },
        };
        Ok(Verdict::Send(Map::from_iter([("text".to_owned(), json!(text))])))
    }

    fn answers(&self, c: &mut Conn, cause: &Cause) -> Result<Option<String>> {
        match cause.id {
            Some(id) => store::last_before(c, AnswerId(id)),
            None => Ok(None),
        }
    }
}
