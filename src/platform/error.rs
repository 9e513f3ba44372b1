//! One error type. Each case has a code that machines read, an HTTP status, and a text in both languages.
//! [`super::web::respond`] turns it into a page, a fragment or `application/problem+json` as the request wants.

use actix_web::http::StatusCode;
use serde::Serialize;

use super::clock::Instant;
use super::i18n::Text;

/// What went wrong, in terms a handler, an API client or a clerk can act on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The thing asked for is not there, or not for this person to see. 404.
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// Input that a form or API call has to correct, field by field. 422.
    #[error("invalid input")]
    Invalid(Vec<FieldError>),
    /// A request that cannot be read at all. 400.
    #[error("bad request: {}", .0.en)]
    BadRequest(Text),
    /// The state of things forbids it: a slot just taken, a stale version, an undo too late. 409.
    #[error("conflict {code}: {}", text.en)]
    Conflict {
        /// For machines: `slot_taken`, `stale`, `wrong_state`, …
        code: &'static str,
        /// For people.
        text: Text,
        /// What helps to go on, as members of the problem+json answer (e.g. the next free times).
        extra: serde_json::Value,
    },
    /// A condition that the request itself names does not hold: a version in `If-Match`, an `Idempotency-Key`.
    #[error("refused {}: {}", .0.code, .0.text.en)]
    Refused(Box<Refusal>),
    /// Not signed in. 401.
    #[error("not signed in")]
    Unauthorized,
    /// Signed in, but this role may not. 403.
    #[error("forbidden")]
    Forbidden,
    /// A form that was not sent from our own pages. 403.
    #[error("foreign origin")]
    ForeignOrigin,
    /// More than is taken at once. 413.
    #[error("too large")]
    TooLarge,
    /// The address is there, but not for this method. 405.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// Too many tries. 429.
    #[error("too many requests, retry after {retry_after_seconds} s")]
    TooMany {
        /// Seconds to wait.
        retry_after_seconds: i64,
    },
    /// The database can't be reached or is busy beyond its time limit. 503: the same request may work in a moment.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The database has no room left. 507: nothing was kept, and trying again is of no use before somebody makes room.
    #[error("the database is full: {0}")]
    Full(String),
    /// A database error that no caller made sense of.
    #[error("database: {0}")]
    Db(#[source] diesel::result::Error),
    /// A bug or a broken environment. 500; the text goes to the log, never to the client.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<diesel::result::Error> for Error {
    fn from(e: diesel::result::Error) -> Error {
        use diesel::result::{DatabaseErrorKind as Kind, Error as Diesel};
        match e {
            Diesel::DatabaseError(Kind::ClosedConnection | Kind::UnableToSendCommand, said) => {
                Error::Unavailable(said.message().to_owned())
            }
            Diesel::DatabaseError(kind, said) if is_full(said.message()) => {
                tracing::error!(db.error = said.message(), db.kind = ?kind, "no room left for the database");
                Error::Full(said.message().to_owned())
            }
            Diesel::DatabaseError(Kind::SerializationFailure, said) => Error::Unavailable(said.message().to_owned()),
            Diesel::DatabaseError(Kind::Unknown, said) if passes(said.message()) => {
                Error::Unavailable(said.message().to_owned())
            }
            other => Error::Db(other),
        }
    }
}

/// Whether the database says that it waited too long for others, or was chosen to give way: the same may work in a moment.
/// Both say it by their texts alone: diesel tells a few kinds of errors apart, and these are none of them. (A PostgreSQL
/// that speaks another language by its `lc_messages` is taken to have met a fault.)
fn passes(said: &str) -> bool {
    const PASSING: [&str; 5] = [
        "canceling statement due to lock timeout",
        "canceling statement due to statement timeout",
        "deadlock detected",
        "could not serialize access",
        "database is locked",
    ];
    PASSING.iter().any(|text| said.contains(text))
}

/// Whether the database says that it has no room left: SQLite's text for a full disk, PostgreSQL's for the same.
fn is_full(said: &str) -> bool {
    said.contains("database or disk is full") || said.contains("No space left on device")
}

/// What a condition of the request comes to when it does not hold.
#[derive(Debug)]
pub struct Refusal {
    /// 409, 412, 422 or 428.
    pub status: StatusCode,
    /// For machines: `stale`, `precondition_required`, `in_progress`, `idempotency_key_reused`.
    pub code: &'static str,
    /// For people.
    pub text: Text,
    /// As in [`Error::Conflict`].
    pub extra: serde_json::Value,
    /// Seconds after which the same request may be answered.
    pub retry_after: Option<i64>,
}

/// One field's fault.
#[derive(Debug, Clone, Serialize)]
pub struct FieldError {
    /// The field's name as the form or JSON has it.
    pub field: String,
    /// For machines: `required`, `invalid`, `too_long`, …
    pub code: &'static str,
    /// For people.
    pub text: Text,
}

impl FieldError {
    /// A fault of `field`.
    pub fn new(field: impl Into<String>, code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        FieldError {
            field: field.into(),
            code,
            text: Text::new(zh, en),
        }
    }
    /// The field must not be empty.
    pub fn required(field: impl Into<String>) -> Self {
        FieldError::new(field, "required", "此项必填", "This is required")
    }
}

/// Shorthand used throughout.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A single field's fault.
    pub fn field(field: impl Into<String>, code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Error {
        Error::Invalid(vec![FieldError::new(field, code, zh, en)])
    }
    /// A conflict with nothing more to say than its text.
    pub fn conflict(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Error {
        Error::Conflict {
            code,
            text: Text::new(zh, en),
            extra: serde_json::Value::Null,
        }
    }
    /// Somebody changed the row since it was read.
    pub fn stale() -> Error {
        Error::conflict(
            "stale",
            "此内容刚被其他人修改，请查看最新内容后再试",
            "Someone else has just changed this. Look at the latest version and try again",
        )
    }
    /// [`Error::stale`] that says who it was and when, as `changed_by` and `changed_at`.
    pub fn stale_since(by: &str, at: Instant, zone: chrono_tz::Tz) -> Error {
        let time = at.local(zone).format("%H:%M");
        Error::Conflict {
            code: "stale",
            text: Text::new(
                format!("此内容刚被其他人修改（{by} {time}），请查看最新内容后再试"),
                format!(
                    "Someone else has just changed this ({by} at {time}). Look at the latest version and try again"
                ),
            ),
            extra: serde_json::json!({ "changed_by": by, "changed_at": at.rfc3339() }),
        }
    }
    /// A [`Refusal`] with nothing more to say than its text.
    pub fn refused(status: StatusCode, code: &'static str, zh: &str, en: &str) -> Error {
        Error::Refused(Box::new(Refusal {
            status,
            code,
            text: Text::new(zh, en),
            extra: serde_json::Value::Null,
            retry_after: None,
        }))
    }
    /// What a commit came to that failed, by what the database says of it.
    pub(super) fn of_commit(said: &str) -> Error {
        if is_full(said) {
            Error::Full(said.to_owned())
        } else {
            Error::Unavailable(said.to_owned())
        }
    }
    /// For machines.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NotFound(_) => "not_found",
            Error::Invalid(_) => "invalid",
            Error::BadRequest(_) => "bad_request",
            Error::Conflict { code, .. } => code,
            Error::Refused(r) => r.code,
            Error::Unauthorized => "unauthorized",
            Error::Forbidden => "forbidden",
            Error::ForeignOrigin => "foreign_origin",
            Error::TooLarge => "too_large",
            Error::MethodNotAllowed => "method_not_allowed",
            Error::TooMany { .. } => "too_many_requests",
            Error::Unavailable(_) => "unavailable",
            Error::Full(_) => "storage_full",
            Error::Db(diesel::result::Error::NotFound) => "not_found",
            Error::Db(_) | Error::Internal(_) => "internal",
        }
    }
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Error::NotFound(_) | Error::Db(diesel::result::Error::NotFound) => StatusCode::NOT_FOUND,
            Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::BadRequest(_) => StatusCode::BAD_REQUEST,
            Error::Conflict { .. } => StatusCode::CONFLICT,
            Error::Refused(r) => r.status,
            Error::Unauthorized => StatusCode::UNAUTHORIZED,
            Error::Forbidden => StatusCode::FORBIDDEN,
            Error::ForeignOrigin => StatusCode::FORBIDDEN,
            Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Error::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Full(_) => StatusCode::INSUFFICIENT_STORAGE,
            Error::Db(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
    /// What kind of thing it is, in the same words each time: the `title` of the problem+json answer.
    pub fn title(&self) -> Text {
        match self {
            Error::NotFound(_) | Error::Db(diesel::result::Error::NotFound) => Text::new("没有找到", "Not found"),
            Error::Invalid(_) => Text::new("内容有误", "Invalid input"),
            Error::BadRequest(_) => Text::new("请求无法读取", "Bad request"),
            Error::Conflict { .. } => Text::new("与当前状态冲突", "Conflict with the present state"),
            Error::Refused(_) => Text::new("请求的条件不成立", "A condition of the request does not hold"),
            Error::Unauthorized => Text::new("未登录", "Not signed in"),
            Error::Forbidden | Error::ForeignOrigin => Text::new("不允许", "Not allowed"),
            Error::TooLarge => Text::new("内容太大", "Too large"),
            Error::MethodNotAllowed => Text::new("方法不支持", "Method not allowed"),
            Error::TooMany { .. } => Text::new("请求过多", "Too many requests"),
            Error::Unavailable(_) => Text::new("暂时不可用", "Unavailable for now"),
            Error::Full(_) => Text::new("存储空间已满", "No room left"),
            Error::Db(_) | Error::Internal(_) => Text::new("系统出错", "Internal error"),
        }
    }
    /// For people. Internal causes are not told.
    pub fn text(&self) -> Text {
        match self {
            Error::NotFound(_) | Error::Db(diesel::result::Error::NotFound) => {
                Text::new("没有找到", "There is nothing here")
            }
            Error::Invalid(_) => Text::new("请更正标出的内容", "Please correct what is marked"),
            Error::BadRequest(t) | Error::Conflict { text: t, .. } => t.clone(),
            Error::Refused(r) => r.text.clone(),
            Error::Unauthorized => Text::new("请先登录", "Please sign in"),
            Error::Forbidden => Text::new("您的角色无权执行此操作", "Your role does not allow this"),
            Error::ForeignOrigin => Text::new(
                "请求不是从本系统的页面发出的，请回到页面重试",
                "This was not sent from a page of ours. Go back to the page and try again",
            ),
            Error::TooLarge => Text::new("内容太大，未保存", "This is too large and was not saved"),
            Error::MethodNotAllowed => Text::new("此地址不支持该操作", "This address does not do that"),
            Error::TooMany { retry_after_seconds } => Text::new(
                format!("尝试次数过多，请 {} 分钟后再试", minutes_up(*retry_after_seconds)),
                format!("Too many tries. Try again in {} min", minutes_up(*retry_after_seconds)),
            ),
            Error::Unavailable(_) => Text::new(
                "数据库暂时无法访问或正忙，请稍后重试",
                "The database cannot be reached or is busy right now. Please try again",
            ),
            Error::Full(_) => Text::new(
                "数据库所在的磁盘已满，没有保存。请管理员腾出空间后再试",
                "The disk of the database is full, and nothing was saved. Ask the administrator to make room, then try again",
            ),
            Error::Db(_) | Error::Internal(_) => Text::new(
                "系统出错，已记录。请重试或联系管理员",
                "Something broke and was logged. Try again or tell the administrator",
            ),
        }
    }
}

fn minutes_up(seconds: i64) -> i64 {
    (seconds.max(1) + 59) / 60
}

impl actix_web::ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.status()
    }
    /// Only the status: the body is written by [`super::web::respond`], which knows the request.
    fn error_response(&self) -> actix_web::HttpResponse {
        actix_web::HttpResponse::new(self.status())
    }
}
