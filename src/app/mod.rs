//! Puts everything together: database, clock, senders; all routes in reading order; all jobs. The only module besides the
//! command line that knows every feature.

mod alarms;
mod health;
mod names;
mod nav;
mod offers;
pub mod openapi;
pub mod reach;

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App as ActixApp, HttpServer, web};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::platform::clock::{Clock, Instant};
use crate::platform::config::Config;
use crate::platform::crypto::Keys;
use crate::platform::db::schema::installation;
use crate::platform::db::{Both, Db};
use crate::platform::jobs::{self, Job, Scheduler};
use crate::platform::links::PublicLinks;
use crate::platform::mail::Mailbox;
use crate::platform::telemetry;
use crate::platform::web::measure::measure;
use crate::platform::web::{
    Ctx, Shown, assets, extractor_errors, forget_old_keys, respond, same_origin, security_headers,
};
use crate::staff::{self, NavSource, PatientNames};
use crate::{appointments, callbacks, clinic, documents, messaging, outreach, patients, records, replies};

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
    /// Told when the process is to stop: nothing new is begun then.
    pub stop: CancellationToken,
    /// Since when it runs.
    started: Instant,
    metrics: PrometheusHandle,
    seen: alarms::Seen,
    dispatcher: messaging::Dispatcher,
    mailbox: Option<Arc<Mailbox>>,
}

impl App {
    /// Opens the database (migrating it), checks the key against it, makes the first site of a new installation.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn open(config: Config, clock: Clock) -> Result<App, String> {
        clinic::check_settings(&config.clinic)?;
        // Fails only when a provider is installed already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let keys = Keys::load(&config.secrets)?;
        let db = Db::open(&config.database_url()?, config.pool_sizes())?;
        let mut dispatcher =
            messaging::Dispatcher::new(db.clone(), clock.clone(), Arc::new(config.clone()), keys.clone())?;
        let stop = CancellationToken::new();
        dispatcher.stop = stop.clone();
        let app = App {
            started: clock.now(),
            mailbox: Mailbox::new(&config.mail)?.map(Arc::new),
            config,
            db,
            clock,
            keys,
            stop,
            metrics: telemetry::start_metrics(),
            seen: alarms::Seen::default(),
            dispatcher,
        };
        app.check_key()?;
        app.first_site()?;
        app.first_texts()?;
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

    /// What a new installation starts with: templates, rules, call scripts.
    fn first_texts(&self) -> Result<(), String> {
        let now = self.clock.now();
        self.db
            .write_now(move |c| {
                messaging::seed_templates(c, now)?;
                outreach::seed_rules(c, now)?;
                callbacks::seed_scripts(c, now)
            })
            .map_err(|e| e.to_string())
    }

    /// All timed work.
    fn jobs(&self) -> Vec<Job> {
        let every = &self.config.jobs;
        let db = self.db.clone();
        let config = self.config.clone();
        let plan_messages = Job::new("plan-messages", every.plan_messages.clone(), move |now| {
            let (db, config) = (db.clone(), config.clone());
            async move {
                let report = outreach::plan(&db, now, &config.dispatch).await?;
                Ok(report.to_string())
            }
        });
        let dispatcher = self.dispatcher();
        let dispatch = Job::new("dispatch", every.dispatch.clone(), move |_| {
            let dispatcher = dispatcher.clone();
            async move { dispatcher.dispatch().await.map(|report| report.to_string()) }
        });
        let db = self.db.clone();
        let clean_up = Job::new("clean-up", every.clean_up.clone(), move |now| {
            let db = db.clone();
            async move {
                db.write(move |c| {
                    let (runs, sessions) = (jobs::forget_old_runs(c, now)?, staff::clean_up(c, now)?);
                    let (holds, keys) = (appointments::purge_holds(c, now)?, forget_old_keys(c, now)?);
                    let requests =
                        appointments::online::forget_old(c, now)? + appointments::online::forget_old_listings(c, now)?;
                    Ok(format!(
                        "{runs} job runs, {sessions} sessions, {holds} holds, {keys} kept answers, \
                         {requests} booking requests forgotten"
                    ))
                })
                .await
            }
        });
        let mut jobs = vec![
            plan_messages,
            dispatch,
            clean_up,
            self.lapse_offers(),
            self.ask_waiting(),
            self.foretell(),
            self.ask_gateways(),
            self.recalls(),
        ];
        jobs.extend(self.read_mailbox());
        jobs
    }

    /// What the next day should bring; what it did not is an alarm.
    fn foretell(&self) -> Job {
        let db = self.db.clone();
        Job::new("forecast", self.config.jobs.forecast.clone(), move |now| {
            let db = db.clone();
            async move { outreach::foretell(&db, now).await }
        })
    }

    /// Recalls follow their settings, and their patients' age.
    fn recalls(&self) -> Job {
        let db = self.db.clone();
        Job::new("recalls", self.config.jobs.recalls.clone(), move |now| {
            let db = db.clone();
            async move { outreach::recalculate_recalls(&db, now).await }
        })
    }

    /// What became of texts that their gateways have not reported.
    fn ask_gateways(&self) -> Job {
        let dispatcher = self.dispatcher();
        Job::new("ask-gateways", self.config.jobs.ask_gateways.clone(), move |_| {
            let dispatcher = dispatcher.clone();
            async move { dispatcher.ask_gateways().await }
        })
    }

    /// Mail that came back, and letters, where a mailbox is to be read for them.
    fn read_mailbox(&self) -> Option<Job> {
        let (mailbox, db, keys) = (self.mailbox.clone()?, self.db.clone(), self.keys.clone());
        let every = self.config.jobs.read_mailbox.clone();
        Some(Job::new("read-mailbox", every, move |now| {
            let (mailbox, db, keys, reader) = (Arc::clone(&mailbox), db.clone(), keys.clone(), App::answers());
            async move { messaging::read_mailbox(&db, now, &keys, &reader, &mailbox).await }
        }))
    }

    /// Who reads what patients write.
    fn answers() -> Arc<dyn messaging::inbox::AnswerReader> {
        Arc::new(replies::Answers)
    }

    /// What sends messages; it asks the causes registered here whether a message is still wanted.
    pub fn dispatcher(&self) -> messaging::Dispatcher {
        let links = PublicLinks::new(&self.keys, &self.config.server);
        self.dispatcher
            .clone()
            .with_cause(Arc::new(appointments::waiting::OfferCause(links.clone())))
            .with_cause(Arc::new(appointments::online::RequestCause(links.clone())))
            .with_cause(Arc::new(appointments::online::ListCause(links.clone())))
            .with_cause(Arc::new(replies::AnswerCause(links.clone())))
            .with_cause(Arc::new(replies::WhichCause(links.clone())))
            .with_cause(Arc::new(messaging::inbox::DeskCause))
            .with_cause(Arc::new(outreach::AppointmentCause(links.clone())))
            .with_cause(Arc::new(documents::SendingCause {
                links: links.clone(),
                enclose_max: self.config.documents.enclose_bytes(),
            }))
            .with_cause(Arc::new(outreach::campaigns::CampaignCause {
                links: links.clone(),
                enclose_max: self.config.documents.enclose_bytes(),
                shown: None,
            }))
            .with_cause(Arc::new(outreach::RecallCause(links.clone())))
            .with_cause(Arc::new(outreach::PlanCause(links)))
            .with_cause(Arc::new(outreach::OccasionCause))
            .with_cause(Arc::new(outreach::DateCause))
            .with_cause(Arc::new(outreach::PatientCause))
            .with_cause(Arc::new(callbacks::CallCause))
            .with_rules(Arc::new(outreach::RuleWishes))
            .with_uses(Arc::new(outreach::TemplatesInUse))
    }

    /// Who is told when a visit is finished: the next links of the chain.
    fn observers(&self) -> records::Observers {
        vec![
            Arc::new(appointments::DoneWithVisit),
            Arc::new(callbacks::FollowUps),
            Arc::new(outreach::Recalls),
        ]
    }

    /// Who knows something for a patient's timeline.
    fn timelines(&self) -> patients::Timelines {
        vec![
            Arc::new(appointments::AppointmentTimeline),
            Arc::new(records::VisitTimeline),
            Arc::new(records::plan::PlanTimeline),
            Arc::new(callbacks::CallTimeline),
            Arc::new(messaging::OfPatient),
            Arc::new(documents::DocumentTimeline),
            Arc::new(messaging::inbox::InboxTimeline),
            Arc::new(outreach::RecallTimeline),
        ]
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
        health::routes(cfg);
        openapi::routes(cfg);
        staff::routes(cfg);
        clinic::routes(cfg);
        patients::routes(cfg);
        appointments::routes(cfg);
        records::routes(cfg);
        callbacks::routes(cfg);
        outreach::routes(cfg);
        messaging::routes(cfg);
        documents::routes(cfg);
        replies::routes(cfg);
    }

    /// Watches for what should happen and does not, until the process stops.
    pub async fn watch(self) {
        alarms::watch(self).await;
    }

    /// One look for alarms: what is new is told by email.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn look_for_alarms(&self) -> crate::platform::error::Result<()> {
        alarms::look(self, self.clock.now()).await
    }

    /// The HTTP server on an open socket. Its handle stops it; signals are the caller's.
    ///
    /// # Errors
    /// When the socket cannot be used.
    pub fn server(&self, socket: TcpListener) -> std::io::Result<Server> {
        let app = self.clone();
        let nav: Arc<dyn NavSource> = Arc::new(nav::AppNav(self.seen.clone()));
        let nav = web::Data::new(nav);
        let names: Arc<dyn PatientNames> = Arc::new(names::OfRecords);
        let names = web::Data::new(names);
        let ctx = web::Data::new(Ctx {
            db: self.db.clone(),
            clock: self.clock.clone(),
            config: Arc::new(self.config.clone()),
            keys: self.keys.clone(),
            shown: Shown::default(),
        });
        let timelines = web::Data::new(self.timelines());
        let observers = web::Data::new(self.observers());
        let live = appointments::live(self.db.clone(), self.stop.clone());
        tokio::spawn(Arc::clone(&live).run());
        let live = web::Data::from(live);
        let dispatcher = web::Data::new(self.dispatcher());
        let reader = web::Data::from(App::answers());
        let (workers, stop) = (self.config.server.workers, self.config.server.shutdown_seconds);
        let mut server = HttpServer::new(move || {
            ActixApp::new()
                .app_data(web::Data::new(app.clone()))
                .app_data(ctx.clone())
                .app_data(nav.clone())
                .app_data(names.clone())
                .app_data(timelines.clone())
                .app_data(observers.clone())
                .app_data(live.clone())
                .app_data(dispatcher.clone())
                .app_data(reader.clone())
                .wrap(from_fn(same_origin))
                .wrap(from_fn(respond))
                .wrap(from_fn(security_headers))
                .wrap(from_fn(measure))
                .wrap(Compress::default())
                .wrap(tracing_actix_web::TracingLogger::<crate::platform::web::QuietSpans>::new())
                .configure(App::routes)
        })
        .disable_signals()
        .shutdown_timeout(stop)
        .listen(socket)?;
        if workers > 0 {
            server = server.workers(workers);
        }
        Ok(server.run())
    }
}
