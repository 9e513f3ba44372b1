//! For load balancers, containers and Prometheus.

use actix_web::{HttpResponse, web};

use super::App;
use crate::platform::web::Ctx;

/// Routes without sign-in.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/health/live").route(web::get().to(live)))
        .service(web::resource("/health/ready").route(web::get().to(ready)))
        .service(web::resource("/metrics").route(web::get().to(metrics_page)));
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
