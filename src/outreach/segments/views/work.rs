//! A segment as a list to be worked.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::super::campaigns::{Campaign, state_chip};
use super::super::model::{Known, Mark, Segment};
use super::super::store::{Member, Moment};
use super::{people, sentence, step};
use crate::patients::PatientId;
use crate::platform::i18n::{Lang, phone_for_people};
use crate::platform::web::assets::icon_class;
use crate::platform::web::form::Input;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, MANAGERS, Role};

/// What the list shows.
pub struct WorkPage {
    /// The segment.
    pub segment: Segment,
    /// When it is.
    pub moment: Moment,
    /// How many are meant.
    pub count: i64,
    /// How many have been seen to, by mark.
    pub marked: BTreeMap<Mark, i64>,
    /// The members on this page.
    pub members: Vec<Member>,
    /// After whom the next page begins.
    pub next: Option<PatientId>,
    /// Whether those who have been seen to are shown, too.
    pub everybody: bool,
    /// What conditions may name.
    pub known: Known,
    /// What was sent to all of it.
    pub campaigns: Vec<Campaign>,
    /// Its last change.
    pub last: Option<AuditEntry>,
}

/// `/segments/{id}`
pub fn work(frame: &Frame, page: &WorkPage, input: &Input, role: Option<Role>) -> Markup {
    let (lang, s) = (frame.lang, &page.segment);
    let body = html! {
        main id="main" class="plain outreach" {
            p class="crumb" { a href="/segments" { (icon("chevron-left")) (lang.pick("患者分组", "Segments")) } }
            @if input.ticked("saved") { p class="banner ok" role="status" { (icon("circle-check")) (lang.pick("已保存。", "Saved.")) } }
            @if !s.is_offered() { p class="banner" role="status" { (icon("ban")) (lang.pick("这个分组已归档：不再列出，也不能用于新的规则和群发。", "This segment is in the archive: it is not listed, and no rule or campaign can choose it.")) } }
            p class="sentence" { (sentence(&s.definition, &page.known, lang, role)) }
            (figures(lang, page))
            (tools(lang, page, role))
            @if !page.campaigns.is_empty() {
                ul class="lines card pad" { @for x in &page.campaigns { li { a href={ "/campaigns/" (x.id) } { (icon("send")) " " (x.name_in(lang)) } span { (state_chip(lang, x.state)) } } } }
            }
            @let writes = role.is_some_and(|r| MANAGERS.contains(&r));
            @if page.members.is_empty() { (nobody(lang, page)) }
            @else {
                div class="card scroll" tabindex="0" role="region" aria-label=(lang.pick("分组名单", "Patients of the segment")) { (table(lang, page, writes)) }
                // The ticks of the list are its fields.
                @if writes { form id="pick" method="get" action="/campaigns/new" { button class="btn" type="submit" { (icon("send")) (lang.pick("发给选中的…", "Send to the selected…")) } } }
            }
            @if let Some(next) = page.next {
                a class="btn" href={ "/segments/" (s.id) "?after=" (next) @if page.everybody { "&show=all" } } { (lang.pick("下一页", "Next page")) (icon("chevron-right")) }
            }
            @if let Some(last) = &page.last {
                p class="last" { (icon("history")) " " (lang.pick("上次修改：", "Last changed: ")) (lang.day_time(last.at, page.moment.zone)) " · " (last.actor) }
            }
        }
    };
    frame.page(s.name_in(lang), "segments", body)
}

fn figures(lang: Lang, page: &WorkPage) -> Markup {
    html! {
        ul class="figures" {
            li { b { (people(lang, page.count)) } " " (lang.pick("符合条件", "meant now")) }
            @for mark in Mark::ALL { li { b { (page.marked.get(mark).copied().unwrap_or(0)) } " " (mark.name().get(lang)) } }
            li { (lang.pick("本轮开始于 ", "this round since ")) (lang.day(page.segment.round_at.day(page.moment.zone))) }
        }
    }
}

fn tools(lang: Lang, page: &WorkPage, role: Option<Role>) -> Markup {
    let s = &page.segment;
    let writes = role.is_some_and(|r| MANAGERS.contains(&r));
    html! {
        div class="acts" {
            @if page.everybody { a class="btn" href={ "/segments/" (s.id) } { (icon("list-filter")) (lang.pick("只看未处理", "To do only")) } }
            @else { a class="btn" href={ "/segments/" (s.id) "?show=all" } { (icon("users")) (lang.pick("显示所有人", "Show everybody")) } }
            @if writes && s.is_offered() && s.definition.is_open_to(role) { a class="btn" href={ "/segments/" (s.id) "/edit" } { (icon("pencil")) (lang.pick("修改条件", "Edit conditions")) } }
            @if writes && s.is_offered() { a class="btn" href={ "/campaigns/new?segment=" (s.id) } { (icon("send")) (lang.pick("发给所有人…", "Send to all…")) } }
            @if writes {
                form method="post" action={ "/segments/" (s.id) "/round" } {
                    input type="hidden" name="version" value=(s.version);
                    button class="btn quiet" type="submit" { (icon("refresh-cw")) (lang.pick("开始新一轮", "Begin a new round")) }
                }
                (step(lang, s))
            }
        }
    }
}

fn nobody(lang: Lang, page: &WorkPage) -> Markup {
    html! {
        div class="card empty" { (icon_class("circle-check", "i-l"))
            @if page.count == 0 { h2 { (lang.pick("没有符合条件的患者", "Nobody is meant at present")) } }
            @else { h2 { (lang.pick("都处理过了", "Everybody has been seen to")) } }
        }
    }
}

fn table(lang: Lang, page: &WorkPage, picks: bool) -> Markup {
    let heads = lang.pick(
        ["患者", "上次就诊", "下次就诊", "最近联系", "处理"],
        ["Patient", "Last visit", "Next visit", "Last contact", "Done about it"],
    );
    html! {
        table class="rtab work" {
            thead { tr { @if picks { td { span class="vh" { (lang.pick("选择", "Pick")) } } } @for h in heads { th scope="col" { (h) } } } }
            tbody { @for m in &page.members { (row(lang, page, m, (heads, picks))) } }
        }
    }
}

fn row(lang: Lang, page: &WorkPage, m: &Member, (heads, picks): ([&str; 5], bool)) -> Markup {
    let zone = page.moment.zone;
    html! {
        tr id={ "p" (m.patient.id) } {
            @if picks { td { input type="checkbox" name="patient" value=(m.patient.id) form="pick" aria-label={ (lang.pick("选择：", "Pick: ")) (m.patient.name) }; } }
            th scope="row" {
                a href={ "/patients/" (m.patient.id) } { (m.patient.name) }
                @if m.patient.vip { " " (icon_class("star", "vip")) span class="vh" { (lang.pick("特需", "VIP")) } }
                @if let Some(phone) = &m.patient.phone { a class="sub" href={ "tel:" (phone) } { (phone_for_people(phone)) } }
            }
            td data-l=(heads[1]) { @match m.last_visit { Some(day) => (lang.date(day)), None => (lang.pick("没有", "none")) } }
            td data-l=(heads[2]) { @match m.next_visit { Some(at) => (lang.day_time(at, zone)), None => (lang.pick("没有", "none")) } }
            td data-l=(heads[3]) {
                @if let Some((id, state, at)) = m.message {
                    a href={ "/messages/" (id) } { (icon(state.icon())) (lang.day(at.day(zone))) " " (state.name().get(lang)) }
                }
                @if let Some(at) = m.called_at { span class="sub" { (icon("phone")) (lang.day(at.day(zone))) } }
                @if m.message.is_none() && m.called_at.is_none() { (lang.pick("没有", "none")) }
            }
            td { (marks(lang, page, m)) }
        }
    }
}

fn mark_form(page: &WorkPage, m: &Member, mark: Option<Mark>, body: Markup) -> Markup {
    html! {
        form method="post" action={ "/segments/" (page.segment.id) "/marks" } {
            input type="hidden" name="patient" value=(m.patient.id);
            input type="hidden" name="mark" value=(mark.map_or("", Mark::as_str));
            @if page.everybody { input type="hidden" name="show" value="all"; }
            (body)
        }
    }
}

fn marks(lang: Lang, page: &WorkPage, m: &Member) -> Markup {
    let whose = html! { span class="vh" { (lang.pick("：", ": ")) (m.patient.name) } };
    html! {
        div class="acts" {
            @match &m.marked {
                Some(marked) => {
                    span class="chip ok" { (icon(marked.mark.icon())) (marked.mark.name().get(lang)) " " (lang.day(marked.at.day(page.moment.zone))) @if let Some(by) = &marked.by { " · " (by) } }
                    (mark_form(page, m, None, html! { button class="btn sm quiet" type="submit" { (icon("undo-2")) (lang.pick("取消标记", "Take the mark away")) (whose) } }))
                },
                None => {
                    a class="btn sm" href={ "/day?book=" (m.patient.id) } { (icon("calendar-plus")) (lang.pick("预约", "Book")) (whose) }
                    @for mark in Mark::ALL {
                        (mark_form(page, m, Some(*mark), html! { button class="btn sm" type="submit" { (icon(mark.icon())) (mark.name().get(lang)) (whose) } }))
                    }
                },
            }
        }
    }
}
