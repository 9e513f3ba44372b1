//! `serve` and what it shares with `demo`.

use std::net::TcpListener;
use std::path::Path;

use tokio::sync::watch;

use crate::app::App;
use crate::platform::clock::Clock;
use crate::platform::config::Config;
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
        println!("No administrator yet. Set one up here (opens once, within 3 days):\n  {link}");
    }
    println!("Chairside on {} ({})", app.config.server.public_url, app.db.url());
    run(&app, socket)
}

/// Puts database and key into a folder, unless a database was named.
pub(super) fn use_folder(config: &mut Config, folder: &Path, database_named: bool) {
    if !database_named {
        config.database.url = format!("sqlite:{}", folder.join(DATABASE_FILE).display());
    }
    config.secrets.key_file = folder.join(KEY_FILE);
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

/// Serves and runs the jobs until a signal; then lets what is under way finish.
pub(super) fn run(app: &App, socket: TcpListener) -> Result<(), String> {
    // The first phone number to be read loads half a second of metadata: not on somebody's time.
    std::thread::spawn(crate::patients::warm_up_phone_numbers);
    let scheduler = app.scheduler()?;
    actix_web::rt::System::new().block_on(async {
        let (tell_stop, stop) = watch::channel(false);
        let jobs = tokio::spawn(scheduler.run_until(stop));
        let server = app.server(socket).map_err(|e| e.to_string())?;
        let served = server.await.map_err(|e| e.to_string());
        if tell_stop.send(true).is_err() {
            tracing::warn!("the scheduler had stopped already");
        }
        jobs.await.map_err(|e| format!("scheduler: {e}"))?;
        served
    })
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
