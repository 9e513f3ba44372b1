//! The list of accounts, an account's form, an invitation.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::settings::{Section, settings_page, up_to_settings};
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Form, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Role, User};

fn up_to_list(lang: Lang) -> (&'static str, &'static str) {
    ("/settings/staff", lang.pick("员工账户", "Staff accounts"))
}

fn state(lang: Lang, user: &User) -> Markup {
    let (class, text) = if !user.active {
        ("chip bad", lang.pick("已停用", "Deactivated"))
    } else if user.password_hash.is_none() {
        ("chip warn", lang.pick("尚未设置密码", "No password yet"))
    } else {
        ("chip ok", lang.pick("可登录", "May sign in"))
    };
    html! { span class=(class) { (text) } }
}

pub(in crate::staff) fn list(frame: &Frame, users: &[User]) -> Markup {
    let lang = frame.lang;
    let (name, login) = (lang.pick("姓名", "Name"), lang.pick("登录名", "Login"));
    let (role, status) = (lang.pick("角色", "Role"), lang.pick("状态", "State"));
    let over = lang.pick("加号", "Overbooking");
    settings_page(
        frame,
        lang.pick("员工账户", "Staff accounts"),
        up_to_settings(lang),
        &html! {
            p { a class="btn pri" href="/settings/staff/new" { (icon("user-plus")) (lang.pick("添加账户", "Add an account")) } " " a class="btn" href="/settings/staff/tokens" { (lang.pick("接口令牌", "API tokens")) } }
            table class="card tab" {
                thead { tr { th scope="col" { (name) } th scope="col" { (login) } th scope="col" { (role) } th scope="col" { (over) } th scope="col" { (status) } } }
                tbody {
                    @for u in users {
                        tr {
                            th scope="row" { a href={ "/settings/staff/" (u.id) } { (u.name) } }
                            td data-l=(login) { (u.login) }
                            td data-l=(role) { (u.role.name().get(lang)) }
                            td data-l=(over) { (if u.may_overbook { lang.pick("可以", "May") } else { lang.pick("不可", "May not") }) }
                            td data-l=(status) { (state(lang, u)) }
                        }
                    }
                }
            }
        },
    )
}

fn role_options(lang: Lang) -> Vec<(&'static str, String)> {
    Role::ALL
        .iter()
        .map(|r| (r.as_str(), r.name().get(lang).to_owned()))
        .collect()
}

const REQUIRED: Kind = Kind {
    kind: "",
    required: true,
    autocomplete: "",
    inputmode: "",
};

pub(in crate::staff) fn add(frame: &Frame, form: &Form<'_>) -> Markup {
    let lang = frame.lang;
    settings_page(
        frame,
        lang.pick("添加账户", "Add an account"),
        up_to_list(lang),
        &html! {
            form method="post" action="/settings/staff/new" class="card sec" {
                (form.summary())
                (form.text("name", lang.pick("姓名", "Name"), REQUIRED))
                (form.text("login", lang.pick("登录名", "Login"), REQUIRED))
                (form.select("role", lang.pick("角色", "Role"), &role_options(lang)))
                p class="hint" { (lang.pick("保存后会显示一次性邀请链接，由本人设置密码。除护士外，新账户可以加号；之后可在账户里更改。", "After saving, a one-time invitation link is shown with which they set their own password. All but nurses may overbook at first; the account's page changes that.")) }
                p { button class="btn pri" type="submit" { (lang.pick("添加", "Add")) } }
            }
        },
    )
}

/// An account with its last change, in the clinic's zone.
pub(in crate::staff) struct Account {
    pub user: User,
    pub last: Option<AuditEntry>,
    pub zone: Tz,
}

pub(in crate::staff) fn edit(frame: &Frame, account: &Account, form: &Form<'_>) -> Markup {
    let lang = frame.lang;
    let user = &account.user;
    let section = Section {
        frame,
        key: "account",
        title: lang.pick("姓名、角色、状态与权限", "Name, role, state and permission"),
        zone: account.zone,
        last: account.last.as_ref(),
    };
    settings_page(
        frame,
        &user.name,
        up_to_list(lang),
        &html! {
            (section.draw(&html! {
                form method="post" action={ "/settings/staff/" (user.id) } class="stack" {
                    (section.seen(form))
            (form.summary())
                    p { (lang.pick("登录名：", "Login: ")) b { (user.login) } " " (state(lang, user)) }
                    (form.text("name", lang.pick("姓名", "Name"), REQUIRED))
                    (form.select("role", lang.pick("角色", "Role"), &role_options(lang)))
                    (form.tick("active", lang.pick("可以登录", "May sign in")))
                    (form.tick("may_overbook", lang.pick("可以加号（写明原因，约在已占用的时间）", "May overbook (put a visit over what is in the way, with a reason)")))
                    p class="hint" { (lang.pick("改变角色或停用会立即结束此人的登录；加号权限从下一次操作起生效。", "Changing the role or deactivating ends this person's sessions at once; the permission to overbook holds from their next click on.")) }
                    p { button class="btn pri" type="submit" { (lang.pick("保存", "Save")) } }
                }
            }))
            @if user.active {
                section class="card sec" aria-labelledby="invite-h" {
                    h2 id="invite-h" { (lang.pick("新邀请（重设密码）", "New invitation (password reset)")) }
                    p { (lang.pick(
                        "生成一次性链接，本人用它设置密码：还没有密码的三天内有效，重设密码的 30 分钟内有效；之前的链接随即失效。",
                        "Makes a link that opens once, with which they set a password: within three days the first one, within 30 minutes another; earlier links stop working.",
                    )) }
                    form method="post" action={ "/settings/staff/" (user.id) "/invite" } {
                        button class="btn" type="submit" { (icon("refresh-cw")) (lang.pick("生成链接", "Make a link")) }
                    }
                }
            }
        },
    )
}

fn how_long(lang: Lang, user: &User) -> &'static str {
    if user.password_hash.is_some() {
        lang.pick("一次性链接（30 分钟内有效）", "One-time link (opens within 30 minutes)")
    } else {
        lang.pick("一次性链接（三天内有效）", "One-time link (opens within three days)")
    }
}

/// The only time a link is shown: what is stored is its hash.
pub(in crate::staff) fn invitation(frame: &Frame, user: &User, link: &str) -> Markup {
    let lang = frame.lang;
    settings_page(
        frame,
        lang.pick("邀请链接", "Invitation link"),
        up_to_list(lang),
        &html! {
            section class="card sec" {
                p { (lang.pick("请把此链接交给", "Give this link to")) " " b { (user.name) } " (" (user.login) ")" (lang.pick("。", ".")) }
                div class="field" {
                    label for="link" { (how_long(lang, user)) }
                    input class="inp" id="link" readonly value=(link);
                }
                p class="banner warn" { (icon("triangle-alert")) (lang.pick("离开本页后不再显示；需要时可重新生成。", "It is not shown again after you leave this page; make a new one when needed.")) }
            }
        },
    )
}
