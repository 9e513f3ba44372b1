//! Email by lettre, one step at a time, so that it is known whether a failure came before or after the text was handed over.
//!
//! lettre's own pooled transport is not used: its `timeout` does not bound the server's replies, and its sockets wait
//! 40 ms per mail because small writes meet delayed acknowledgements. Here the socket is ours (`TCP_NODELAY`), connections
//! are kept for the next mail, and one limit bounds the whole send.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailCommand, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::{Address, Message};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::Instant as Moment;

use super::super::config::{Mail as Settings, Tls};
use super::super::ical::Invitation;
use super::super::outcome::{Outcome, Sending};
use super::tls::{Encrypted, starttls_parameters, tls_config};
use super::{Mail, Mailer};

/// An idle connection older than this is not used again: servers close them.
const IDLE_MAX: Duration = Duration::from_secs(20);
/// Idle connections kept.
const IDLE_COUNT: usize = 16;
/// How we sign in.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// A client of one SMTP server.
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
    login: Option<Credentials>,
    from: Mailbox,
    hello: ClientId,
    idle: Mutex<Vec<(AsyncSmtpConnection, Moment)>>,
}

enum Security {
    None,
    StartTls(TlsParameters),
    Tls(Arc<rustls::ClientConfig>),
}

impl Smtp {
    /// For the server of the settings.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn new(settings: &Settings) -> Result<Smtp, String> {
        let from: Mailbox = settings
            .from
            .parse()
            .map_err(|e| format!("configuration: mail.from: {e}"))?;
        let security = match settings.tls {
            Tls::None => Security::None,
            Tls::Starttls => Security::StartTls(starttls_parameters(settings)?),
            Tls::Tls => Security::Tls(Arc::new(tls_config(settings)?)),
        };
        Ok(Smtp {
            host: settings.host.clone(),
            port: settings.port,
            security,
            login: (!settings.user.is_empty())
                .then(|| Credentials::new(settings.user.clone(), settings.password.0.clone())),
            from,
            hello: ClientId::default(),
            idle: Mutex::new(Vec::new()),
        })
    }

    /// The mail with its headers. The Message-ID depends on nothing but the message.
    fn compose(&self, mail: &Mail, to: Address) -> Result<Message, String> {
        let seconds = u64::try_from(mail.at.0 / 1000).unwrap_or(0);
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject.clone())
            .date(std::time::UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(format!("<m{}@{}>", mail.id, self.from.email.domain())))
            .multipart(parts(mail)?)
            .map_err(|e| e.to_string())?;
        message.headers_mut().insert_raw(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
        Ok(message)
    }

    async fn run(&self, mail: &Mail, handed_over: &AtomicBool) -> Outcome {
        let to: Address = match mail.to.parse() {
            Ok(to) => to,
            Err(e) => {
                return Outcome::Permanent {
                    code: "address".into(),
                    text: format!("{e}"),
                };
            }
        };
        let message = match self.compose(mail, to.clone()) {
            Ok(message) => message.formatted(),
            Err(e) => {
                return Outcome::Permanent {
                    code: "compose".into(),
                    text: e,
                };
            }
        };
        // A kept connection may have been closed by the server: then nothing was sent, and a fresh one is tried.
        while let Some(mut kept) = self.take_idle() {
            match self.envelope(&mut kept, &to).await {
                Ok(()) => return self.hand_over(kept, &message, handed_over).await,
                Err(e) if e.status().is_some_and(|code| code.to_string() != "421") => return not_sent(&e),
                Err(_) => {}
            }
        }
        let mut fresh = match self.connect().await {
            Ok(fresh) => fresh,
            Err(outcome) => return outcome,
        };
        match self.envelope(&mut fresh, &to).await {
            Ok(()) => self.hand_over(fresh, &message, handed_over).await,
            Err(e) => not_sent(&e),
        }
    }

    fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((connection, since)) = idle.pop() {
            if since.elapsed() < IDLE_MAX && !connection.has_broken() {
                return Some(connection);
            }
        }
        None
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_COUNT && !connection.has_broken() {
            idle.push((connection, Moment::now()));
        }
    }

    /// Connected, encrypted as set, signed in.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Outcome> {
        let passing = |text: String| Outcome::Passing {
            retry_after: None,
            text,
        };
        let socket = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .and_then(|s| s.set_nodelay(true).map(|()| s))
            .map_err(|e| passing(format!("the mail server cannot be reached: {e}")))?;
        let mut connection = match &self.security {
            Security::Tls(config) => {
                let name =
                    ServerName::try_from(self.host.clone()).map_err(|e| Outcome::Config(format!("mail.host: {e}")))?;
                let stream = tokio_rustls::TlsConnector::from(Arc::clone(config))
                    .connect(name, socket)
                    .await
                    .map_err(|e| tls_failed(&e))?;
                AsyncSmtpConnection::connect_with_transport(Box::new(Encrypted(stream)), &self.hello).await
            }
            _ => AsyncSmtpConnection::connect_with_transport(Box::new(socket), &self.hello).await,
        }
        .map_err(|e| not_sent(&e))?;
        if let Security::StartTls(parameters) = &self.security {
            connection
                .starttls(parameters.clone(), &self.hello)
                .await
                .map_err(|e| match e.status() {
                    Some(_) => not_sent(&e),
                    None => tls_failed(&e),
                })?;
        }
        if let Some(login) = &self.login {
            connection.auth(&MECHANISMS, login).await.map_err(|e| auth_failed(&e))?;
        }
        Ok(connection)
    }

    /// Everything before the text.
    async fn envelope(&self, connection: &mut AsyncSmtpConnection, to: &Address) -> Result<(), SmtpError> {
        let mut options = Vec::new();
        let info = connection.server_info();
        if info.supports_feature(Extension::EightBitMime) {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let international = !AsRef::<str>::as_ref(to).is_ascii();
        if international && info.supports_feature(Extension::SmtpUtfEight) {
            options.push(MailParameter::SmtpUtfEight);
        }
        connection
            .command(MailCommand::new(Some(self.from.email.clone()), options))
            .await?;
        connection.command(Rcpt::new(to.clone(), vec![])).await?;
        connection.command(Data).await?;
        Ok(())
    }

    /// The text and its end. From here on a missing answer means "perhaps".
    async fn hand_over(
        &self,
        mut connection: AsyncSmtpConnection,
        message: &[u8],
        handed_over: &AtomicBool,
    ) -> Outcome {
        handed_over.store(true, Ordering::SeqCst);
        match connection.message(message).await {
            Ok(answer) => {
                self.keep(connection);
                let id = answer.first_line().map(str::to_owned);
                Outcome::Accepted { id }
            }
            Err(e) if e.status().is_some() => not_sent(&e),
            Err(e) => Outcome::Unknown(format!("the connection broke after the text: {e}")),
        }
    }
}

impl Mailer for Smtp {
    fn name(&self) -> &'static str {
        "smtp"
    }
    fn send<'a>(&'a self, mail: &'a Mail, limit: Duration) -> Sending<'a> {
        Box::pin(async move {
            let handed_over = AtomicBool::new(false);
            match tokio::time::timeout(limit, self.run(mail, &handed_over)).await {
                Ok(outcome) => outcome,
                Err(_) if handed_over.load(Ordering::SeqCst) => {
                    Outcome::Unknown(format!("no answer within {} s after the text", limit.as_secs()))
                }
                Err(_) => Outcome::Passing {
                    retry_after: None,
                    text: format!("the mail server did not answer within {} s", limit.as_secs()),
                },
            }
        })
    }
}

/// Text and HTML. An invitation is a third way to read the mail, which is what calendars look for, and a file beside it for
/// programs that do not know it (RFC 6047, 2.4).
fn parts(mail: &Mail) -> Result<MultiPart, String> {
    let part = |kind: ContentType, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
    let texts = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    let Some(Invitation { method, text }) = &mail.invitation else {
        return Ok(texts);
    };
    let kind = |text: &str| ContentType::parse(text).map_err(|e| e.to_string());
    let calendar = kind(&format!("text/calendar; charset=utf-8; method={}", method.as_str()))?;
    let file = Attachment::new("visit.ics".to_owned()).body(text.clone(), kind("application/ics")?);
    Ok(MultiPart::mixed()
        .multipart(texts.singlepart(part(calendar, text)))
        .singlepart(file))
}

/// The class of an error that came before the mail was accepted (messaging.md 3.6).
fn not_sent(e: &SmtpError) -> Outcome {
    let text = chain(e);
    match e.status().map(|code| code.to_string()) {
        Some(code) if ["530", "534", "535", "538", "454"].contains(&code.as_str()) => Outcome::Config(text),
        Some(code) if e.is_permanent() => Outcome::Permanent { code, text },
        None if e.is_client() => Outcome::Config(text),
        _ => Outcome::Passing {
            retry_after: None,
            text,
        },
    }
}

/// Every refusal of a sign-in is a matter of settings, except "not now" (4xx but 454).
fn auth_failed(e: &SmtpError) -> Outcome {
    match not_sent(e) {
        Outcome::Permanent { text, .. } => Outcome::Config(text),
        other => other,
    }
}

fn tls_failed(e: &dyn std::error::Error) -> Outcome {
    Outcome::Config(format!(
        "no trusted encrypted connection (mail.tls, mail.ca_file): {}",
        chain(e)
    ))
}

fn chain(e: &dyn std::error::Error) -> String {
    let mut text = e.to_string();
    let mut cause = e.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    text.chars().take(300).collect()
}
