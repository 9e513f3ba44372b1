//! For load balancers, containers and Prometheus.

use std::net::IpAddr;

use actix_web::{HttpRequest, HttpResponse, web};

use super::App;
use crate::platform::error::{Error, Result};
use crate::platform::web::{Ctx, client_ip, reading};

/// Routes without sign-in.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/health/live").route(reading().to(live)))
        .service(web::resource("/health/ready").route(reading().to(ready)))
        .service(web::resource("/metrics").route(reading().to(metrics_page)));
}

/// The process runs.
async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("live\n")
}

/// The database answers, is migrated, and is no newer program's.
async fn ready(ctx: Ctx) -> HttpResponse {
    match ctx.db.read(|c| Ok(crate::platform::db::migrations_differ(c)?)).await {
        Ok(differ) if differ.unknown > 0 => HttpResponse::ServiceUnavailable()
            .content_type("text/plain")
            .body("the database belongs to a newer version of this program\n"),
        Ok(differ) if differ.missing > 0 => HttpResponse::ServiceUnavailable()
            .content_type("text/plain")
            .body(format!("{} migrations are missing\n", differ.missing)),
        Ok(_) => HttpResponse::Ok().content_type("text/plain").body("ready\n"),
        Err(e) => {
            tracing::warn!(error = %e, "not ready");
            HttpResponse::ServiceUnavailable()
                .content_type("text/plain")
                .body("the database cannot be reached\n")
        }
    }
}

/// For the addresses in `server.metrics_from`; others are told that there is no such page.
async fn metrics_page(req: HttpRequest, app: web::Data<App>) -> Result<HttpResponse> {
    let from: Option<IpAddr> = client_ip(&req).parse().ok();
    let listed = |ip: IpAddr| {
        app.config
            .server
            .metrics_from
            .iter()
            .any(|a| a.to_canonical() == ip.to_canonical())
    };
    if !from.is_some_and(listed) {
        return Err(Error::NotFound("page"));
    }
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(app.metrics.render()))
}
