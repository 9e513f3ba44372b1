//! One's own password.

use maud::{Markup, html};

use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// The form; what was typed into it is never shown again.
pub(in crate::staff) fn password(frame: &Frame, faults: &Faults, changed: bool) -> Markup {
    let lang = frame.lang;
    let form = Form {
        lang,
        input: &Input::default(),
        faults,
    };
    let kind = |autocomplete| Kind {
        kind: "password",
        required: true,
        autocomplete,
        ..Kind::default()
    };
    frame.page(
        lang.pick("修改密码", "Change password"),
        "",
        html! {
            main id="main" class="set" {
                section class="card sec" {
                    @if changed {
                        p class="banner ok" role="status" { (icon("circle-check")) (lang.pick("密码已修改，其他设备上的登录已结束。", "The password is changed; you are signed out everywhere else.")) }
                    }
                    form method="post" action="/password" class="stack" {
                        (form.summary())
                        (form.text("current", lang.pick("当前密码", "Current password"), kind("current-password")))
                        (form.text("password", lang.pick("新密码（至少 12 个字符）", "New password (at least 12 characters)"), kind("new-password")))
                        p class="hint" { (lang.pick("保存后，您在其他设备和浏览器上的登录会立即结束。", "Saving signs you out on all other devices and browsers at once.")) }
                        p { button class="btn pri" type="submit" { (lang.pick("保存", "Save")) } }
                    }
                }
            }
        },
    )
}
