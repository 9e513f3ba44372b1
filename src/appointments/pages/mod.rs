//! The board of a day or a week, the booking panel and the steps, as pages. Everything works without JavaScript; a step is a
//! form, its answer a redirect to the board with the undo in it.

mod answer;
mod booking;
mod card;
mod day;
mod desk;
mod done;
mod edit;
mod find;
mod holds;
mod news;
mod saved;
mod steps;
mod strips;
mod why;

use actix_web::web;

use crate::staff::{self, DESK, EVERYONE};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/news").route(staff::get(EVERYONE, news::fragment)));
    cfg.service(web::resource("/").route(staff::get(EVERYONE, saved::home)))
        .service(web::resource("/day").route(staff::get(EVERYONE, day::page)))
        .service(web::resource("/week").route(staff::get(EVERYONE, day::page)))
        .service(web::resource("/day/board").route(staff::get(EVERYONE, day::fresh)))
        .service(web::resource("/events").route(staff::get(EVERYONE, day::events)))
        .service(web::resource("/day/panel").route(staff::get(EVERYONE, day::panel)))
        .service(web::resource("/day/peek").route(staff::get(EVERYONE, card::peek)))
        .service(web::resource("/day/why").route(staff::get(DESK, why::why)))
        .service(web::resource("/day/hits").route(staff::get(DESK, booking::hits)))
        .service(web::resource("/holds").route(staff::post(DESK, holds::hold)))
        .service(web::resource("/holds/release").route(staff::post(DESK, holds::release)))
        .service(web::resource("/find").route(staff::get(DESK, find::page)))
        .service(web::resource("/find/book").route(staff::post(DESK, find::book)))
        .service(
            web::resource("/views")
                .route(staff::get(EVERYONE, saved::list))
                .route(staff::post(EVERYONE, saved::save)),
        )
        .service(
            web::resource("/views/{id}")
                .route(staff::get(EVERYONE, saved::choose))
                .route(staff::post(EVERYONE, saved::change)),
        )
        .service(web::resource("/views/{id}/order").route(staff::post(EVERYONE, saved::order)))
        .service(web::resource("/views/{id}/remove").route(staff::post(EVERYONE, saved::remove)))
        .service(web::resource("/appointments").route(staff::post(DESK, booking::book)))
        .service(web::resource("/appointments/{id}/edit").route(staff::post(DESK, edit::edit)))
        .service(web::resource("/appointments/{id}/undo").route(staff::post(EVERYONE, steps::undo)))
        .service(
            web::resource("/appointments/{id}/{action:confirm|arrive|seat|finish|leave|no-show|cancel|move|correct}")
                .route(staff::post(EVERYONE, steps::step)),
        );
}
