//! The command line: `serve`, `demo`, `import`, `token`, `openapi`, `dkim`, `health`, `config`.

pub mod demo;
mod import;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::App;
use crate::platform::clock::Clock;
use crate::platform::config::{Config, DEFAULTS};
use crate::platform::i18n::Lang;
use crate::platform::mail::Signer;
use crate::platform::telemetry;
use crate::staff::{self, Role};

/// Appointments, records, reminders, recall and callbacks for outpatient clinics.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    /// A settings file (TOML); all keys: `chairside config`
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Where the database is: sqlite:PATH or postgres://…
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    database_url: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service with the settings given
    Serve,
    /// Run with a sample clinic, to try everything; nothing leaves the machine
    Demo(demo::Demo),
    /// Read patients and visits from another system's export
    Import(import::Import),
    /// Print an API token with a role's rights
    Token {
        /// administrator, front-desk, nurse, doctor or manager
        #[arg(long)]
        role: Role,
        /// The demo's folder, instead of DATABASE_URL
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Print the OpenAPI document of the JSON API
    Openapi,
    /// Exit 0 if the service on this machine is ready (for containers)
    Health {
        /// Its address; without it, the one in server.listen
        #[arg(long)]
        url: Option<String>,
    },
    /// Print the DNS record by which receivers check our mail's signature
    Dkim,
    /// Print every setting with its default and meaning
    Config,
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match execute(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("chairside: {text}");
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: Cli) -> Result<(), String> {
    let config = || -> Result<Config, String> {
        let mut config = Config::load(cli.config.as_deref())?;
        if let Some(url) = &cli.database_url {
            config.database.url.clone_from(url);
        }
        serve::find_key(&mut config);
        Ok(config)
    };
    match cli.command {
        Command::Serve => serve::serve(config()?),
        Command::Demo(options) => demo::run(config()?, &options, cli.database_url.is_some()),
        Command::Import(options) => {
            let mut config = config()?;
            if let Some(data) = &options.data {
                if !options.dry_run {
                    std::fs::create_dir_all(data).map_err(|e| format!("--data {}: {e}", data.display()))?;
                }
                serve::use_folder(&mut config, data, cli.database_url.is_some());
            }
            import::run(config, &options)
        }
        Command::Token { role, data } => {
            let mut config = config()?;
            if let Some(data) = data {
                serve::use_folder(&mut config, &data, cli.database_url.is_some());
            }
            serve::must_be_there(&config)?;
            let app = App::open(config, Clock::System)?;
            let now = app.clock.now();
            let token = app
                .db
                .write_now(move |c| staff::issue_token(c, now, role))
                .map_err(|e| e.text().get(Lang::En).to_owned())?;
            println!("{token}");
            Ok(())
        }
        Command::Openapi => {
            let text = crate::app::openapi::document()
                .to_pretty_json()
                .map_err(|e| e.to_string())?;
            println!("{text}");
            Ok(())
        }
        Command::Dkim => {
            let Some(signer) = Signer::load(&config()?.mail)? else {
                return Err(
                    "mail.dkim_key_file is empty: mail is not signed (docs/operating.md says how to begin)".into(),
                );
            };
            let (name, value) = signer.record()?;
            println!("{name}. TXT\n{value}");
            Ok(())
        }
        Command::Health { url: Some(url) } => serve::health(&url),
        Command::Health { url: None } => serve::health(&serve::own_url(&config()?)),
        Command::Config => {
            print!("{DEFAULTS}");
            Ok(())
        }
    }
}

/// Starts logging for a command that runs long.
fn logging(config: &Config) -> Result<(), String> {
    telemetry::start_logging(&config.log)
}

/// Tells whoever started the program; that nobody reads any more does not stop it.
fn tell(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
        tracing::debug!("standard output is closed");
    }
}
