//! A patient's documents.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::{Document, DocumentId, Edition, Kind, Sending};
use super::{editions, file_field, kinds, taken};
use crate::messaging::{Carrier, Message, MessageState};
use crate::patients::Patient;
use crate::platform::clock::Instant;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input, Kind as FieldKind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// The fields of the form that sends.
const SENT_FIELDS: [&str; 2] = ["document", "channel"];

/// All that the page shows.
pub struct PatientSheet {
    /// Whose.
    pub patient: Patient,
    /// Their own, the latest first.
    pub own: Vec<Document>,
    /// The clinic's that may be sent.
    pub offered: Vec<Document>,
    /// The files of both.
    pub editions: Vec<Edition>,
    /// What they were sent, the latest first.
    pub sent: Vec<SentLine>,
    /// The clinic's zone.
    pub zone: Tz,
    /// When it is shown.
    pub now: Instant,
    /// Whether this reader may look at messages.
    pub desk: bool,
    /// Bytes of a file at most.
    pub max: usize,
}

/// A sending as a line.
pub struct SentLine {
    /// The sending.
    pub sending: Sending,
    /// What was sent.
    pub what: Vec<Document>,
    /// The message that tells of it.
    pub message: Option<Message>,
    /// Who sent it; none: a campaign.
    pub by: Option<String>,
}

impl PatientSheet {
    fn editions_of(&self, id: DocumentId) -> Vec<Edition> {
        self.editions.iter().filter(|e| e.document_id == id).cloned().collect()
    }
}

/// `/patients/{id}/documents`
pub fn of_patient(frame: &Frame, sheet: &PatientSheet, (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let title = lang.pick("资料", "Documents");
    let body = html! {
        main id="main" class="plain outreach" {
            p class="crumb" { a href={ "/patients/" (sheet.patient.id) } { (icon("chevron-left")) (sheet.patient.name) } }
            @if SENT_FIELDS.iter().any(|f| faults.of(f).is_some()) { (form.not_sent()) } @else { (form.summary()) }
            (own(&form, sheet))
            (sending(&form, sheet))
            (sent(lang, sheet))
        }
    };
    frame.page(&format!("{} · {title}", sheet.patient.name), "patients", body)
}

fn own(form: &Form<'_>, sheet: &PatientSheet) -> Markup {
    let (lang, id) = (form.lang, sheet.patient.id);
    let required = FieldKind {
        required: true,
        ..FieldKind::default()
    };
    let heads = lang.pick(
        ["资料", "文件", "存入时间", "操作"],
        ["Document", "File", "Put in", "Actions"],
    );
    let [_, file, at, act] = heads;
    html! {
        section class="card pad" aria-labelledby="own-h" {
            h2 id="own-h" { (lang.pick("患者本人的资料", "The patient's own")) }
            @if sheet.own.is_empty() { p class="note" { (lang.pick("还没有检查结果或报告单。", "No results or report sheets yet.")) } }
            @else { div class="scroll" { table class="rtab" {
                thead { tr { @for h in heads { th scope="col" { (h) } } } }
                tbody { @for d in &sheet.own { tr class=[d.withdrawn_at.map(|_| "gone")] {
                    th scope="row" { (d.title_in(lang)) " " span class="chip" { (d.kind.name().get(lang)) } @if d.withdrawn_at.is_some() { " " span class="chip warn" { (lang.pick("已停用", "Withdrawn")) } } }
                    td data-l=(file) { (editions(lang, &sheet.editions_of(d.id), true)) }
                    td data-l=(at) { (lang.date(d.created_at.day(sheet.zone))) }
                    td data-l=(act) { (step(lang, sheet, d)) }
                } } }
            } } }
            details open[form.faults.of("title").is_some() || form.faults.of("file_zh").is_some() || form.faults.of("kind").is_some()] {
                summary class="btn" { (icon("upload")) (lang.pick("存入新资料", "Put one in")) }
                form class="stack" method="post" action={ "/patients/" (id) "/documents" } enctype="multipart/form-data" {
                    (form.select("kind", lang.pick("类型", "Kind"), &kinds(lang, Kind::OF_PATIENT)))
                    (form.text("title", lang.pick("标题（患者打开后看到）", "Title (the patient reads it once it is open)"), required))
                    (file_field(form, "file_zh", lang.pick("文件", "File"), true))
                    (taken(lang, sheet.max))
                    div class="acts" { button class="btn pri" type="submit" { (icon("check")) (lang.pick("存入", "Put in")) } }
                }
            }
        }
    }
}

fn step(lang: Lang, sheet: &PatientSheet, d: &Document) -> Markup {
    let (name, icon_name, text) = match d.withdrawn_at {
        None => ("withdraw", "ban", lang.pick("停用", "Withdraw")),
        Some(_) => ("restore", "undo-2", lang.pick("重新启用", "Offer again")),
    };
    html! {
        form class="inline" method="post" action={ "/patients/" (sheet.patient.id) "/documents/" (d.id) "/" (name) } {
            input type="hidden" name="version" value=(d.version);
            button class="btn sm" type="submit" { (icon(icon_name)) (text) span class="vh" { (lang.pick("：", ": ")) (d.title_in(lang)) } }
        }
    }
}

fn sending(form: &Form<'_>, sheet: &PatientSheet) -> Markup {
    let (lang, id) = (form.lang, sheet.patient.id);
    let chosen = form.input.all("document");
    let has_file = |d: &&Document| d.is_offered() && sheet.editions.iter().any(|e| e.document_id == d.id);
    let box_of = |d: &Document| {
        let value = d.id.to_string();
        html! {
            label class="check" { input type="checkbox" name="document" value=(value) checked[chosen.contains(&value.as_str())]; " " (d.title_in(lang)) " " span class="chip" { (d.kind.name().get(lang)) } }
        }
    };
    let (own, clinic): (Vec<_>, Vec<_>) = (
        sheet.own.iter().filter(has_file).collect(),
        sheet.offered.iter().filter(has_file).collect(),
    );
    let by = |carrier: Carrier| (carrier.as_str(), carrier.name().get(lang).to_owned());
    let usual = ("", lang.pick("按患者的偏好", "As the patient prefers").to_owned());
    let channels = [usual, by(Carrier::Sms), by(Carrier::Email)];
    html! {
        section class="card pad" aria-labelledby="send-h" {
            h2 id="send-h" { (lang.pick("发送", "Send")) }
            @if own.is_empty() && clinic.is_empty() { p class="note" { (lang.pick("还没有可发的资料。", "There is nothing to send yet.")) } }
            @else {
                form class="stack" method="post" action={ "/patients/" (id) "/documents/send" } {
                    fieldset id="f-document" tabindex="-1" aria-describedby=[form.faults.of("document").map(|_| "f-document-e")] {
                        legend class="lab" { (lang.pick("发什么", "What")) }
                        @for d in &own { (box_of(d)) }
                        @for d in &clinic { (box_of(d)) }
                        (form.fault("document"))
                    }
                    (form.select("channel", lang.pick("方式", "Channel"), &channels))
                    p class="note" { (lang.pick("患者收到一条带链接的消息。本人资料要输入出生日期才能打开，也不作为邮件附件；院刊和宣教单随邮件附上。两分钟内可以撤销。",
                        "The patient gets one message with a link. Their own documents open by their date of birth and are never attached to a mail; the journal and leaflets go with a mail. It can be taken back for two minutes.")) }
                    div class="acts" { button class="btn pri" type="submit" { (icon("send")) (lang.pick("发送", "Send")) } }
                }
            }
        }
    }
}

fn sent(lang: Lang, sheet: &PatientSheet) -> Markup {
    let heads = lang.pick(
        ["资料", "时间", "发送人", "消息", "打开", "操作"],
        ["Documents", "When", "By", "Message", "Opened", "Actions"],
    );
    let [_, when, by, message, opened, act] = heads;
    html! {
        section class="card pad" id="sent" aria-labelledby="sent-h" {
            h2 id="sent-h" { (lang.pick("发送记录", "What was sent")) }
            @if sheet.sent.is_empty() { p class="note" { (lang.pick("还没有发过资料。", "Nothing yet.")) } }
            @else { div class="scroll" { table class="rtab" {
                thead { tr { @for h in heads { th scope="col" { (h) } } } }
                tbody { @for line in &sheet.sent { tr {
                    th scope="row" { @for (i, d) in line.what.iter().enumerate() { @if i > 0 { (lang.pick("、", ", ")) } (d.title_in(lang)) } }
                    td data-l=(when) { (lang.day_time(line.sending.created_at, sheet.zone)) }
                    td data-l=(by) { (line.by.as_deref().unwrap_or(lang.pick("群发", "Campaign"))) }
                    td data-l=(message) { (state(lang, sheet, line)) }
                    td data-l=(opened) { @match line.sending.opened_at { Some(at) => { (lang.day_time(at, sheet.zone)) @if line.sending.opens > 1 { " ×" (line.sending.opens) } }, None => "—" } @if line.sending.is_shut() { " " span class="chip bad" { (lang.pick("出生日期多次不符，链接已关闭", "Too many wrong dates of birth: the link is shut")) } } }
                    td data-l=(act) { (undo(lang, sheet, line)) }
                } } }
            } } }
        }
    }
}

fn state(lang: Lang, sheet: &PatientSheet, line: &SentLine) -> Markup {
    html! {
        @if let Some(m) = &line.message {
            @let text = m.state.name();
            @if sheet.desk { a href={ "/messages/" (m.id) } { (text.get(lang)) } } @else { (text.get(lang)) }
            @if let Some(why) = m.why() { " · " (why.text().get(lang)) }
        }
    }
}

/// While the message has not gone out.
fn undo(lang: Lang, sheet: &PatientSheet, line: &SentLine) -> Markup {
    let waits = line
        .message
        .as_ref()
        .is_some_and(|m| m.state == MessageState::Queued && m.attempts == 0);
    html! {
        @if waits {
            form class="inline" method="post" action={ "/patients/" (sheet.patient.id) "/documents/sent/" (line.sending.id) "/undo" } {
                button class="btn sm" type="submit" { (icon("undo-2")) (lang.pick("撤销", "Take back")) }
            }
            @if let Some(m) = line.message.as_ref().filter(|m| m.due_at > sheet.now) { span class="sub" { (lang.pick("发出时间：", "Goes out at ")) (m.due_at.local(sheet.zone).format("%H:%M").to_string()) } }
        }
    }
}
