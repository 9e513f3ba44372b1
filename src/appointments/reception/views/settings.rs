//! Settings of reception.

use chrono_tz::Tz;
use maud::{Markup, html};

use crate::appointments::model::stage::Stage;
use crate::clinic::Service;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page, up_to_settings};

/// When waiting is too long, stage by stage.
pub fn alerts(frame: &Frame, zone: Tz, last: Option<&AuditEntry>, (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let number = Kind {
        required: true,
        inputmode: "numeric",
        ..Kind::default()
    };
    let title = lang.pick("候诊提醒时间", "Waiting alerts");
    let body = html! {
        form method="post" action="/settings/waiting" class="stack" {
            (form.summary())
            p class="hint" { (lang.pick("候诊室和日程在每个阶段多少分钟后变黄、变红。", "After how many minutes of a stage the waiting room and the schedule turn amber, and red.")) }
            @for stage in Stage::ALL {
                fieldset class="pair" {
                    legend class="lab" { (stage.name().get(lang)) }
                    (form.text(&format!("{stage}-amber"), lang.pick("黄色（分钟）", "Amber (minutes)"), number))
                    (form.text(&format!("{stage}-red"), lang.pick("红色（分钟）", "Red (minutes)"), number))
                }
            }
            p { button class="btn pri" type="submit" { (lang.pick("保存", "Save")) } }
        }
    };
    let section = Section {
        frame,
        key: "waiting",
        title,
        zone,
        last,
    };
    settings_page(frame, title, up_to_settings(lang), &section.draw(&body))
}

/// What is laid out before a visit of each service.
pub fn supplies(
    frame: &Frame,
    zone: Tz,
    last: Option<&AuditEntry>,
    services: &[Service],
    (input, faults): (&Input, &Faults),
) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let title = lang.pick("备物清单", "Supplies");
    let body = html! {
        form method="post" action="/settings/supplies" class="stack" {
            (form.summary())
            p class="hint" { (lang.pick("每个项目就诊前要准备的物品，显示在备诊单上。", "What is laid out before a visit of each service; the day sheet shows it.")) }
            @for s in services {
                fieldset class="pair" {
                    legend class="lab" { (s.name_in(lang)) }
                    (form.text(&format!("zh-{}", s.id), lang.pick("中文", "Chinese"), Kind::default()))
                    (form.text(&format!("en-{}", s.id), lang.pick("英文", "English"), Kind::default()))
                }
            }
            p { button class="btn pri" type="submit" { (lang.pick("保存", "Save")) } }
        }
    };
    let section = Section {
        frame,
        key: "supplies",
        title,
        zone,
        last,
    };
    settings_page(frame, title, up_to_settings(lang), &section.draw(&body))
}
