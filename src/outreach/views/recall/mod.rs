//! The recall list.

mod call;
mod edit;
mod family;
mod patient;
mod preview;
mod types;

use chrono::NaiveDate;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::{Contact, Recall, Risk, after_text};
use super::super::store::recalls::{RecallRow, Resting};
use crate::clinic::{Provider, ProviderId, Service};
use crate::patients::Channel;
use crate::platform::i18n::{Lang, phone_masked};
use crate::platform::web::assets::icon_class;
use crate::platform::web::form::{Faults, Form, Input};
use crate::platform::web::icon;
use crate::platform::web::keys::Key;
use crate::platform::web::layout::{Frame, Own};

pub use call::{CallPage, call_form};
pub use edit::{EditPage, edit};
pub use family::{Group, grouped};
pub use patient::{PatientPage, of_patient};
pub use preview::{Preview, Sample, preview};
pub use types::{TypePage, TypesPage, type_form, types};

/// What the keyboard does on the list.
const KEYS: &[Key] = &[
    ("↑ ↓", "上一位、下一位患者", "Previous and next patient"),
    ("T", "发短信", "Text"),
    ("C", "打电话并记录结果", "Call and note the result"),
    ("B", "预约", "Book"),
];
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
    /// The rows, most overdue first; those of a number together.
    pub groups: Vec<Group>,
    /// Contacted, and back later.
    pub resting: Vec<Resting>,
    /// The clinic's zone.
    pub zone: Tz,
    /// For the filter.
    pub services: Vec<Service>,
    /// For the filter.
    pub providers: Vec<Provider>,
}

impl RecallPage {
    /// How many patients are told of.
    pub fn rows(&self) -> usize {
        self.groups.iter().map(|g| g.rows.len() + g.soon.len()).sum()
    }
}

/// `/recall`
pub fn list(frame: &Frame, page: &RecallPage, input: &Input) -> Markup {
    let lang = frame.lang;
    let body = html! {
        main id="main" class="plain outreach" {
            (counts(lang, page))
            (told(lang, input))
            (filters(lang, page, input))
            @if page.groups.is_empty() {
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
pub const FILTERS: [&str; 5] = ["service", "weeks", "attempts", "provider", "order"];

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
    let orders = [
        ("", lang.pick("超期最久在前", "Most overdue first")),
        ("risk", lang.pick("高风险在前", "High risk first")),
    ];
    let given: Vec<String> = FILTERS
        .iter()
        .filter(|name| !input.get(name).is_empty())
        .map(|name| format!("{name}={}", input.get(name).replace('+', "%2B")))
        .collect();
    html! {
        form class="rfilters" method="get" action="/recall" {
            (form.select("service", lang.pick("项目", "Type"), &services))
            (form.select("weeks", lang.pick("超期", "Overdue"), &weeks))
            (form.select("attempts", lang.pick("联系次数", "Contacted"), &attempts))
            (form.select("provider", lang.pick("医生", "Provider"), &providers))
            (form.select("order", lang.pick("排序", "Order"), &orders))
            button class="btn" type="submit" { (icon("list-filter")) (lang.pick("筛选", "Filter")) }
            a class="btn" href={ "/recall.csv?" (given.join("&")) } { (icon("download")) (lang.pick("导出 CSV", "Export CSV")) }
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
            @for group in &page.groups {
                tbody class=[group.is_family().then_some("fam")] {
                    @if group.is_family() { (family::head(lang, page.today, group)) }
                    @for row in &group.rows { (table_row(lang, page.today, row)) }
                    @for member in &group.soon { (family::soon(lang, member)) }
                }
            }
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
                @if let Some(risk) = row.risk.filter(|r| *r == Risk::High) { " " span class="chip bad" { (risk.name().get(lang)) } }
                @if let Some(phone) = &row.phone { span class="sub" { (phone_masked(phone)) } }
            }
            td { @if weeks > 0 { b { (weeks) } (lang.pick(" 周", " w")) } @else { (lang.pick("本周", "this week")) } span class="sub" { (lang.date(r.due_on)) } }
            td class="wide" { a href={ "/recall/" (r.id) } { (lang.pick(&row.service, &row.service_en)) } }
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
            a class="btn sm" data-key="b" href=(book_link(r, row.provider, r.due_on)) { (icon("calendar-plus")) (lang.pick("预约", "Book")) (whose) kbd { "B" } }
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

/// Leads to a booking for a recall: the service with its length, with whom it was last time, not before the day it is due.
fn book_link(r: &Recall, provider: Option<ProviderId>, today: NaiveDate) -> String {
    let mut link = format!("/day?book={}&service={}", r.patient_id, r.service_id);
    if let Some(provider) = provider {
        link.push_str(&format!("&provider={provider}"));
    }
    if r.due_on > today {
        link.push_str(&format!("&day={}", r.due_on));
    }
    link
}
