//! `/waiting-list`: who waits, which times got free, and filling one of them.

mod entry;
mod fill;
mod list;
mod settings;

use actix_web::web;

use crate::staff::{self, DESK};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    settings::routes(cfg);
    cfg.service(web::resource("/waiting-list").route(staff::get(DESK, list::page)))
        .service(
            web::resource("/waiting-list/new")
                .route(staff::get(DESK, entry::new_page))
                .route(staff::post(DESK, entry::add)),
        )
        .service(
            web::resource("/waiting-list/fill/{id}")
                .route(staff::get(DESK, fill::page))
                .route(staff::post(DESK, fill::start)),
        )
        .service(web::resource("/waiting-list/fill/{id}/{what:stop|dismiss}").route(staff::post(DESK, fill::end)))
        .service(
            web::resource("/waiting-list/offers/{id}/{what:accept|decline}").route(staff::post(DESK, fill::answer)),
        )
        .service(
            web::resource("/waiting-list/{id}")
                .route(staff::get(DESK, entry::edit_page))
                .route(staff::post(DESK, entry::change)),
        )
        .service(web::resource("/waiting-list/{id}/withdraw").route(staff::post(DESK, entry::withdraw)));
}
