//! Logs and metrics.
//!
//! # What is never logged
//! Names, phone numbers, addresses of people, national IDs, diagnoses, notes, message bodies, passwords, tokens, query
//! strings, request bodies. Rows are named by id (`patient.id`), routes by their pattern (`/patients/{id}`), field names
//! have dots. Tests (`tests/it/config/serving.rs`, `quiet.rs`) send known secrets through sign-up, registration, search, a visit's
//! notes, a call's, the API, a token and a message that is sent, and search the most talkative log for them.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use super::config::{Log, LogFormat};
use super::web::measure::SECONDS;

/// Starts logging to standard error. Called once, by the command line.
///
/// # Errors
/// When the filter cannot be read.
pub fn start_logging(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|e| format!("configuration: log.filter: {e}"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    }
    .map_err(|e| format!("logging: {e}"))
}

/// The process's counters.
static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts counting, once a process; the handle renders `/metrics`.
pub fn start_metrics() -> PrometheusHandle {
    let start = || {
        let classes = Matcher::Full("chairside_http_request_seconds".to_owned());
        let recorder = match PrometheusBuilder::new().set_buckets_for_metric(classes, SECONDS) {
            Ok(builder) => builder.build_recorder(),
            Err(_no_classes) => PrometheusBuilder::new().build_recorder(),
        };
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("metrics: somebody else counts in this process");
        }
        handle
    };
    METRICS.get_or_init(start).clone()
}
