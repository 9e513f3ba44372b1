//! What documents look like.

mod clinic;
mod patient;

pub use clinic::{Row, Sheet, list, new, one};
pub use patient::{PatientSheet, SentLine, of_patient};

use maud::{Markup, html};

use super::model::{Edition, Kind, MediaType};
use crate::platform::i18n::{Lang, file_size};
use crate::platform::web::form::Form;
use crate::platform::web::icon;

/// The files of a document, each with a link that opens it. A patient's own has one, in whatever language.
fn editions(lang: Lang, all: &[Edition], own: bool) -> Markup {
    html! {
        @for e in all {
            a class="btn sm" href={ "/documents/" (e.document_id) "/" (e.language.as_str()) } target="_blank" rel="noopener" {
                (icon("file-text")) @if !own { (e.language.pick("中文", "English")) " · " } (what(e.media_type)) " " (file_size(e.size))
                span class="vh" { (lang.pick("（在新窗口打开）", " (opens in a new window)")) }
            } " "
        }
        @if all.is_empty() { span class="chip warn" { (lang.pick("还没有文件", "No file yet")) } }
    }
}

fn what(media_type: MediaType) -> &'static str {
    match media_type {
        MediaType::Pdf => "PDF",
        MediaType::Jpeg => "JPEG",
        MediaType::Png => "PNG",
    }
}

fn kinds(lang: Lang, of: &[Kind]) -> Vec<(&'static str, String)> {
    of.iter().map(|k| (k.as_str(), k.name().get(lang).to_owned())).collect()
}

/// A field for a file.
fn file_field(form: &Form<'_>, name: &str, label: &str, required: bool) -> Markup {
    let fault = form.faults.of(name).map(|_| format!("f-{name}-e"));
    html! {
        div class="field" {
            label for={ "f-" (name) } { (label) @if required { span class="req" aria-hidden="true" { "*" } } }
            input class="inp" type="file" id={ "f-" (name) } name=(name) accept="application/pdf,image/jpeg,image/png" required[required]
                aria-invalid=[fault.as_ref().map(|_| "true")] aria-describedby=[fault];
            (form.fault(name))
        }
    }
}

/// Which files are taken.
fn taken(lang: Lang, max: usize) -> Markup {
    let mb = max / (1024 * 1024);
    html! { p class="note" { (lang.pick(format!("PDF、JPEG 或 PNG，每个不超过 {mb} MB。"), format!("PDF, JPEG or PNG, at most {mb} MB each."))) } }
}
