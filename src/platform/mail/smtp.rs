//! Email by lettre, one step at a time, so that it is known whether a failure came before or after the text was handed over.
//!
//! lettre's own pooled transport is not used: its `timeout` does not bound the server's replies, and its sockets wait
//! 40 ms per mail because small writes meet delayed acknowledgements. Here the socket is ours (`TCP_NODELAY`), connections
//! are kept for the next mail, and one limit bounds the whole send.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailCommand, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::Instant as Moment;

use super::super::config::{Mail as Settings, Tls};
use super::super::limit::Limit;
use super::super::outcome::{Outcome, Sending};
use super::compose::compose;
use super::dkim::Signer;
use super::tls::{Encrypted, starttls_parameters, tls_config};
use super::{Mail, Mailer};

/// An idle connection older than this is not used again: servers close them.
const IDLE_MAX: Duration = Duration::from_secs(20);
/// Idle connections kept.
const IDLE_COUNT: usize = 16;
/// How we sign in.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];
/// How long a server that greylists is left alone, in seconds: most let a mail in after five minutes (messaging.md 3.6).
const GREYLIST_SECONDS: i64 = 300;

/// A client of one SMTP server.
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
    login: Option<Credentials>,
    from: Mailbox,
    /// Where bounces go; none: to the sender.
    bounce_to: Option<Address>,
    signer: Option<Signer>,
    hello: ClientId,
    limit: Limit,
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
            bounce_to: bounce_address(&settings.bounce_to)?,
            signer: Signer::load(settings)?,
            hello: ClientId::default(),
            limit: Limit::new(settings.rate_per_second, settings.concurrency),
            idle: Mutex::new(Vec::new()),
        })
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
        let unfit = |text: String| Outcome::Permanent {
            code: "compose".into(),
            text,
        };
        let message = match self.written(mail, &to) {
            Ok(message) => message,
            Err(e) => return unfit(e),
        };
        let sender = match self.envelope_sender(mail) {
            Ok(sender) => sender,
            Err(e) => return unfit(e),
        };
        let route = Route { sender, to };
        // A kept connection may have been closed by the server: then nothing was sent, and a fresh one is tried.
        while let Some(mut kept) = self.take_idle() {
            match envelope(&mut kept, &route).await {
                Ok(()) => return self.hand_over(kept, &message, handed_over).await,
                Err(refused) if refused.is_an_answer() => return refused.outcome(),
                Err(_) => {}
            }
        }
        let mut fresh = match self.connect().await {
            Ok(fresh) => fresh,
            Err(outcome) => return outcome,
        };
        match envelope(&mut fresh, &route).await {
            Ok(()) => self.hand_over(fresh, &message, handed_over).await,
            Err(refused) => refused.outcome(),
        }
    }

    /// The whole mail, signed.
    fn written(&self, mail: &Mail, to: &Address) -> Result<Vec<u8>, String> {
        let mut message = compose(mail, &self.from, to)?;
        if let Some(signer) = &self.signer {
            signer.sign(&mut message);
        }
        Ok(message.formatted())
    }

    /// Where a bounce of this mail goes.
    fn envelope_sender(&self, mail: &Mail) -> Result<Address, String> {
        let Some(bounce_to) = &self.bounce_to else {
            return Ok(self.from.email.clone());
        };
        let local = format!("{}+{}", bounce_to.user(), mail.tag);
        Address::new(local, bounce_to.domain()).map_err(|e| e.to_string())
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
        let socket = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .and_then(|s| s.set_nodelay(true).map(|()| s))
            .map_err(|e| Outcome::Unreachable(format!("the mail server cannot be reached: {e}")))?;
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
        .map_err(|e| before_any_mail(&e))?;
        if let Security::StartTls(parameters) = &self.security {
            connection
                .starttls(parameters.clone(), &self.hello)
                .await
                .map_err(|e| match e.status() {
                    Some(_) => before_any_mail(&e),
                    None => tls_failed(&e),
                })?;
        }
        if let Some(login) = &self.login {
            connection
                .auth(&MECHANISMS, login)
                .await
                .map_err(|e| before_any_mail(&e))?;
        }
        Ok(connection)
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
    fn limit(&self) -> Option<&Limit> {
        Some(&self.limit)
    }
    fn send<'a>(&'a self, mail: &'a Mail, limit: Duration) -> Sending<'a> {
        Box::pin(async move {
            let handed_over = AtomicBool::new(false);
            match tokio::time::timeout(limit, self.run(mail, &handed_over)).await {
                Ok(outcome) => outcome,
                Err(_) if handed_over.load(Ordering::SeqCst) => {
                    Outcome::Unknown(format!("no answer within {} s after the text", limit.as_secs()))
                }
                Err(_) => Outcome::Busy {
                    retry_after: None,
                    text: format!("the mail server did not answer within {} s", limit.as_secs()),
                },
            }
        })
    }
}

/// From whom and to whom the envelope of a mail says it goes.
struct Route {
    sender: Address,
    to: Address,
}

/// What went wrong before the text was handed over.
struct Refused {
    /// The sender was refused, not the receiver.
    sender: bool,
    error: SmtpError,
}

impl Refused {
    /// Whether the server has said something about this mail, and not only that it goes away (421).
    fn is_an_answer(&self) -> bool {
        self.error.status().is_some_and(|code| code.to_string() != "421")
    }
    fn outcome(&self) -> Outcome {
        if self.sender {
            before_any_mail(&self.error)
        } else {
            not_sent(&self.error)
        }
    }
}

/// Everything before the text.
async fn envelope(connection: &mut AsyncSmtpConnection, route: &Route) -> Result<(), Refused> {
    let mut options = Vec::new();
    let info = connection.server_info();
    if info.supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let international = !AsRef::<str>::as_ref(&route.to).is_ascii();
    if international && info.supports_feature(Extension::SmtpUtfEight) {
        options.push(MailParameter::SmtpUtfEight);
    }
    let refused = |sender| move |error| Refused { sender, error };
    connection
        .command(MailCommand::new(Some(route.sender.clone()), options))
        .await
        .map_err(refused(true))?;
    connection
        .command(Rcpt::new(route.to.clone(), vec![]))
        .await
        .map_err(refused(false))?;
    connection.command(Data).await.map_err(refused(false))?;
    Ok(())
}

/// An address of the settings; empty: none.
fn bounce_address(text: &str) -> Result<Option<Address>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|e| format!("configuration: mail.bounce_to: {e}"))
}

/// The class of an error that came before the mail was accepted (messaging.md 3.6).
fn not_sent(e: &SmtpError) -> Outcome {
    let text = chain(e);
    match e.status().map(|code| code.to_string()) {
        Some(code) if ["530", "534", "535", "538", "454"].contains(&code.as_str()) => Outcome::Config(text),
        Some(code) if e.is_permanent() => Outcome::Permanent { code, text },
        None if e.is_client() => Outcome::Config(text),
        Some(code) if code == "421" => Outcome::Busy {
            retry_after: None,
            text,
        },
        _ => Outcome::Passing {
            retry_after: is_greylisting(&text).then_some(GREYLIST_SECONDS),
            text,
        },
    }
}

/// The same where nothing has been said of a receiver yet: the greeting, the sign-in, the sender. What is refused for good
/// there is refused for every mail, and a matter of settings; "not now" is said to every mail, too.
fn before_any_mail(e: &SmtpError) -> Outcome {
    match not_sent(e) {
        Outcome::Permanent { text, .. } => Outcome::Config(text),
        Outcome::Passing { retry_after, text } => Outcome::Busy { retry_after, text },
        other => other,
    }
}

/// There is no code of its own for it; servers say it in words.
fn is_greylisting(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["greylist", "graylist", "grey-list", "gray-list"]
        .iter()
        .any(|word| text.contains(word))
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
