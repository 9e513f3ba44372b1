//! What the keyboard does here, and taking back what was just saved.

use maud::{Markup, html};

use super::super::pages::Desk;
use crate::platform::web::icon;
use crate::platform::web::keys::Key;

pub(super) const KEYS: &[Key] = &[
    ("J K", "下一个、上一个回访", "Next and previous call"),
    ("C", "拨打电话", "Call the number"),
    (
        "1 – 7",
        "跳到第几个问题，再用方向键选择",
        "Go to that question; the arrows choose",
    ),
    ("Q", "其余问题都正常", "All other answers normal"),
    ("U", "未接", "No answer"),
    ("L", "稍后再打；Esc 关闭", "Call later; Esc closes it"),
    ("E", "转医生", "Escalate to the doctor"),
    ("T", "多次未接时：发短信请回电", "Not reached: text instead"),
    ("Ctrl+Enter", "已接通，保存并下一位", "Reached: save and next"),
    ("Y", "确认下一次预约", "Confirm the next visit"),
    ("Z", "8 秒内撤销", "Undo within 8 seconds"),
];

/// What was just saved, with its undo; the script hides it after eight seconds.
pub(super) fn did(d: &Desk) -> Markup {
    let lang = d.lang;
    html! {
        @if let Some(saved) = d.saved.as_ref().filter(|s| s.may_undo && d.may_call) {
            form class="did cb-did" id="did" method="post" action={ "/callbacks/" (saved.task.id) "/undo" } {
                input type="hidden" name="version" value=(saved.task.version);
                span { (icon("check")) (saved.name) " · " (saved.what.get(lang)) }
                button class="btn sm" type="submit" { (icon("undo-2")) (lang.pick("撤销", "Undo")) " " kbd { "Z" } }
            }
        }
    }
}
