//! Sign-in and welcome pages.

use maud::{Markup, html};

use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::layout::{Frame, tooth};

fn door(frame: &Frame, title: &str, body: &Markup) -> Markup {
    let switch = frame.lang.other();
    let joint = if frame.query.is_empty() { "" } else { "&" };
    frame.page(
        title,
        "",
        html! {
            main id="main" class="door" {
                div class="card" {
                    p class="brand" { (tooth()) span { "Chairside" } }
                    h1 { (title) }
                    (body)
                }
                p { a href={ (frame.path) "?" (frame.query) (joint) "lang=" (switch) } lang=(switch.tag()) hreflang=(switch.tag()) { (frame.lang.pick("English", "中文")) } }
            }
        },
    )
}

pub(in crate::staff) fn sign_in(frame: &Frame, input: &Input, faults: &Faults) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let password = Input::default();
    let blank = Form {
        lang,
        input: &password,
        faults,
    };
    door(
        frame,
        lang.pick("登录", "Sign in"),
        &html! {
            form method="post" action="/sign-in" class="stack" {
                (form.summary())
                @if !input.get("next").is_empty() { input type="hidden" name="next" value=(input.get("next")); }
                (form.text("login", lang.pick("登录名", "Login"), Kind { required: true, autocomplete: "username", ..Kind::default() }))
                (blank.text("password", lang.pick("密码", "Password"), Kind { kind: "password", required: true, autocomplete: "current-password", ..Kind::default() }))
                button class="btn pri" type="submit" { (lang.pick("登录", "Sign in")) }
            }
        },
    )
}

pub(in crate::staff) fn welcome(frame: &Frame, first: bool, input: &Input, faults: &Faults) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let title = if first {
        lang.pick("设置管理员账户", "Set up the administrator")
    } else {
        lang.pick("设置密码", "Set your password")
    };
    let new_password = Kind {
        kind: "password",
        required: true,
        autocomplete: "new-password",
        ..Kind::default()
    };
    let blank = Input::default();
    door(
        frame,
        title,
        &html! {
            form method="post" class="stack" {
                (form.summary())
                @if first {
                    (form.text("name", lang.pick("姓名", "Name"), Kind { required: true, autocomplete: "name", ..Kind::default() }))
                    (form.text("login", lang.pick("登录名", "Login"), Kind { required: true, autocomplete: "username", ..Kind::default() }))
                } @else {
                    p { (input.get("name")) " · " (input.get("login")) }
                }
                (Form { lang, input: &blank, faults }.text("password", lang.pick("密码（至少 12 个字符）", "Password (at least 12 characters)"), new_password))
                button class="btn pri" type="submit" { (lang.pick("保存并登录", "Save and sign in")) }
            }
        },
    )
}
