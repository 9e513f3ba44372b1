//! How freed times are offered by themselves.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::{Ask, Source};
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page, up_to_settings};

/// `/settings/waiting-list`
pub fn page(frame: &Frame, zone: Tz, last: Option<&AuditEntry>, (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let number = Kind {
        required: true,
        inputmode: "numeric",
        ..Kind::default()
    };
    let how: Vec<(&str, String)> = Ask::ALL
        .iter()
        .map(|a| (a.as_str(), a.name().get(lang).to_owned()))
        .collect();
    let title = lang.pick("自动填补空档", "Filling gaps by itself");
    let body = html! {
        form method="post" action="/settings/waiting-list" class="stack" {
            (form.summary())
            p class="hint" { (lang.pick(
                "预约取消、改期、缩短，或医生撤回请假后，空出的时间由系统自动询问合适的患者。消息守发送时段，也守每人所需的准备时间；空档在此期间保留。",
                "When a visit is cancelled, moved or shortened, or a leave is taken back, the free time is offered to those whom it suits. Messages keep to sending hours and to the time that each needs to get here; the time is held meanwhile.")) }
            (form.select("ask", lang.pick("怎样问", "How"), &how))
            div class="two" {
                (form.text("batch", lang.pick("每批人数（分批时）", "How many at a time (in batches)"), number))
                (form.text("minutes", lang.pick("答复时限（分钟）", "Time to answer, in minutes"), number))
            }
            fieldset class="ticks" id="f-sources" tabindex="-1" {
                legend class="lab" { (lang.pick("问谁", "Whom to ask")) }
                @for source in Source::ALL { (form.tick(source.as_str(), source.name().get(lang))) }
                (form.fault("sources"))
            }
            p { button class="btn pri" type="submit" { (lang.pick("保存", "Save")) } }
        }
    };
    let section = Section {
        frame,
        key: "waiting-list",
        title,
        zone,
        last,
    };
    settings_page(frame, title, up_to_settings(lang), &section.draw(&body))
}
