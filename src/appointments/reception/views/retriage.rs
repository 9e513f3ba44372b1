//! Changing what is known of a walk-in who waits.

use maud::{Markup, html};

use super::super::model::walk_in::Urgency;
use super::walk_in::{Waiting, WalkInPage, hidden};

/// How soon, and for what.
pub(super) fn retriage(p: &WalkInPage<'_>, w: &Waiting) -> Markup {
    let lang = p.frame.lang;
    html! {
        details {
            summary { (lang.pick("改紧急程度或项目", "Triage again")) span class="vh" { " " (w.patient.name) } }
            form class="wi-acts" method="post" action={ "/walk-in/" (w.walk_in.id) "/urgency" } {
                (hidden(w))
                @for u in Urgency::ALL.iter().filter(|u| **u != w.walk_in.urgency) {
                    button class="btn sm" type="submit" name="urgency" value=(u) { (u.name().get(lang)) span class="vh" { " " (w.patient.name) } }
                }
            }
            form class="wi-acts" method="post" action={ "/walk-in/" (w.walk_in.id) "/urgency" } {
                (hidden(w))
                label class="vh" for={ "service-" (w.walk_in.id) } { (lang.pick("项目：", "Visit: ")) (w.patient.name) }
                select class="inp" id={ "service-" (w.walk_in.id) } name="service" {
                    @for s in p.clinic.services.iter().filter(|s| s.active) { option value=(s.id) selected[s.id == w.walk_in.service_id] { (s.name_in(lang)) } }
                }
                button class="btn sm" type="submit" { (lang.pick("改项目", "Change the visit")) span class="vh" { " " (w.patient.name) } }
            }
        }
    }
}
