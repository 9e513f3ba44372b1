//! What all settings pages share: the way back, "Saved 10:42", who changed it last.

use chrono_tz::Tz;
use maud::{Markup, html};

use crate::platform::i18n::{Lang, Text};
use crate::platform::web::form::{Faults, Form};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::AuditEntry;

/// A settings page: `up` is where its back link leads, with that page's name.
pub fn settings_page(frame: &Frame, title: &str, up: (&str, &str), body: &Markup) -> Markup {
    frame.page(
        title,
        "settings",
        html! {
            main id="main" class="set" {
                p class="crumb" { a href=(up.0) { (icon("chevron-left")) (up.1) } }
                (body)
            }
        },
    )
}

/// The way back to the settings' overview, for [`settings_page`].
pub fn up_to_settings(lang: Lang) -> (&'static str, &'static str) {
    ("/settings", lang.pick("设置", "Settings"))
}

/// The hidden field of [`Section::seen`], and the field of the fault that says what became of it.
pub const SEEN: &str = "seen";

/// What a stale form is told: who was faster, and that its own values are still there.
pub fn told_stale(text: &Text) -> Faults {
    let mut faults = Faults::default();
    let (zh, en) = (
        format!("{}。您填的内容还在下面；再次保存会用它替换", text.zh),
        format!(
            "{}. What you typed is still below; saving again puts it in its place",
            text.en
        ),
    );
    faults.add(SEEN, "stale", zh, en);
    faults
}

/// One section that saves on its own.
pub struct Section<'a> {
    /// The page's frame: its query says what was just saved (`saved=KEY`, `same=KEY`).
    pub frame: &'a Frame,
    /// Names the section in the query and as anchor.
    pub key: &'a str,
    /// Heading.
    pub title: &'a str,
    /// Zone in which times are shown.
    pub zone: Tz,
    /// The last change.
    pub last: Option<&'a AuditEntry>,
}

impl Section<'_> {
    /// Heading, what was just saved, the content, who changed it last.
    pub fn draw(&self, body: &Markup) -> Markup {
        let lang = self.frame.lang;
        html! {
            section class="card sec" id=(self.key) aria-labelledby={ (self.key) "-h" } {
                h2 id={ (self.key) "-h" } { (self.title) }
                (self.note())
                (body)
                @if let Some(last) = self.last {
                    p class="last" { (icon("history")) " " (lang.pick("上次修改：", "Last changed: ")) (lang.day_time(last.at, self.zone)) " · " (last.actor) }
                }
            }
        }
    }

    /// Goes into a form that changes what the section shows: on which state it was filled in. It stays while the form is
    /// shown again, until a stale one was told: then saving again is a decision made knowing of the other change.
    pub fn seen(&self, form: &Form<'_>) -> Markup {
        let kept = form.input.get(SEEN);
        let newest = self.last.map_or(0, |last| last.id).to_string();
        let keep = !kept.is_empty() && form.faults.of(SEEN).is_none();
        // Several sections of a page have one; the summary leads to that of the form that was stale.
        let id = form.faults.of(SEEN).map(|_| format!("f-{SEEN}"));
        html! { input type="hidden" id=[id] name=(SEEN) value=(if keep { kept } else { &newest }); }
    }

    fn asked(&self, name: &str) -> bool {
        let pair = format!("{name}={}", self.key);
        self.frame.query.split('&').any(|p| p == pair)
    }

    fn note(&self) -> Markup {
        let lang = self.frame.lang;
        html! {
            @if let Some(last) = self.last.filter(|_| self.asked("saved")) {
                p class="banner ok" role="status" { (icon("circle-check")) (lang.pick("已保存 ", "Saved ")) (last.at.local(self.zone).format("%H:%M")) }
            } @else if self.asked("same") {
                p class="banner info" role="status" { (icon("info")) (lang.pick("没有改动", "Nothing had changed")) }
            }
        }
    }
}
