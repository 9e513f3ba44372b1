//! At start: can what messages go out by be reached at all? A wrong name or a closed port is told before the first reminder is
//! late. It keeps nothing from starting: a gateway that is down now may be up in a minute.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::platform::config::gateways::Kind;
use crate::platform::config::{Config, MailTransport};

/// How long one address is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Somewhere that messages go through: the setting that names it, host and port.
type Address = (String, String, u16);

/// Tries each address that the settings name, and logs those that nobody answers at. Blocks; for a thread of its own.
pub fn look(config: &Config) {
    for (key, host, port) in addresses(config) {
        if let Err(cause) = connect(&host, port) {
            tracing::warn!(
                setting = key,
                address = format!("{host}:{port}"),
                cause,
                "cannot be reached: check this setting, the name server and the firewall. Messages wait, and go out once it \
                 answers"
            );
        }
    }
}

fn addresses(config: &Config) -> Vec<Address> {
    let mut all: Vec<Address> = config
        .sms
        .used()
        .filter_map(|(name, gateway)| of_url(name, url_of(&gateway.kind)?))
        .collect();
    if config.mail.transport == MailTransport::Smtp {
        all.push(("mail.host".into(), config.mail.host.clone(), config.mail.port));
    }
    if !config.mail.imap_host.is_empty() {
        all.push((
            "mail.imap_host".into(),
            config.mail.imap_host.clone(),
            config.mail.imap_port,
        ));
    }
    all
}

fn url_of(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::Capture => None,
        Kind::Kannel(k) => Some(&k.url),
        Kind::Twilio(t) => Some(&t.url),
        Kind::Aliyun(a) => Some(&a.url),
        Kind::Tencent(t) => Some(&t.url),
        Kind::Http(h) => Some(&h.url),
    }
}

fn of_url(name: &str, url: &str) -> Option<Address> {
    let url = reqwest::Url::parse(url).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    Some((format!("sms.gateways.{name}.url"), host, url.port_or_known_default()?))
}

/// Whether any of a name's addresses takes a connection.
fn connect(host: &str, port: u16) -> Result<(), String> {
    let mut cause = "the name has no address".to_owned();
    for address in (host, port).to_socket_addrs().map_err(|e| e.to_string())? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(_) => return Ok(()),
            Err(e) => cause = e.to_string(),
        }
    }
    Err(cause)
}
