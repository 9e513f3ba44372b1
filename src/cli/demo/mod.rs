//! `demo`: a believable clinic to try everything with. Nothing leaves the machine: messages go to the capture channel.

mod calls;
mod chairs;
pub mod clinic;
mod documents;
pub mod history;
mod holidays;
mod letters;
pub mod people;
mod place;
mod plans;
mod recalls;
mod segments;
mod supplies;
mod waiting;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::serve;
use crate::app::App;
use crate::outreach;
use crate::platform::clock::{Clock, Instant, at_minute, plus_days};
use crate::platform::config::gateways::Kind;
use crate::platform::config::{Config, MailTransport};
use crate::platform::i18n::Lang;
use place::Found;

/// The sample's messages begin at this minute of yesterday, before the reminders of the day before go out.
const LIVED_FROM: i32 = 17 * 60 + 30;
/// Steps in which the time since is lived through: rules fire and visits begin at times that are multiples of it, and what
/// is sent bears the time of its step.
const STEP_MINUTES: i64 = 15;

/// Options of `demo`.
#[derive(Args)]
pub struct Demo {
    /// Address to serve on
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder of the sample database (unless DATABASE_URL names one)
    #[arg(long, default_value = "chairside-demo")]
    data: PathBuf,
    /// Start over with new sample data (only where a demo's data is)
    #[arg(long)]
    fresh: bool,
    /// Pretend that it is this time (RFC 3339); the clock goes on from there
    #[arg(long)]
    now: Option<String>,
}

/// Makes the sample clinic when the database is empty, prints address and logins, serves.
pub(super) fn run(mut config: Config, demo: &Demo, database_named: bool) -> Result<(), String> {
    super::logging(&config)?;
    config.server.listen = demo.listen;
    let socket = serve::bind(&config)?;
    let address = socket.local_addr().map_err(|e| e.to_string())?;
    config.server.public_url = format!("http://{address}");
    config.mail.transport = MailTransport::Capture;
    if config.mail.from.is_empty() {
        // Whom the invitations are from.
        config.mail.from = "知齿口腔 <desk@clinic.example>".into();
    }
    config.sms.only("capture", Kind::Capture);
    std::fs::create_dir_all(&demo.data).map_err(|e| format!("--data {}: {e}", demo.data.display()))?;
    serve::use_folder(&mut config, &demo.data, database_named);
    let to_fill = prepare(&config, demo.fresh)?;
    let clock = match &demo.now {
        None => Clock::System,
        Some(text) => {
            let at = Instant::parse_rfc3339(text)
                .ok_or_else(|| format!("--now {text}: a time is written 2026-11-23T10:42:00+08:00"))?;
            Clock::starting_at(at)
        }
    };
    if to_fill {
        fill(&config, clock.now())?;
    }
    let app = App::open(config, clock)?;
    announce(&app, to_fill);
    serve::run(&app, socket)
}

/// Whether the database is to be filled. One that holds other data than a demo's is refused; a sample that was not finished
/// is removed, and a finished one when `fresh` says so.
fn prepare(config: &Config, fresh: bool) -> Result<bool, String> {
    let url = config.database_url()?;
    match place::look(&url)? {
        Found::Others => Err(place::not_ours(&url)),
        Found::Nothing => Ok(true),
        Found::Filled if !fresh => Ok(false),
        Found::Begun | Found::Filled => place::empty(&url).map(|()| true),
    }
}

/// Fills an empty database. The mark that it is a demo's comes with the first rows, the one that it is whole with the last.
///
/// The clinic's yesterday evening and this morning are lived through: the planner and the dispatcher run as they would
/// have, so that the Messages page shows what patients got.
fn fill(config: &Config, now: Instant) -> Result<(), String> {
    let told = |e: crate::platform::error::Error| format!("sample data: {e}: {}", e.text().get(Lang::En));
    let begin = at_minute(clinic::ZONE, plus_days(now.day(clinic::ZONE), -1), LIVED_FROM);
    let clock = Clock::manual(begin);
    let app = App::open(config.clone(), clock.clone())?;
    let keys = app.keys.clone();
    let built = app
        .db
        .write_now(move |c| {
            if !place::is_empty(c)? {
                return Ok(None);
            }
            place::mark(c, place::BEGUN)?;
            let sample = clinic::build(c, now)?;
            chairs::build(c, now, &sample)?;
            supplies::build(c, &sample)?;
            let patients = people::register(c, now, &keys, &sample)?;
            let made = history::build(c, now, &sample, &patients)?;
            history::register_before_first_visit(c, now, &patients)?;
            recalls::types(c, now, &sample)?;
            outreach::recalls_from_history(c, now)?;
            recalls::thin_out(c, now.day(sample.site.tz()))?;
            let long_ago = segments::build(c, begin)?;
            segments::start_campaign(c, begin, now.day(sample.site.tz()), long_ago)?;
            documents::build(c, begin, (&patients, long_ago), plus_days(now.day(sample.site.tz()), 1))?;
            Ok(Some((sample, made)))
        })
        .map_err(told)?;
    let Some((sample, mut made)) = built else {
        return Err(place::not_ours(&config.database_url()?));
    };
    live_through(&app, &clock, now)?;
    app.db
        .write_now(move |c| {
            history::bring_to_now(c, now, &sample, &mut made)?;
            plans::build(c, now, &sample)?;
            calls::build(c, now, &sample, &made.past)?;
            waiting::build(c, now, &sample)?;
            letters::build(c, now)?;
            place::mark(c, place::FILLED)
        })
        .map_err(told)
}

/// Plans and sends what fell due from the clock's time until `now`.
fn live_through(app: &App, clock: &Clock, now: Instant) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    runtime.block_on(async {
        while clock.now() < now {
            clock.set(clock.now().plus_minutes(STEP_MINUTES).min(now));
            let step = async {
                outreach::plan(&app.db, clock.now(), &app.config.dispatch).await?;
                app.dispatcher().dispatch().await
            };
            step.await.map_err(|e| format!("sample messages: {e}"))?;
        }
        Ok(())
    })
}

fn announce(app: &App, made: bool) {
    let url = &app.config.server.public_url;
    crate::cli::tell(&format!("Chairside demo on {url}"));
    crate::cli::tell(&format!(
        "  database: {}{}",
        app.db.url(),
        if made {
            " (new sample data)"
        } else {
            " (kept; --fresh starts over)"
        }
    ));
    crate::cli::tell(&format!(
        "  nothing leaves this machine: messages are shown at {url}/messages"
    ));
    for (login, _, role) in clinic::ACCOUNTS.iter().take(5) {
        crate::cli::tell(&format!(
            "  {:<14} login: {login:<8} password: {}",
            role.as_str(),
            clinic::PASSWORD
        ));
    }
}
