//! One message: exactly what the patient got, and what happened.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::jobs::Foresight;
use super::super::model::{Carrier, Message, MessageId, MessageState, Reason};
use super::super::store::{AttemptRow, ReportRow};
use super::{reason, state_chip};
use crate::patients::PatientId;
use crate::platform::i18n::{Lang, file_size, phone_for_people};
use crate::platform::web::icon;

/// What the page shows.
pub(in crate::messaging) struct Detail {
    /// The message.
    pub message: Message,
    /// What the template is called.
    pub template: String,
    /// Whose; none: a test.
    pub patient: Option<(PatientId, String)>,
    /// The clinic's zone.
    pub zone: Tz,
    /// The clinic's name in the message's language.
    pub clinic: String,
    /// Tries.
    pub attempts: Vec<AttemptRow>,
    /// Reports.
    pub reports: Vec<ReportRow>,
    /// For a message not yet sent: what would become of it now.
    pub foresight: Option<Foresight>,
    /// The others that went with it: whose, and their messages.
    pub members: Vec<(MessageId, String)>,
    /// Files that went with it: name and bytes.
    pub files: Vec<(String, i32)>,
    /// A perhaps-sent message has waited for its report long enough.
    pub overdue: bool,
    /// It can still be taken back.
    pub held: bool,
}

pub(in crate::messaging) fn detail(lang: Lang, d: &Detail) -> Markup {
    let m = &d.message;
    html! {
        main id="main" class="mdetail" {
            section class="card" aria-labelledby="what" {
                h2 id="what" { (d.template) @if let Some((id, name)) = &d.patient { " · " a href={ "/patients/" (id) } { (name) } } }
                p { @if m.is_test() { span class="chip" { (lang.pick("测试", "Test")) } " " } (state_chip(lang, m.state)) " " (reason(lang, m)) (wishes_link(lang, d, m.why().as_ref())) }
                @if d.overdue { p class="banner warn" { (icon("phone")) (lang.pick("一直没有收到回执。请致电患者确认。", "No report has come. Please call the patient to make sure.")) } }
                @if let Some(lead) = m.with_id { p class="banner info" { (icon("users")) span { (lang.pick("与家人的提醒合并，随这条消息发出：", "It went with a family's reminders in one, with ")) a href={ "/messages/" (lead) } { (lang.pick("消息 ", "message ")) (lead) } } } }
                @if !d.members.is_empty() {
                    p class="banner info" { (icon("users")) span { (lang.pick("同时也是给：", "It is for these, too: ")) @for (i, (id, name)) in d.members.iter().enumerate() { @if i > 0 { (lang.pick("、", ", ")) } a href={ "/messages/" (id) } { (name) } } } }
                }
                (facts(lang, d))
                (buttons(lang, d))
            }
            section aria-labelledby="text" {
                h2 id="text" { (lang.pick("患者看到的内容", "What the patient sees")) }
                (text(lang, d))
            }
            section class="card" aria-labelledby="log" {
                h2 id="log" { (lang.pick("经过", "What happened")) }
                (history(lang, d))
            }
        }
    }
}

/// Where it stands what the patient wants no more of, for what was held back by that.
fn wishes_link(lang: Lang, d: &Detail, why: Option<&Reason>) -> Markup {
    let held = why.is_some_and(Reason::is_wish);
    html! {
        @if let Some((id, _)) = d.patient.as_ref().filter(|_| held) { " " a href={ "/patients/" (id) "/opt-outs" } { (lang.pick("查看退订", "See the opt-outs")) } }
    }
}

fn facts(lang: Lang, d: &Detail) -> Markup {
    let m = &d.message;
    let at = |t| lang.day_time(t, d.zone);
    let (foreseen, parts, invites, files) = match &d.foresight {
        Some(Foresight::Goes {
            to,
            segments,
            invites,
            files,
            ..
        }) => (Some(to.as_str()), *segments, *invites, files),
        _ => (None, None, m.calendar.is_some(), &d.files),
    };
    let to = foreseen.or(m.recipient.as_deref()).map(|r| match m.channel {
        Carrier::Sms => phone_for_people(r),
        Carrier::Email => r.to_owned(),
    });
    html! {
        dl class="kv" {
            dt { (lang.pick("用途", "Purpose")) } dd { (m.purpose.name().get(lang)) }
            dt { (lang.pick("方式", "Channel")) } dd { (m.channel.name().get(lang)) }
            @if let Some(to) = to { dt { @if foreseen.is_some() { (lang.pick("将发到", "Goes to")) } @else { (lang.pick("发到", "Sent to")) } } dd { (to) } }
            dt { (lang.pick("应发时间", "Due")) } dd { (at(m.due_at)) }
            dt { (lang.pick("最晚", "Not after")) } dd { (at(m.expires_at)) }
            @if m.state == MessageState::Queued && m.next_try_at != m.due_at { dt { (lang.pick("下次尝试", "Next try")) } dd { (at(m.next_try_at)) } }
            @if let Some(n) = parts.or(m.segments) { dt { (lang.pick("短信条数", "Parts")) } dd { (n) } }
            @if let Some(used) = m.text_language { dt { (lang.pick("语言", "Language")) } dd { (language(lang, used)) " " (lang.pick("（模板没有患者的语言：", "(the template has none in the patient's: ")) (language(lang, m.language)) (lang.pick("）", ")")) } }
            @if let Some(version) = m.template_version { dt { (lang.pick("模板版本", "Version of the template")) } dd { (version) } }
            @if invites { dt { (lang.pick("附件", "With it")) } dd { (lang.pick("日历邀请", "A calendar invitation")) " (visit.ics)" } }
            @if !files.is_empty() { dt { (lang.pick("附带文件", "Files with it")) } dd { @for (i, (name, size)) in files.iter().enumerate() { @if i > 0 { br; } (name) " (" (file_size(*size)) ")" } } }
        }
    }
}

fn language(lang: Lang, of: Lang) -> &'static str {
    match of {
        Lang::Zh => lang.pick("中文", "Chinese"),
        Lang::En => lang.pick("英文", "English"),
    }
}

fn buttons(lang: Lang, d: &Detail) -> Markup {
    let m = &d.message;
    html! {
        @if d.held && matches!(d.foresight, Some(Foresight::Goes { later: None, .. })) {
            p class="banner info" role="status" { (icon("clock")) (lang.pick(
                format!("{} 发出，在此之前可以停止。", lang.day_time(m.due_at, d.zone)),
                format!("It goes out at {}; until then it can be stopped.", lang.day_time(m.due_at, d.zone)),
            )) }
        }
        div class="acts" {
            @if m.state.needs_attention() {
                form method="post" action={ "/messages/" (m.id) "/again" } { button class="btn pri" type="submit" { (icon("refresh-cw")) (lang.pick("重新发送", "Send again")) } }
            }
            @if d.held {
                form method="post" action={ "/messages/" (m.id) "/now" } { button class="btn" type="submit" { (icon("send")) (lang.pick("立即发送", "Send now")) } }
            }
            @if matches!(m.state, MessageState::Queued | MessageState::Claimed) {
                form method="post" action={ "/messages/" (m.id) "/stop" } { button class="btn danger" type="submit" { (icon("ban")) (lang.pick("停止发送", "Stop")) } }
            }
            a class="btn" href="/messages" { (icon("arrow-left")) (lang.pick("返回", "Back")) }
        }
    }
}

fn text(lang: Lang, d: &Detail) -> Markup {
    let m = &d.message;
    let kept = m
        .body
        .as_deref()
        .map(|body| (m.title.as_deref().unwrap_or_default(), body));
    html! {
        @match (&d.foresight, kept) {
            (Some(Foresight::Goes { title, body, later, .. }), kept) => {
                p class="sub" { (lang.pick("尚未发送；现在发送的话，内容就是这样。", "Not sent yet; sent now, it says exactly this.")) }
                @if let Some((at, why)) = later {
                    p class="banner info" { (icon("clock")) (lang.pick("最早发送时间：", "Goes out at the earliest: ")) (lang.day_time(*at, d.zone)) " · " (why.text().get(lang)) }
                }
                (paper(d, (title, body)))
                // What an earlier try said, which the patient perhaps has.
                @if let Some(before) = kept.filter(|(_, before)| before != body) {
                    p class="sub" { (lang.pick("之前那次尝试的内容：", "An earlier try said:")) }
                    (paper(d, before))
                }
            }
            (Some(Foresight::Stays(why)), kept) => {
                p class="banner warn" { (icon("ban")) (lang.pick("现在不会再发送：", "It would not be sent any more: ")) (why.text().get(lang)) (wishes_link(lang, d, Some(why))) }
                @if let Some(before) = kept {
                    p class="sub" { (lang.pick("之前那次尝试的内容：", "An earlier try said:")) }
                    (paper(d, before))
                }
            }
            (None, Some(kept)) => { (paper(d, kept)) }
            (None, None) => { p class="card empty" { (lang.pick("没有发送过内容。", "Nothing was sent.")) } }
        }
    }
}

/// A text as it stands on the patient's telephone or in their mailbox.
fn paper(d: &Detail, (title, body): (&str, &str)) -> Markup {
    let tag = d.message.written_in().tag();
    html! {
        @if d.message.channel == Carrier::Sms {
            div class="phone" lang=(tag) { p class="bubble" { (body) } }
        } @else {
            article class="card letter" lang=(tag) {
                p class="subject" { (title) }
                p class="from" { (d.clinic) }
                p class="body" { (body) }
            }
        }
    }
}

fn history(lang: Lang, d: &Detail) -> Markup {
    let at = |t| lang.day_time(t, d.zone);
    html! {
        ul class="tl" {
            li { b { (lang.pick("排队", "Queued")) } span class="d" { (at(d.message.created_at)) } }
            @for a in &d.attempts {
                li class="hot" {
                    span { b { (lang.pick("第", "Try ")) (a.number) (lang.pick("次尝试", "")) } " · " (a.gateway) " · " (outcome(lang, a.outcome.as_deref())) @if let Some(said) = &a.detail { @if !said.is_empty() { ": " (said) } } }
                    span class="d" { (at(a.started_at)) }
                }
            }
            @for r in &d.reports {
                li class="hot" {
                    span { b { (lang.pick("回执", "Report")) } " · " (status(lang, &r.status)) @if !r.detail.is_empty() { ": " (r.detail) } }
                    span class="d" { (at(r.at)) }
                }
            }
        }
    }
}

fn outcome(lang: Lang, code: Option<&str>) -> &str {
    match code {
        None => lang.pick("进行中", "under way"),
        Some("accepted") => lang.pick("网关已接收", "taken by the gateway"),
        Some("permanent") => lang.pick("被拒绝", "refused"),
        Some("elsewhere") => lang.pick("这个网关不能发", "not by this gateway"),
        Some("busy") => lang.pick("网关忙", "the gateway is busy"),
        Some("passing") => lang.pick("暂时不通", "not now"),
        Some("unreachable") => lang.pick("连接不上", "could not be reached"),
        Some("postponed") => lang.pick("网关暂不允许", "not allowed at this time"),
        Some("opted-out") => lang.pick("患者已退订", "the patient has opted out"),
        Some("config") => lang.pick("设置有误", "a setting is wrong"),
        Some("unknown") => lang.pick("没有答复，可能已发出", "no answer, perhaps sent"),
        Some("crashed") => lang.pick("程序中断，可能已发出", "the program stopped, perhaps sent"),
        Some(other) => other,
    }
}

fn status(lang: Lang, code: &str) -> &str {
    match code {
        "delivered" => lang.pick("已送达手机", "delivered"),
        "failed" => lang.pick("未能送达", "not delivered"),
        "expired" => lang.pick("过期未送达", "expired"),
        "rejected" => lang.pick("被网络拒绝", "rejected by the network"),
        "accepted" => lang.pick("网络已接收", "taken by the network"),
        "buffered" => lang.pick("等待网络", "waiting for the network"),
        "bounced" => lang.pick("退信：地址无效", "came back: no such address"),
        "bounced-soft" => lang.pick("退信：暂时无法送达", "came back: not now"),
        "bounced-policy" => lang.pick("退信：被对方的规则拒收", "came back: refused by the receiver's rules"),
        "delayed" => lang.pick("对方服务器还在尝试", "the mail server is still trying"),
        other => other,
    }
}
