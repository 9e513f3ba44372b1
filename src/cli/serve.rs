//! `serve` and what it shares with `demo`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio_util::sync::CancellationToken;

use crate::app::{App, reach};
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::DatabaseUrl;
use crate::platform::i18n::Lang;
use crate::staff;

/// Database file inside a data folder.
const DATABASE_FILE: &str = "chairside.db";
/// Key file inside a data folder.
const KEY_FILE: &str = "chairside.key";

/// The real thing.
pub(super) fn serve(config: Config) -> Result<(), String> {
    super::logging(&config)?;
    let socket = bind(&config)?;
    let app = App::open(config, Clock::System)?;
    let (now, url) = (app.clock.now(), app.config.server.public_url.clone());
    let link = app
        .db
        .write_now(move |c| staff::make_first_link(c, now, &url))
        .map_err(|e| e.text().get(Lang::En).to_owned())?;
    if let Some(link) = link {
        super::tell(&format!(
            "No administrator yet. Set one up here (opens once, within 3 days):\n  {link}"
        ));
    }
    let settings = app.config.clone();
    std::thread::spawn(move || reach::look(&settings));
    super::tell(&format!(
        "Chairside on {} ({})",
        app.config.server.public_url,
        app.db.url()
    ));
    run(&app, socket)
}

/// Puts database and key into a folder, unless a database was named.
pub(super) fn use_folder(config: &mut Config, folder: &Path, database_named: bool) {
    if !database_named {
        config.database.url = format!("sqlite:{}", folder.join(DATABASE_FILE).display());
    }
    config.secrets.key_file = folder.join(KEY_FILE);
}

/// A key that is not in the working directory, and is beside the database, is that one: a second one would open nothing in it.
pub(super) fn find_key(config: &mut Config) {
    let file = &config.secrets.key_file;
    if !config.secrets.key.0.is_empty() || file.is_absolute() || file.exists() {
        return;
    }
    if let Ok(DatabaseUrl::Sqlite(path)) = config.database_url()
        && let Some(beside) = Path::new(&path).parent().map(|folder| folder.join(file))
        && beside.exists()
    {
        config.secrets.key_file = beside;
    }
}

/// For commands that work on an installation and never make one: a database or key that is not there is not theirs to make.
pub(super) fn must_be_there(config: &Config) -> Result<(), String> {
    let hint = "name the folder of yours with --data, or your database with DATABASE_URL";
    if let DatabaseUrl::Sqlite(path) = config.database_url()?
        && !Path::new(&path).exists()
    {
        return Err(format!("there is no database sqlite:{path}; {hint}"));
    }
    if config.secrets.key.0.is_empty() && !config.secrets.key_file.exists() {
        let file = config.secrets.key_file.display();
        return Err(format!("there is no key {file} (secrets.key_file); {hint}"));
    }
    Ok(())
}

/// Takes the address before anything else is started.
pub(super) fn bind(config: &Config) -> Result<TcpListener, String> {
    TcpListener::bind(config.server.listen).map_err(|e| {
        format!(
            "cannot listen on {}: {e}; set server.listen or --listen to a free address",
            config.server.listen
        )
    })
}

/// Serves and runs the jobs until a signal. Then nothing new is begun, and what is under way has `server.shutdown_seconds` to
/// finish; a second signal does not wait.
pub(super) fn run(app: &App, socket: TcpListener) -> Result<(), String> {
    // The first phone number to be read loads half a second of metadata: not on somebody's time.
    std::thread::spawn(crate::patients::warm_up_phone_numbers);
    let scheduler = app.scheduler()?;
    actix_web::rt::System::new().block_on(async {
        let jobs = tokio::spawn(scheduler.run_until(app.stop.clone()));
        tokio::spawn(app.clone().watch());
        let server = app.server(socket).map_err(|e| e.to_string())?;
        actix_web::rt::spawn(stop_on_signals(app.stop.clone(), server.handle()));
        // One limit for both: it begins with the signal, not when the last connection has been closed.
        let patience = Duration::from_secs(app.config.server.shutdown_seconds);
        let stop = app.stop.clone();
        let late = actix_web::rt::spawn(async move {
            stop.cancelled().await;
            tokio::time::sleep(patience).await;
        });
        let served = server.await.map_err(|e| e.to_string());
        app.stop.cancel();
        tokio::select! {
            ended = jobs => ended.map_err(|e| format!("scheduler: {e}"))?,
            _ = late => tracing::warn!("a job did not end in time; what it was sending is shown as perhaps sent"),
        }
        served
    })
}

/// The first signal stops gracefully, the second at once.
async fn stop_on_signals(stop: CancellationToken, server: ServerHandle) {
    signalled().await;
    tracing::info!("stopping");
    stop.cancel();
    let graceful = server.stop(true);
    let at_once = async {
        signalled().await;
        server.stop(false).await;
    };
    tokio::select! { () = graceful => {}, () = at_once => {} }
}

/// Until SIGTERM or SIGINT.
#[cfg(unix)]
async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut term), Ok(mut int)) => {
            tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        }
        _ => std::future::pending().await,
    }
}

/// Until Ctrl+C.
#[cfg(not(unix))]
async fn signalled() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Where a service with these settings is asked on this machine: one that listens everywhere, on the loopback address.
pub(super) fn own_url(config: &Config) -> String {
    let mut listen = config.server.listen;
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    format!("http://{listen}")
}

/// Asks a running service whether it is ready.
pub(super) fn health(url: &str) -> Result<(), String> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let url = format!("{}/health/ready", url.trim_end_matches('/'));
        let answer = reqwest::get(&url).await.map_err(|e| format!("{url}: {e}"))?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(format!("{url}: {}", answer.status()))
        }
    })
}
