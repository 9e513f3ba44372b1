//! Sign-in and welcome pages.

use maud::{Markup, html};

use super::super::actions::Closed;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
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
                    p class="brand" { (tooth()) span { @if frame.clinic.is_empty() { "Chairside" } @else { (frame.clinic) } } }
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

/// Asks for the password of whoever locked the screen. `held`: what a form sent meanwhile (`to`, `sent`).
pub(in crate::staff) fn unlock(frame: &Frame, who: &str, held: &Input, faults: &Faults) -> Markup {
    let lang = frame.lang;
    let password = Input::default();
    let blank = Form {
        lang,
        input: &password,
        faults,
    };
    let query = if frame.query.is_empty() { "next=/" } else { &frame.query };
    door(
        frame,
        lang.pick("屏幕已锁定", "Locked"),
        &html! {
            form method="post" action={ "/unlock?" (query) } class="stack" data-locked="1" {
                (blank.summary())
                p { (icon("lock")) " " b { (who) } }
                @if !held.get("sent").is_empty() {
                    div class="banner warn" role="status" { (lang.pick("刚才提交的内容还没有保存；解锁后可以继续提交。", "What was sent is not saved yet. It can be sent once the screen is unlocked.")) }
                    input type="hidden" name="to" value=(held.get("to"));
                    input type="hidden" name="sent" value=(held.get("sent"));
                }
                (blank.text("password", lang.pick("密码", "Password"), Kind { kind: "password", required: true, autocomplete: "current-password", ..Kind::default() }))
                button class="btn pri" type="submit" { (lang.pick("解锁", "Unlock")) }
                p { a href="/sign-in" { (lang.pick("换人登录", "Somebody else: sign in")) } }
            }
        },
    )
}

/// What was sent to a locked screen, to be sent now.
pub(in crate::staff) fn send_held(frame: &Frame, to: &str, back: &str, sent: &[(String, String)]) -> Markup {
    let lang = frame.lang;
    door(
        frame,
        lang.pick("屏幕已解锁", "Unlocked"),
        &html! {
            form method="post" action=(to) class="stack" {
                p { (lang.pick("锁定期间提交的内容还没有保存。", "What was sent while the screen was locked is not saved yet.")) }
                @for (name, value) in sent { input type="hidden" name=(name) value=(value); }
                button class="btn pri" type="submit" { (lang.pick("现在提交", "Send it now")) }
                p { a href=(back) { (lang.pick("不提交，返回", "Do not send it; go back")) } }
            }
        },
    )
}

/// A link that does not open: why, and whom to ask.
pub(in crate::staff) fn closed(frame: &Frame, why: Option<Closed>, whom: &[String]) -> Markup {
    let lang = frame.lang;
    let title = match why {
        Some(Closed::Used) => lang.pick("此链接已用过", "This link has been used"),
        Some(Closed::TooOld) => lang.pick("此链接已过期", "This link is too old"),
        None => lang.pick("此链接无效", "This link does not open"),
    };
    let about = match why {
        Some(Closed::Used) => lang.pick(
            "每个链接只能用一次；有了新的链接，旧的也不再有效。如果密码是您设置的，请直接登录。",
            "A link opens once, and a newer one takes its place. If it was you who set the password, sign in with it.",
        ),
        Some(Closed::TooOld) => lang.pick(
            "邀请链接三天内有效，重设密码的链接 30 分钟内有效。",
            "An invitation opens within three days, a password reset within 30 minutes.",
        ),
        None => lang.pick(
            "请检查链接是否复制完整。",
            "Please check that it was copied as a whole.",
        ),
    };
    door(
        frame,
        title,
        &html! {
            p { (about) }
            p {
                (lang.pick("需要新的链接，请联系管理员", "For a new link, ask the administrator"))
                @if !whom.is_empty() { (lang.pick("：", ": ")) b { (whom.join(lang.pick("、", ", "))) } }
                (lang.pick("。", "."))
            }
            a class="btn pri" href="/sign-in" { (lang.pick("去登录", "Sign in")) }
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
                p class="hint" { (lang.pick("例如几个不相干的词。不要含登录名、诊所名称、常见密码（如 password、123456），也不要只重复一段字符。", "A few unrelated words, for example. Not the login, the clinic's name, common ones (password, 123456) or one piece repeated.")) }
                button class="btn pri" type="submit" { (lang.pick("保存并登录", "Save and sign in")) }
            }
        },
    )
}
