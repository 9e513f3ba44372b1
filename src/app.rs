//! Puts everything together: database, clock, senders; all routes in reading order; all jobs. The only module besides the
//! command line that knows every feature.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App as ActixApp, HttpResponse, HttpServer, web};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::platform::clock::{Clock, Instant};
use crate::platform::config::Config;
use crate::platform::crypto::Keys;
use crate::platform::db::schema::installation;
use crate::platform::db::{Both, Conn, Db};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::jobs::{self, Job, Scheduler};
use crate::platform::telemetry;
use crate::platform::web::layout::NavItem;
use crate::platform::web::{Ctx, assets, extractor_errors, respond, same_origin, security_headers};
use crate::staff::{self, Nav, NavSource, Role};
use crate::{appointments, callbacks, clinic, messaging, outreach, patients, records, replies};

/// The running product, without its sockets. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Settings.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// Where "now" comes from.
    pub clock: Clock,
    /// Secret keys.
    pub keys: Keys,
    metrics: PrometheusHandle,
    dispatcher: messaging::Dispatcher,
}

impl App {
    /// Opens the database (migrating it), checks the key against it, makes the first site of a new installation.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn open(config: Config, clock: Clock) -> Result<App, String> {
        // Fails only when a provider is installed already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let keys = Keys::load(&config.secrets)?;
        let db = Db::open(&config.database_url()?, config.pool_sizes())?;
        let dispatcher = messaging::Dispatcher::new(db.clone(), clock.clone(), Arc::new(config.clone()), keys.clone())?;
        let app = App {
            config,
            db,
            clock,
            keys,
            metrics: telemetry::start_metrics(),
            dispatcher,
        };
        app.check_key()?;
        app.first_site()?;
        let now = app.clock.now();
        app.db
            .write_now(move |c| messaging::seed_templates(c, now))
            .map_err(|e| e.to_string())?;
        Ok(app)
    }

    fn check_key(&self) -> Result<(), String> {
        use diesel::prelude::*;
        let fingerprint = self.keys.fingerprint();
        let stored = self
            .db
            .write_now(move |c| {
                let row = (installation::name.eq("key"), installation::value.eq(fingerprint));
                Both(
                    diesel::insert_into(installation::table)
                        .values(row)
                        .on_conflict_do_nothing(),
                )
                .execute(c)?;
                Ok(installation::table
                    .find("key")
                    .select(installation::value)
                    .first::<String>(c)?)
            })
            .map_err(|e| e.to_string())?;
        if stored == self.keys.fingerprint() {
            return Ok(());
        }
        Err(format!(
            "secrets.key: this database was set up with another key; give the one in {} of the machine it ran on",
            self.config.secrets.key_file.display()
        ))
    }

    fn first_site(&self) -> Result<(), String> {
        let (settings, now) = (self.config.clinic.clone(), self.clock.now());
        self.db
            .write_now(move |c| {
                if clinic::the_site(c).is_ok() {
                    return Ok(());
                }
                let site = clinic::Site {
                    id: clinic::SiteId(0),
                    name: settings.name.clone(),
                    name_en: settings.name.clone(),
                    phone: String::new(),
                    address: String::new(),
                    address_en: String::new(),
                    zone: settings.zone.name().to_owned(),
                    language: settings.language,
                    currency: settings.currency.clone(),
                    country: settings.country.clone(),
                    updated_at: now,
                };
                clinic::insert_site(c, &site).map(|_| ())
            })
            .map_err(|e| e.to_string())
    }

    /// All timed work.
    fn jobs(&self) -> Vec<Job> {
        let every = &self.config.jobs;
        let db = self.db.clone();
        let clean_up = Job::new("clean-up", every.clean_up.clone(), move |now| {
            let db = db.clone();
            async move {
                db.write(move |c| {
                    let (runs, sessions) = (jobs::forget_old_runs(c, now)?, staff::clean_up(c, now)?);
                    Ok(format!("{runs} job runs, {sessions} sessions forgotten"))
                })
                .await
            }
        });
        let dispatcher = self.dispatcher();
        let dispatch = Job::new("dispatch", every.dispatch.clone(), move |_| {
            let dispatcher = dispatcher.clone();
            async move { dispatcher.dispatch().await.map(|report| report.to_string()) }
        });
        vec![dispatch, clean_up]
    }

    /// What sends messages, with every cause that the features above registered.
    pub fn dispatcher(&self) -> messaging::Dispatcher {
        self.dispatcher.clone()
    }

    /// A scheduler over all jobs, in the clinic's zone.
    pub fn scheduler(&self) -> Result<Scheduler, String> {
        let zone = self.db.read_now(clinic::the_site).map_err(|e| e.to_string())?.tz();
        let instance = format!("{}-{:08x}", std::process::id(), rand::random::<u32>());
        Ok(Scheduler::new(
            self.db.clone(),
            self.clock.clone(),
            zone,
            instance,
            self.jobs(),
        ))
    }

    /// All routes, in reading order.
    fn routes(cfg: &mut web::ServiceConfig) {
        extractor_errors(cfg);
        assets::routes(cfg);
        cfg.service(web::resource("/health/live").route(web::get().to(live)))
            .service(web::resource("/health/ready").route(web::get().to(ready)))
            .service(web::resource("/metrics").route(web::get().to(metrics_page)));
        staff::routes(cfg);
        clinic::routes(cfg);
        patients::routes(cfg);
        appointments::routes(cfg);
        records::routes(cfg);
        callbacks::routes(cfg);
        outreach::routes(cfg);
        messaging::routes(cfg);
        replies::routes(cfg);
    }

    /// The HTTP server on an open socket. It stops gracefully on SIGTERM and SIGINT.
    ///
    /// # Errors
    /// When the socket cannot be used.
    pub fn server(&self, socket: TcpListener) -> std::io::Result<Server> {
        let app = self.clone();
        let nav: Arc<dyn NavSource> = Arc::new(AppNav);
        let nav = web::Data::new(nav);
        let ctx = web::Data::new(Ctx {
            db: self.db.clone(),
            clock: self.clock.clone(),
            config: Arc::new(self.config.clone()),
            keys: self.keys.clone(),
        });
        let timelines = web::Data::new(patients::Timelines::new());
        let (workers, stop) = (self.config.server.workers, self.config.server.shutdown_seconds);
        let mut server = HttpServer::new(move || {
            ActixApp::new()
                .app_data(web::Data::new(app.clone()))
                .app_data(ctx.clone())
                .app_data(nav.clone())
                .app_data(timelines.clone())
                .wrap(from_fn(same_origin))
                .wrap(from_fn(respond))
                .wrap(from_fn(security_headers))
                .wrap(Compress::default())
                .wrap(tracing_actix_web::TracingLogger::<crate::platform::web::QuietSpans>::new())
                .configure(App::routes)
        })
        .shutdown_timeout(stop)
        .listen(socket)?;
        if workers > 0 {
            server = server.workers(workers);
        }
        Ok(server.run())
    }
}

/// What the rail shows to each role.
struct AppNav;

impl NavSource for AppNav {
    fn nav(&self, c: &mut Conn, role: Role, now: Instant, lang: Lang) -> Result<Nav> {
        let site = clinic::the_site(c)?;
        let mut items = vec![
            item("day", "/day", "calendar-days", ("日程", "Schedule"), 0),
            item("patients", "/patients", "users", ("患者", "Patients"), 0),
        ];
        if staff::DESK.contains(&role) {
            let due = messaging::count_attention(c, now)?;
            items.push(item(
                "messages",
                "/messages",
                "message-square-text",
                ("消息", "Messages"),
                due,
            ));
        }
        if matches!(role, Role::Administrator) {
            items.push(item("settings", "/settings", "settings", ("设置", "Settings"), 0));
        }
        Ok(Nav {
            clinic: site.name_in(lang).to_owned(),
            items,
        })
    }
}

fn item(
    key: &'static str,
    href: &'static str,
    icon: &'static str,
    label: (&'static str, &'static str),
    count: i64,
) -> NavItem {
    NavItem {
        key,
        href,
        icon,
        label,
        count,
    }
}

/// The process runs.
async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("live\n")
}

/// The database answers and is migrated.
async fn ready(ctx: Ctx) -> HttpResponse {
    match ctx.db.read(|c| Ok(crate::platform::db::pending_migrations(c)?)).await {
        Ok(0) => HttpResponse::Ok().content_type("text/plain").body("ready\n"),
        Ok(n) => HttpResponse::ServiceUnavailable()
            .content_type("text/plain")
            .body(format!("{n} migrations are missing\n")),
        Err(e) => {
            tracing::warn!(error = %e, "not ready");
            HttpResponse::ServiceUnavailable()
                .content_type("text/plain")
                .body("the database cannot be reached\n")
        }
    }
}

async fn metrics_page(app: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(app.metrics.render())
}
