//! How many requests, how they ended and how long they took, by route pattern: never by path, which may name people.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

/// Upper bounds of the classes in which the time of requests is counted, in seconds.
pub const SECONDS: &[f64] = &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Counts and times a request.
pub async fn measure<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let began = Instant::now();
    let route = req.match_pattern().unwrap_or_else(|| "(none)".to_owned());
    let answer = next.call(req).await;
    let status = match &answer {
        Ok(answer) => answer.status(),
        Err(e) => e.as_response_error().status_code(),
    };
    metrics::counter!("chairside_http_responses_total", "route" => route.clone(), "status" => status.as_u16().to_string())
        .increment(1);
    metrics::histogram!("chairside_http_request_seconds", "route" => route).record(began.elapsed().as_secs_f64());
    answer
}
