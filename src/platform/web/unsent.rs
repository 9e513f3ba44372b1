//! A form with a text that cannot be kept.

use maud::{Markup, html};

use super::super::i18n::Lang;
use super::form::{Faults, Form, Input, Kind};

/// A form that reached no page, because a text in it cannot be kept: it is shown with what was typed, to be sent again.
#[derive(Clone)]
pub(super) struct Unsent {
    pub(super) input: Input,
    pub(super) faults: Faults,
    /// Of a form with files, the fields in which one was chosen: no browser lets us fill them in.
    pub(super) files: Option<Vec<String>>,
}

impl Unsent {
    /// The fields at fault as they were typed, the others unseen. Passwords are typed anew.
    pub(super) fn form(&self, lang: Lang, path: &str) -> Markup {
        let form = Form {
            lang,
            input: &self.input,
            faults: &self.faults,
        };
        let blank = Input::default();
        let password = Kind {
            kind: "password",
            required: true,
            ..Kind::default()
        };
        let with_files = self.files.as_ref().map(|_| "multipart/form-data");
        html! {
            form class="card pad stack" method="post" action=(path) enctype=[with_files] {
                (form.summary())
                @for (name, value) in self.input.pairs() {
                    @if name.contains("password") {
                        (Form { input: &blank, ..form }.text(name, lang.pick("密码", "Password"), password))
                    } @else if self.faults.of(name).is_some() {
                        (form.area(name, name, 3))
                    } @else {
                        input type="hidden" name=(name) value=(value);
                    }
                }
                @for name in self.files.iter().flatten() {
                    div class="field" {
                        label for={ "f-" (name) } { (lang.pick("文件（请重新选择）", "File (choose it again)")) }
                        input class="inp" type="file" id={ "f-" (name) } name=(name) required;
                    }
                }
                button class="btn pri" type="submit" { (lang.pick("再次提交", "Send again")) }
            }
        }
    }
}
