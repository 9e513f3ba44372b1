//! The API tokens that work.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::settings::settings_page;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::store::Token;

pub(in crate::staff) fn list(frame: &Frame, tokens: &[Token], zone: Tz) -> Markup {
    let lang = frame.lang;
    let (whose, role) = (lang.pick("账户", "Account"), lang.pick("角色", "Role"));
    let (made, ends) = (lang.pick("签发时间", "Issued"), lang.pick("有效期至", "Works until"));
    let revoked = frame.query.split('&').any(|p| p == "saved=tokens");
    let up = ("/settings/staff", lang.pick("员工账户", "Staff accounts"));
    settings_page(
        frame,
        lang.pick("接口令牌", "API tokens"),
        up,
        &html! {
            @if revoked { p class="banner ok" role="status" { (icon("circle-check")) (lang.pick("令牌已作废", "The token is revoked")) } }
            p class="hint" { (lang.pick("令牌由程序使用，权限与其角色相同；由命令行签发：chairside token --role front-desk。只保存其摘要，无法再次显示。", "Programs use tokens, with the rights of their role. They are issued on the command line: chairside token --role front-desk. Only their hash is stored; they cannot be shown again.")) }
            @if tokens.is_empty() {
                p class="card sec" { (lang.pick("没有有效的令牌", "No token works")) }
            } @else {
                table class="card tab" {
                    thead { tr { th scope="col" { (whose) } th scope="col" { (role) } th scope="col" { (made) } th scope="col" { (ends) } th scope="col" { span class="vh" { (lang.pick("操作", "Actions")) } } } }
                    tbody {
                        @for t in tokens {
                            tr {
                                th scope="row" { span translate="no" { (t.login) } }
                                td data-l=(role) { (t.role.name().get(lang)) }
                                td data-l=(made) { (lang.day_time(t.created_at, zone)) }
                                td data-l=(ends) { (lang.day_time(t.ends_at, zone)) }
                                td {
                                    form method="post" action={ "/settings/staff/tokens/" (t.id) "/revoke" } class="inline" {
                                        button class="btn sm" type="submit" { (lang.pick("作废", "Revoke")) span class="vh" { ": " span translate="no" { (t.login) } " " (lang.day_time(t.created_at, zone)) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        },
    )
}
