//! Chairs: the list in board order, adding, one chair with the sections of when it is open.

use std::sync::Arc;

use maud::{Markup, html};

use super::super::model::{Chair, Whose};
use super::super::pages::Shown;
use super::super::store::Snapshot;
use super::fields::suggested;
use super::times::{self, Forms, Times, span_of};
use super::{in_use, names, save};
use crate::platform::clock::Instant;
use crate::platform::i18n::Lang;
use crate::platform::web::form::Form;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page, up_to_settings};

/// What the page of one needs.
pub(in crate::clinic) struct Sheet {
    pub chair: Chair,
    pub clinic: Arc<Snapshot>,
    pub last: Option<AuditEntry>,
    pub times: Times,
}

pub(in crate::clinic) fn list(
    frame: &Frame,
    (clinic, now): (&Snapshot, Instant),
    last: Option<&AuditEntry>,
    shown: &Shown,
) -> Markup {
    let lang = frame.lang;
    let section = Section {
        frame,
        key: "chairs",
        title: lang.pick("日程上的顺序", "In the order of the board"),
        zone: clinic.site.tz(),
        last,
    };
    let form = shown.form(lang);
    let body = html! {
        (section.draw(&table(frame, clinic, now)))
        section class="card sec" id="add" aria-labelledby="add-h" {
            h2 id="add-h" { (lang.pick("添加椅位", "Add a chair")) }
            form method="post" action="/settings/chairs" class="stack" {
                (form.summary())
                div class="pair" { (names(&form)) (kind(&form, clinic)) }
                (save(lang, clinic.site.tz(), shown, lang.pick("添加", "Add")))
            }
        }
    };
    settings_page(frame, lang.pick("椅位", "Chairs"), up_to_settings(lang), &body)
}

fn table(frame: &Frame, clinic: &Snapshot, now: Instant) -> Markup {
    let lang = frame.lang;
    let (name, kind, state, order) = lang.pick(("名称", "类型", "状态", "顺序"), ("Name", "Kind", "State", "Order"));
    html! {
        table class="tab" {
            thead { tr { th scope="col" { (name) } th scope="col" { (kind) } th scope="col" { (state) } th scope="col" { (order) } } }
            tbody {
                @for ch in &clinic.chairs {
                    tr {
                        th scope="row" { a href={ "/settings/chairs/" (ch.id) } { (ch.name_in(lang)) } }
                        td data-l=(kind) { @if ch.kind.is_empty() { (lang.pick("普通", "Usual")) } @else { (ch.kind) } }
                        td data-l=(state) class="wrap" { span { (in_use(lang, ch.active)) (closed(lang, clinic, ch, now)) } }
                        td data-l=(order) {
                            form method="post" action={ "/settings/chairs/" (ch.id) "/move" } class="inline" {
                                button class="btn sm" name="to" value="up" { (lang.pick("上移", "Up")) span class="vh" { ": " (ch.name_in(lang)) } }
                                button class="btn sm" name="to" value="down" { (lang.pick("下移", "Down")) span class="vh" { ": " (ch.name_in(lang)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// When it is out of service next, or now; and that it has hours of its own.
fn closed(lang: Lang, clinic: &Snapshot, chair: &Chair, now: Instant) -> Markup {
    let whose = Whose::Chair(chair.id);
    let next = clinic.leaves.iter().find(|l| l.is_of(whose) && l.ends_at > now);
    html! {
        @if let Some(l) = next {
            " " span class="chip warn" { (lang.pick("停用", "Out of service")) }
            " " small { (span_of(lang, l, clinic.site.tz())) @if !l.reason.is_empty() { " · " (l.reason) } }
        }
        @if !clinic.rota(whose).is_blank() { " " small { (lang.pick("有自己的开放时间", "hours of its own")) } }
    }
}

/// What a chair is good for beyond the usual.
fn kind(form: &Form<'_>, clinic: &Snapshot) -> Markup {
    let label = form.lang.pick("类型（空：普通）", "Kind (empty: the usual)");
    let hint = form.lang.pick(
        "例如“手术”“拍片”。服务项目可以只约某一类椅位。",
        "Such as surgery or x-ray. A service can ask for a chair of a kind.",
    );
    suggested(form, "kind", (label, hint), &clinic.chair_kinds())
}

pub(in crate::clinic) fn edit(frame: &Frame, sheet: &Sheet, shown: &Shown, forms: &Forms) -> Markup {
    let (chair, clinic) = (&sheet.chair, &*sheet.clinic);
    let lang = frame.lang;
    let form = shown.form(lang);
    let section = Section {
        frame,
        key: "chair",
        title: lang.pick("名称与状态", "Names and state"),
        zone: clinic.site.tz(),
        last: sheet.last.as_ref(),
    };
    let data = section.draw(&html! {
        form method="post" action={ "/settings/chairs/" (chair.id) } class="stack" {
            (section.seen(&form))
            (form.summary())
            div class="pair" { (names(&form)) (kind(&form, clinic)) }
            (form.tick("active", lang.pick("使用中", "In use")))
            p class="hint" { (icon("info")) " " (lang.pick("有未来预约的椅位不能停用。", "A chair with future bookings cannot be deactivated.")) }
            (save(lang, clinic.site.tz(), shown, lang.pick("保存", "Save")))
        }
    });
    let body = html! { (data) (times::sections(frame, &sheet.times, forms)) };
    let up = ("/settings/chairs", lang.pick("椅位", "Chairs"));
    settings_page(frame, chair.name_in(lang), up, &body)
}
