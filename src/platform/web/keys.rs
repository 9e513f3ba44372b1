//! The list of keyboard shortcuts that `?` and the account menu open.

use maud::{Markup, html};

use super::super::i18n::Lang;

/// Keys, with spaces between those that are pressed one by one; what they do, in Chinese and English.
pub type Key = (&'static str, &'static str, &'static str);

/// What works on every page, before and after what the page has.
const FIRST: [Key; 1] = [("/", "查找患者", "Find a patient")];
const LAST: [Key; 2] = [
    ("Alt+L", "锁定屏幕", "Lock the screen"),
    ("?", "显示本列表", "Show this list"),
];

/// The dialog, with the keys of a page between those of every page.
pub(super) fn dialog(lang: Lang, own: &[Key]) -> Markup {
    html! {
        dialog id="keys" aria-labelledby="keys-t" {
            h2 id="keys-t" { (lang.pick("快捷键", "Keyboard shortcuts")) }
            dl class="kv keys" {
                @for (keys, zh, en) in FIRST.iter().chain(own).chain(&LAST) {
                    dt { @for k in keys.split(' ') { kbd { (k) } " " } } dd { (lang.pick(zh, en)) }
                }
            }
            label class="check" { input type="checkbox" id="keys-off"; " " (lang.pick("关闭单键快捷键", "Switch single-letter keys off")) }
            form method="dialog" { button class="btn" { (lang.pick("关闭", "Close")) } }
        }
    }
}
