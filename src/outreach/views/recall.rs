//! The recall list, the result of a call, and the preview of texts to several.

use chrono::NaiveDate;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::jobs::Exclusion;
use super::super::model::{CallResult, Contact, Recall, after_text};
use super::super::store::recalls::{RecallRow, Resting};
use crate::clinic::{Provider, Service};
use crate::messaging::Composed;
use crate::patients::{Channel, Patient};
use crate::platform::i18n::{Lang, phone_for_people, phone_masked};
use crate::platform::web::assets::icon_class;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::keys::Key;
use crate::platform::web::layout::{Frame, Own};

/// What the keyboard does on the list.
const KEYS: &[Key] = &[
    ("↑ ↓", "上一位、下一位患者", "Previous and next patient"),
    ("T", "发短信", "Text"),
    ("C", "打电话并记录结果", "Call and note the result"),
    ("B", "预约", "Book"),
];
/// And at a call.
const CALL_KEYS: &[Key] = &[("1 – 5", "选择结果", "Choose the result")];

/// What the recall list shows.
pub struct RecallPage {
    /// In the site's calendar.
    pub today: NaiveDate,
    /// Waiting to be worked on.
    pub due: i64,
    /// Contacted within a week.
    pub reached: i64,
    /// Booked within a week.
    pub booked: i64,
    /// The rows, most overdue first.
    pub rows: Vec<RecallRow>,
    /// Contacted, and back later.
    pub resting: Vec<Resting>,
    /// The clinic's zone.
    pub zone: Tz,
    /// For the filter.
    pub services: Vec<Service>,
    /// For the filter.
    pub providers: Vec<Provider>,
}

/// A recall that is being called about.
pub struct CallPage {
    /// The recall.
    pub recall: Recall,
    /// Who.
    pub patient: Patient,
    /// For what.
    pub service: Service,
}

/// `/recall`
pub fn list(frame: &Frame, page: &RecallPage, input: &Input) -> Markup {
    let lang = frame.lang;
    let body = html! {
        main id="main" class="plain outreach" {
            (counts(lang, page))
            (told(lang, input))
            (filters(lang, page, input))
            @if page.rows.is_empty() {
                div class="card empty" { (icon_class("circle-check", "i-l")) h2 { (lang.pick("没有待联系的复诊", "Everyone is up to date")) } }
            } @else {
                (bulk(lang, input))
                div class="card scroll" tabindex="0" role="region" aria-label=(lang.pick("复诊名单", "Recall list")) { (table(lang, page)) }
            }
            @if !page.resting.is_empty() { (resting(lang, page)) }
        }
    };
    let own = Own {
        scripts: &["recall.js"],
        keys: KEYS,
    };
    frame.page_with(lang.pick("复诊提醒", "Recall"), "recall", own, html! {}, body)
}

/// Names of the filters in the address.
pub const FILTERS: [&str; 4] = ["service", "weeks", "attempts", "provider"];

/// Leads to the preview of a text to all who are ticked; carries the filters, to come back to them.
fn bulk(lang: Lang, input: &Input) -> Markup {
    let nobody = input.ticked("nobody");
    html! {
        form id="bulk" method="get" action="/recall/preview" {
            @for name in FILTERS { @if !input.get(name).is_empty() { input type="hidden" name=(name) value=(input.get(name)); } }
            button class="btn" type="submit" aria-describedby=[nobody.then_some("bulk-e")] autofocus[nobody] { (icon("send")) (lang.pick("给选中的发短信…", "Text the selected…")) }
            @if nobody {
                p class="fault" id="bulk-e" role="alert" { (lang.pick("还没有勾选患者：请先在名单左侧勾选。", "Nobody is ticked: tick patients at the left of the list first.")) }
            }
        }
    }
}

/// Who was contacted, how, and when they come back.
fn resting(lang: Lang, page: &RecallPage) -> Markup {
    html! {
        details class="card pad" {
            summary { b { (lang.pick("已联系，暂不显示", "Contacted, back later")) } " · " (page.resting.len()) }
            ul class="plainlist" { @for r in &page.resting { (rests(lang, page.zone, r)) } }
        }
    }
}

fn rests(lang: Lang, zone: Tz, r: &Resting) -> Markup {
    let texted = r.texted_at.map(|at| at.day(zone));
    let by_text = texted.and_then(|day| after_text(day).back_on);
    let back = r.recall.hidden_until.max(by_text);
    html! {
        li {
            a href={ "/patients/" (r.recall.patient_id) } { (r.name) } " · " (lang.pick(&r.service.0, &r.service.1)) " · "
            @match texted {
                Some(day) => { (lang.pick("短信 ", "texted ")) (lang.day(day)) },
                None => { @if let Some(last) = r.recall.last_result_text() { (last.get(lang)) } }
            }
            @if let Some(day) = back { (lang.pick("，", ", ")) (lang.pick(format!("{}再次出现", lang.day(day)), format!("back on {}", lang.day(day)))) }
        }
    }
}

fn counts(lang: Lang, page: &RecallPage) -> Markup {
    html! {
        ul class="figures" {
            li { b { (page.due) } " " (lang.pick("待联系", "due")) }
            li { b { (page.reached) } " " (lang.pick("近 7 天已联系", "contacted in 7 days")) }
            li { b { (page.booked) } " " (lang.pick("近 7 天已预约", "booked in 7 days")) }
        }
    }
}

fn told(lang: Lang, input: &Input) -> Markup {
    let back = input.get("back").parse::<NaiveDate>().ok();
    let texted = input.get("texted").parse::<u32>().ok();
    html! {
        @if let Some(n) = texted {
            div class="banner info" role="status" { (icon("send")) (lang.pick(format!("已排入 {n} 条，2 分钟后发出，可在“消息”页停止。"), format!("{n} queued. They go out in 2 minutes and can be stopped on the Messages page."))) }
        } @else if input.ticked("done") {
            div class="banner info" role="status" { (icon("check")) @match back {
                Some(day) => (lang.pick(format!("已记录，{}再次出现。", lang.day(day)), format!("Noted. Back on {}.", lang.day(day)))),
                None => (lang.pick("已记录，不再出现。", "Noted. It will not come back.")),
            } }
        }
    }
}

fn filters(lang: Lang, page: &RecallPage, input: &Input) -> Markup {
    let faults = Faults::default();
    let form = Form {
        lang,
        input,
        faults: &faults,
    };
    let all = || (String::new(), lang.pick("全部", "All").to_owned());
    let mut services = vec![all()];
    services.extend(
        page.services
            .iter()
            .filter(|s| s.recall_months.is_some())
            .map(|s| (s.id.to_string(), s.name_in(lang).to_owned())),
    );
    let mut providers = vec![all()];
    providers.extend(
        page.providers
            .iter()
            .map(|p| (p.id.to_string(), p.name_in(lang).to_owned())),
    );
    let weeks = [
        ("", lang.pick("全部", "All")),
        ("0-4", lang.pick("4 周内", "under 4 weeks")),
        ("4-12", lang.pick("4 到 12 周", "4 to 12 weeks")),
        ("12+", lang.pick("12 周以上", "12 weeks and more")),
    ];
    let attempts = [
        ("", lang.pick("全部", "All")),
        ("0", lang.pick("未联系", "none")),
        ("1", lang.pick("1 次", "once")),
        ("2", lang.pick("2 次以上", "twice or more")),
    ];
    html! {
        form class="rfilters" method="get" action="/recall" {
            (form.select("service", lang.pick("项目", "Type"), &services))
            (form.select("weeks", lang.pick("超期", "Overdue"), &weeks))
            (form.select("attempts", lang.pick("联系次数", "Contacted"), &attempts))
            (form.select("provider", lang.pick("医生", "Provider"), &providers))
            button class="btn" type="submit" { (icon("list-filter")) (lang.pick("筛选", "Filter")) }
        }
    }
}

fn table(lang: Lang, page: &RecallPage) -> Markup {
    html! {
        table class="rtab recall" {
            thead { tr {
                th scope="col" { span class="vh" { (lang.pick("选择", "Select")) } }
                th scope="col" { (lang.pick("患者", "Patient")) }
                th scope="col" { (lang.pick("超期", "Overdue")) }
                th scope="col" { (lang.pick("项目", "Type")) }
                th scope="col" { (lang.pick("上次就诊", "Last visit")) }
                th scope="col" { (lang.pick("联系", "Contacts")) }
                th scope="col" { (lang.pick("方式", "Channel")) }
                th scope="col" { (lang.pick("医生", "Provider")) }
                th scope="col" { (lang.pick("操作", "Actions")) }
            } }
            tbody { @for row in &page.rows { (table_row(lang, page.today, row)) } }
        }
    }
}

fn table_row(lang: Lang, today: NaiveDate, row: &RecallRow) -> Markup {
    let r = &row.recall;
    let weeks = r.weeks_over(today);
    let select = lang.pick(format!("选择{}", row.name), format!("Select {}", row.name));
    html! {
        tr id={ "r" (r.id) } data-recall {
            td { input type="checkbox" name="id" value=(r.id) form="bulk" aria-label=(select); }
            th scope="row" {
                a href={ "/patients/" (r.patient_id) } { (row.name) }
                @if row.vip { (icon_class("star", "i-s vip")) span class="vh" { (lang.pick("特需", "VIP")) } }
                @if let Some(phone) = &row.phone { span class="sub" { (phone_masked(phone)) } }
            }
            td { @if weeks > 0 { b { (weeks) } (lang.pick(" 周", " w")) } @else { (lang.pick("本周", "this week")) } }
            td class="wide" { (lang.pick(&row.service, &row.service_en)) }
            td class="more" { @if let Some((day, _)) = &row.last_visit { (lang.date(*day)) } @else { "–" } }
            td class="more" { (r.attempts) @if let Some(last) = r.last_result_text() { " · " (last.get(lang)) } }
            td class="more" { (channel(lang, row.channel)) }
            td class="more" { @if let Some((_, who)) = &row.last_visit { (who) } @else { "–" } }
            td class="wide" { (row_actions(lang, row)) }
        }
    }
}

fn channel(lang: Lang, channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => lang.pick("短信", "Text"),
        Channel::Email => lang.pick("邮件", "Email"),
        Channel::Phone => lang.pick("电话", "Phone"),
        Channel::None => lang.pick("不联系", "None"),
    }
}

fn row_actions(lang: Lang, row: &RecallRow) -> Markup {
    let r = &row.recall;
    let whose = html! { span class="vh" { (lang.pick("：", ": ")) (row.name) } };
    html! {
        div class="acts" {
            form method="post" action={ "/recall/" (r.id) "/text" } hx-post={ "/recall/" (r.id) "/text" } hx-target={ "#r" (r.id) } hx-swap="outerHTML" {
                input type="hidden" name="version" value=(r.version);
                button class="btn sm" type="submit" data-key="t" { (icon("send")) (lang.pick("短信", "Text")) (whose) kbd { "T" } }
            }
            a class="btn sm" data-key="c" href={ "/recall/" (r.id) "/call" } { (icon("phone")) (lang.pick("电话", "Call")) (whose) kbd { "C" } }
            a class="btn sm" data-key="b" href={ "/day?book=" (r.patient_id) "&service=" (r.service_id) } { (icon("calendar-plus")) (lang.pick("预约", "Book")) (whose) kbd { "B" } }
        }
    }
}

/// What stands in a row's place after the contact.
pub fn gone_row(lang: Lang, recall: &Recall, contact: &Contact, name: &str) -> Markup {
    let text = match contact.back_on {
        Some(day) => lang.pick(
            format!("{}再次出现", lang.day(day)),
            format!("back on {}", lang.day(day)),
        ),
        None => lang.pick("不再出现", "will not come back").to_owned(),
    };
    html! {
        tr id={ "r" (recall.id) } class="gone" { td colspan="9" { (icon("check")) " " (name) (lang.pick("：", ": ")) (text) } }
    }
}

/// `/recall/{id}/call`
pub fn call_form(frame: &Frame, call: &CallPage, form: Form<'_>) -> Markup {
    let lang = frame.lang;
    let recall = &call.recall;
    let body = html! {
        main id="main" class="plain outreach" {
            form class="card pad stack" method="post" action={ "/recall/" (recall.id) "/call" } {
                (form.summary())
                h2 { (call.patient.name) " · " (call.service.name_in(lang)) }
                p { (lang.pick("到期：", "Due: ")) (lang.date(recall.due_on)) @if let Some(last) = recall.last_result_text() { " · " (last.get(lang)) } }
                @match &call.patient.phone {
                    Some(phone) => p { a class="btn pri" href={ "tel:" (phone) } { (icon("phone")) (phone_for_people(phone)) } },
                    None => p { (lang.pick("没有手机号", "No mobile number")) },
                }
                input type="hidden" name="version" value=(form.input.get("version"));
                fieldset id="f-result" tabindex="-1" {
                    legend class="lab" { (lang.pick("结果", "Result")) }
                    div class="opts" { @for (n, result) in (1..).zip(CallResult::ALL) {
                        label class="opt" {
                            input type="radio" name="result" value=(result.as_str()) checked[form.input.get("result") == result.as_str()] required data-key=(n);
                            span { (result.name().get(lang)) }
                        }
                    } }
                    (form.fault("result"))
                }
                (form.text("later", lang.pick("改日再打：哪天", "Call later: on which day"), Kind { kind: "date", ..Kind::default() }))
                div class="acts" {
                    button class="btn pri" type="submit" { (lang.pick("保存", "Save")) }
                    a class="btn" href={ "/day?book=" (recall.patient_id) "&service=" (recall.service_id) } { (icon("calendar-plus")) (lang.pick("预约", "Book")) }
                    a class="btn" href="/recall" { (lang.pick("返回", "Back")) }
                }
            }
        }
    };
    let own = Own {
        scripts: &["recall.js"],
        keys: CALL_KEYS,
    };
    frame.page_with(lang.pick("复诊电话", "Recall call"), "recall", own, html! {}, body)
}

/// One text of the preview: how and in which language it goes to so many, as one of them will get it.
pub struct Sample {
    /// Who the example is.
    pub name: String,
    /// How many get it like this.
    pub count: usize,
    /// What they get.
    pub text: Composed,
}

/// What would happen to those who are ticked.
#[derive(Default)]
pub struct Preview {
    /// Who is written to.
    pub sent: Vec<(Recall, String)>,
    /// Who is not, and why.
    pub skipped: Vec<(String, Exclusion)>,
    /// What is written, a text for each language and channel.
    pub texts: Vec<Sample>,
    /// The list it came from.
    pub back: String,
}

/// `/recall/preview`
pub fn preview(frame: &Frame, p: &Preview) -> Markup {
    let lang = frame.lang;
    let (sent, skipped) = (p.sent.len(), p.skipped.len());
    let body = html! {
        main id="main" class="plain outreach" {
            form class="card pad stack" method="post" action="/recall/text" {
                h2 { (lang.pick(format!("将给 {sent} 位患者发复诊消息"), if sent == 1 { "1 patient will be texted".to_owned() } else { format!("{sent} patients will be texted") })) }
                @if p.sent.is_empty() { p { (lang.pick("没有可以发送的患者。", "There is nobody to text.")) } }
                @for text in &p.texts { (sample(lang, text)) }
                ul class="plainlist" { @for (recall, name) in &p.sent { li { input type="hidden" name="id" value=(recall.id); (name) } } }
                @if skipped > 0 {
                    h2 { (lang.pick(format!("跳过 {skipped} 位"), if skipped == 1 { "1 is skipped".to_owned() } else { format!("{skipped} are skipped") })) }
                    ul class="plainlist" { @for (name, why) in &p.skipped { li { (name) (lang.pick("：", ": ")) (why.text().get(lang)) } } }
                }
                div class="acts" {
                    @if !p.sent.is_empty() { button class="btn pri" type="submit" { (icon("send")) (lang.pick(format!("发送 {sent} 条"), format!("Text {sent}"))) } }
                    a class="btn" href=(p.back) { (lang.pick("返回", "Back")) }
                }
            }
        }
    };
    frame.page(lang.pick("复诊短信预览", "Recall texts: preview"), "recall", body)
}

fn sample(lang: Lang, s: &Sample) -> Markup {
    let count = s.count;
    let of = s.text.language;
    html! {
        section class="sample" {
            h3 {
                (icon(s.text.carrier.icon())) " " (s.text.carrier.name().get(lang)) " · " (lang.pick(of.pick("中文", "英文"), of.pick("Chinese", "English"))) " · "
                (lang.pick(format!("{count} 位"), if count == 1 { "1 patient".to_owned() } else { format!("{count} patients") }))
            }
            p class="hint" { (lang.pick(format!("以{}为例：", s.name), format!("As {} gets it:", s.name))) }
            @match &s.text.text {
                Ok(text) => {
                    @if !text.subject.is_empty() { p lang=(of.tag()) { b { (text.subject) } } }
                    div class="phone" { div class="bubble" lang=(of.tag()) { (text.body) } }
                },
                Err(why) => div class="banner bad" role="alert" { (icon("triangle-alert")) (why.text().get(lang)) },
            }
        }
    }
}
