//! The clinic's documents.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::{Document, Edition, Kind};
use super::super::store::Receiver;
use super::{editions, file_field, kinds, taken};
use crate::platform::i18n::Lang;
use crate::platform::web::assets::icon_class;
use crate::platform::web::form::{Faults, Form, Input, Kind as FieldKind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section};

/// A document in the list.
pub struct Row {
    /// The document.
    pub document: Document,
    /// Its files.
    pub editions: Vec<Edition>,
    /// How often it was sent, and how many of those were opened.
    pub sent: (i64, i64),
}

/// All that is shown of a document.
pub struct Sheet {
    /// The document.
    pub document: Document,
    /// Its files.
    pub editions: Vec<Edition>,
    /// Whether it has ever been sent.
    pub sent: bool,
    /// To whom, the latest first.
    pub receivers: Vec<Receiver>,
    /// Its last change.
    pub last: Option<AuditEntry>,
    /// The clinic's zone.
    pub zone: Tz,
    /// Whether this reader may change and send it.
    pub desk: bool,
    /// Bytes of a file at most.
    pub max: usize,
}

const SECTION: &str = "segments";

/// `/documents`
pub fn list(frame: &Frame, rows: &[Row], (zone, desk): (Tz, bool)) -> Markup {
    let lang = frame.lang;
    let title = lang.pick("院刊和宣教单", "Journal and leaflets");
    let body = html! {
        main id="main" class="plain outreach" {
            div class="acts" {
                @if desk {
                    a class="btn pri" href="/documents/new" { (icon("plus")) (lang.pick("新增资料", "New document")) }
                    a class="btn" href="/campaigns" { (icon("send")) (lang.pick("群发", "Campaigns")) }
                }
            }
            @if rows.is_empty() {
                div class="card empty" { (icon_class("file-text", "i-l")) h2 { (lang.pick("还没有资料", "No documents yet")) }
                    p { (lang.pick("院刊、宣教单放在这里，可以发给一位患者或一组患者。患者本人的报告在患者档案里。", "The journal and leaflets stand here and can be sent to one patient or to many. A patient's own reports are with their record.")) } }
            } @else {
                div class="card scroll" { table class="rtab" {
                    thead { tr { @for h in heads(lang) { th scope="col" { (h) } } } }
                    tbody { @for row in rows { (line(lang, row, zone)) } }
                } }
            }
        }
    };
    frame.page(title, SECTION, body)
}

fn heads(lang: Lang) -> [&'static str; 5] {
    lang.pick(
        ["资料", "类型", "文件", "发送 / 打开", "加入时间"],
        ["Document", "Kind", "Files", "Sent / opened", "Put in"],
    )
}

fn line(lang: Lang, row: &Row, zone: Tz) -> Markup {
    let (d, [_, kind, files, sent, at]) = (&row.document, heads(lang));
    html! {
        tr class=[d.withdrawn_at.map(|_| "gone")] {
            th scope="row" { a href={ "/documents/" (d.id) } { (d.title_in(lang)) } @if d.withdrawn_at.is_some() { " " span class="chip" { (lang.pick("已停用", "Withdrawn")) } } }
            td data-l=(kind) { (d.kind.name().get(lang)) }
            td data-l=(files) { (editions(lang, &row.editions, false)) }
            td data-l=(sent) { (row.sent.0) " / " (row.sent.1) }
            td data-l=(at) { (lang.date(d.created_at.day(zone))) }
        }
    }
}

/// `/documents/new`
pub fn new(frame: &Frame, max: usize, (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let title = lang.pick("新增资料", "New document");
    let body = html! {
        main id="main" class="plain outreach" {
            (crumb(lang))
            section class="card pad" aria-labelledby="new-h" {
                h2 id="new-h" { (title) }
                form class="stack" method="post" action="/documents" enctype="multipart/form-data" {
                    (form.summary())
                    (names(&form))
                    (file_field(&form, "file_zh", lang.pick("中文版文件", "Chinese file"), false))
                    (file_field(&form, "file_en", lang.pick("英文版文件", "English file"), false))
                    (taken(lang, max))
                    p class="note" { (lang.pick("至少一个文件；患者收到自己语言的版本，没有就收到另一个。", "One file at least: patients get the one in their language, or the other.")) }
                    div class="acts" { button class="btn pri" type="submit" { (icon("check")) (lang.pick("保存", "Save")) } }
                }
            }
        }
    };
    frame.page(title, SECTION, body)
}

fn crumb(lang: Lang) -> Markup {
    html! { p class="crumb" { a href="/documents" { (icon("chevron-left")) (lang.pick("院刊和宣教单", "Journal and leaflets")) } } }
}

fn names(form: &Form<'_>) -> Markup {
    let lang = form.lang;
    let required = FieldKind {
        required: true,
        ..FieldKind::default()
    };
    html! {
        (form.select("kind", lang.pick("类型", "Kind"), &kinds(lang, Kind::OF_CLINIC)))
        div class="cols" {
            (form.text("title", lang.pick("标题", "Title"), required))
            (form.text("title_en", lang.pick("英文标题（可不填）", "English title (optional)"), FieldKind::default()))
        }
    }
}

/// `/documents/{id}`
pub fn one(frame: &Frame, sheet: &Sheet, typed: (&Input, &Faults)) -> Markup {
    let (lang, d) = (frame.lang, &sheet.document);
    let body = html! {
        main id="main" class="plain outreach" {
            (crumb(lang))
            section class="card pad" aria-labelledby="doc-h" {
                h2 id="doc-h" { (d.title_in(lang)) " " span class="chip" { (d.kind.name().get(lang)) } @if d.withdrawn_at.is_some() { " " span class="chip warn" { (lang.pick("已停用", "Withdrawn")) } } }
                p { (editions(lang, &sheet.editions, false)) }
                @if sheet.desk { (acts(lang, sheet)) }
            }
            @if sheet.desk && !sheet.sent { (edit(frame, sheet, typed)) }
            (receivers(lang, sheet))
        }
    };
    frame.page(d.title_in(lang), SECTION, body)
}

fn acts(lang: Lang, sheet: &Sheet) -> Markup {
    let d = &sheet.document;
    html! {
        div class="acts" {
            @if d.is_offered() && !sheet.editions.is_empty() { a class="btn pri" href={ "/campaigns/new?document=" (d.id) } { (icon("send")) (lang.pick("发给一组患者", "Send to a segment")) } }
            @if d.is_offered() {
                form method="post" action={ "/documents/" (d.id) "/withdraw" } { input type="hidden" name="version" value=(d.version); button class="btn" type="submit" { (icon("ban")) (lang.pick("停用", "Withdraw")) } }
            } @else {
                form method="post" action={ "/documents/" (d.id) "/restore" } { input type="hidden" name="version" value=(d.version); button class="btn" type="submit" { (icon("undo-2")) (lang.pick("重新启用", "Offer again")) } }
            }
        }
        @if sheet.sent { p class="note" { (lang.pick("已经发过，不能再改：要改就新增一份，并停用这一份。", "It has been sent and stays as it is: put a corrected one in as another document, and withdraw this one.")) } }
        @if d.is_offered() { p class="note" { (lang.pick("停用后不再发送，已发出的链接也打不开。发给一位患者请到其档案。", "Once withdrawn it is sent no more, and links that were sent do not open. To send it to one patient, open their record.")) } }
    }
}

fn edit(frame: &Frame, sheet: &Sheet, (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let section = Section {
        frame,
        key: "documents",
        title: lang.pick("修改", "Change"),
        zone: sheet.zone,
        last: sheet.last.as_ref(),
    };
    section.draw(&html! {
        form class="stack" method="post" action={ "/documents/" (sheet.document.id) } enctype="multipart/form-data" {
            (form.summary())
            input type="hidden" name="version" value=(input.get("version"));
            (names(&form))
            (file_field(&form, "file_zh", lang.pick("中文版文件（换成）", "Chinese file (to take its place)"), false))
            (file_field(&form, "file_en", lang.pick("英文版文件（换成）", "English file (to take its place)"), false))
            (taken(lang, sheet.max))
            div class="acts" { button class="btn pri" type="submit" { (icon("check")) (lang.pick("保存", "Save")) } }
        }
    })
}

fn receivers(lang: Lang, sheet: &Sheet) -> Markup {
    let heads = lang.pick(
        ["患者", "时间", "消息", "打开"],
        ["Patient", "When", "Message", "Opened"],
    );
    let [_, when, message, opened] = heads;
    html! {
        section class="card pad" aria-labelledby="sent-h" {
            h2 id="sent-h" { (lang.pick("发给了谁", "To whom it was sent")) }
            @if sheet.receivers.is_empty() { p class="note" { (lang.pick("还没有发过", "To nobody yet")) } }
            @else { div class="scroll" { table class="rtab" {
                thead { tr { @for h in heads { th scope="col" { (h) } } } }
                tbody { @for (sending, name, state) in &sheet.receivers { tr {
                    th scope="row" { a href={ "/patients/" (sending.patient_id) "/documents" } { (name) } }
                    td data-l=(when) { (lang.day_time(sending.created_at, sheet.zone)) }
                    td data-l=(message) { @if let Some(state) = state { (state.name().get(lang)) } }
                    td data-l=(opened) { @match sending.opened_at { Some(at) => { (lang.day_time(at, sheet.zone)) }, None => "—" } }
                } } }
            } } }
        }
    }
}
