//! The day sheet, on the screen and on paper (A4).

use maud::{Markup, html};

use super::super::pages::day_sheet::{Came, Half, Row, Sheet};
use crate::appointments::views::look;
use crate::platform::clock::plus_days;
use crate::platform::i18n::Lang;
use crate::platform::web::assets::icon_class;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::records::plan::{Planned, item_name};
use crate::records::{VisitSummary, allergy_text};

/// The page.
pub fn page(frame: &Frame, s: &Sheet) -> Markup {
    let lang = frame.lang;
    let title = lang.pick("备诊单", "Day sheet");
    let body = html! {
        main id="main" class="pts sheet-page" {
            (filter(frame, s))
            header class="sheet-head" {
                h2 { (lang.day(s.day)) " · " (half_name(lang, s.half)) " · " (lang.pick(format!("{} 人", s.count()), format!("{} patients", s.count()))) }
                p class="print-only" aria-hidden="true" { (frame.clinic) " · " (title) }
            }
            @if s.count() == 0 { p class="card pts-none" { (lang.pick("这段时间没有预约。", "Nobody is booked for this time.")) } }
            (totals(lang, s))
            (came(lang, s))
            @for (provider, rows) in &s.columns {
                @let found = s.clinic.find_provider(*provider);
                section class="card sheet-col" aria-labelledby={ "sp" (provider) } {
                    h2 id={ "sp" (provider) } {
                        (found.map_or("", |p| p.name_in(lang)))
                        @if let Some(chair) = found.and_then(|p| s.clinic.find_chair(p.chair_id)) { small { " " (chair.name_in(lang)) } }
                        " " span class="chip" { (rows.len()) }
                    }
                    @for row in rows { (one(lang, s, row)) }
                }
            }
        }
    };
    frame.page(title, "day", body)
}

fn half_name(lang: Lang, half: Half) -> &'static str {
    match half {
        Half::All => lang.pick("全天", "All day"),
        Half::Morning => lang.pick("上午", "Morning"),
        Half::Afternoon => lang.pick("下午", "Afternoon"),
    }
}

fn filter(frame: &Frame, s: &Sheet) -> Markup {
    let lang = frame.lang;
    let to = |n: i64| {
        let provider = s.only.map(|p| format!("&provider={p}")).unwrap_or_default();
        format!(
            "/day-sheet?day={}&session={}{provider}",
            plus_days(s.day, n),
            s.half.as_str()
        )
    };
    html! {
        form class="pts-bar sheet-bar" action="/day-sheet" {
            a class="btn sq" href=(to(-1)) aria-label=(lang.pick("前一天", "Previous day")) { (icon("chevron-left")) }
            div class="field" { label for="f-day" { (lang.pick("日期", "Day")) } input class="inp" id="f-day" type="date" name="day" value=(s.day); }
            a class="btn sq" href=(to(1)) aria-label=(lang.pick("后一天", "Next day")) { (icon("chevron-right")) }
            div class="field" {
                label for="f-session" { (lang.pick("时段", "Session")) }
                select class="inp" id="f-session" name="session" {
                    @for half in [Half::All, Half::Morning, Half::Afternoon] { option value=(half.as_str()) selected[half == s.half] { (half_name(lang, half)) } }
                }
            }
            div class="field" {
                label for="f-provider" { (lang.pick("医生", "Provider")) }
                select class="inp" id="f-provider" name="provider" {
                    option value="" { (lang.pick("全部", "All")) }
                    @for p in s.clinic.providers.iter().filter(|p| p.active || Some(p.id) == s.only) { option value=(p.id) selected[Some(p.id) == s.only] { (p.name_in(lang)) } }
                }
            }
            button class="btn pri" type="submit" { (lang.pick("显示", "Show")) }
            a class="btn" href={ "/day?day=" (s.day) } { (icon("calendar-days")) (lang.pick("日程", "Schedule")) }
            p class="pts-hint" { (icon("printer")) " " (lang.pick("用浏览器打印：A4。", "Print with the browser: A4.")) }
        }
    }
}

/// What to lay out in all.
fn totals(lang: Lang, s: &Sheet) -> Markup {
    let totals = s.totals();
    html! {
        @if !totals.is_empty() {
            section class="card sheet-total" aria-labelledby="st" {
                h2 id="st" { (lang.pick("备物合计", "To lay out")) }
                ul {
                    @for (id, n) in &totals {
                        @let service = s.clinic.find_service(*id);
                        @let supplies = s.supplies.get(id).map_or("", |x| x.in_lang(lang));
                        li { b { (service.map_or("", |x| x.name_in(lang))) " × " (n) } @if !supplies.is_empty() { (lang.pick("：", ": ")) (supplies) } }
                    }
                }
            }
        }
    }
}

fn one(lang: Lang, s: &Sheet, row: &Row) -> Markup {
    let zone = s.clinic.site.tz();
    let (a, p) = (&row.a, &row.patient);
    let time = |i: crate::platform::clock::Instant| i.local(zone).format("%H:%M").to_string();
    let service = s.clinic.find_service(a.service_id).map_or("", |x| x.name_in(lang));
    let chair = s.clinic.find_chair(a.chair_id).map_or("", |x| x.name_in(lang));
    let helper = a.second_id.and_then(|id| s.clinic.find_provider(id));
    let supplies = s.supplies.get(&a.service_id).map_or("", |x| x.in_lang(lang));
    let mut about = vec![p.sex.name().get(lang).to_owned()];
    about.extend(p.age_on(s.day).map(|n| lang.pick(format!("{n} 岁"), format!("{n} y"))));
    about.push(p.chart_no.clone());
    html! {
        article class="sheet-row" aria-labelledby={ "sr" (a.id) } {
            div class="sheet-time" { b { (time(a.starts_at)) } span { (time(a.ends_at)) } span { (chair) } }
            div class="sheet-who" {
                h3 id={ "sr" (a.id) } {
                    a href={ "/patients/" (p.id) } { (p.name) } @if p.vip { " " (icon_class("star", "vip")) span class="vh" { (lang.pick("特需", "VIP")) } }
                    @if row.is_new { " " span class="chip info" { (lang.pick("初诊", "new")) } }
                    @if let Some(n) = row.number { " " span class="chip" { (lang.pick(format!("未预约到诊 {n} 号"), format!("walk-in, no. {n}"))) } }
                    " " span class={ "chip state " (look(a.status).0) } { (a.status.name().get(lang)) }
                }
                p class="sub" { (about.join(" · ")) }
                @if let Some(p) = &row.plan { (of_plan(lang, s, p)) }
                p { b { (service) } @if let Some(h) = helper { " · " (lang.pick("配合：", "with ")) (h.name_in(lang)) } }
                @if p.has_alert() { p class="sheet-alert" { (icon("triangle-alert")) " " (allergy_text(lang, p.alert())) } }
                @if s.clinical && !p.history.is_empty() { p { span class="k" { (lang.pick("病史：", "History: ")) } (p.history) } }
                @if !p.needs.is_empty() { p class="sheet-needs" { span class="k" { (lang.pick("需求：", "Needs: ")) } (p.needs) } }
                @if !a.note.is_empty() { p { span class="k" { (lang.pick("备注：", "Note: ")) } (a.note) } }
            }
            div class="sheet-past" {
                @for v in &row.visits { (visit(lang, v)) }
                @if row.visits.is_empty() { p class="sub" { (lang.pick("没有就诊记录", "No earlier visit")) } }
                (plan(lang, row))
            }
            @if !supplies.is_empty() { div class="sheet-supplies" { span class="k" { (lang.pick("备物：", "Lay out: ")) } (supplies) } }
        }
    }
}

/// Which item of the patient's treatment plan a visit is.
fn of_plan(lang: Lang, s: &Sheet, p: &Planned) -> Markup {
    html! {
        p class="sheet-plan" {
            span class="k" { (lang.pick("治疗计划：", "Treatment plan: ")) } b { (item_name(lang, &s.clinic, p)) }
            @if !p.item.note.is_empty() { " · " (p.item.note) }
        }
    }
}

/// Who came without an appointment and waits.
fn came(lang: Lang, s: &Sheet) -> Markup {
    html! {
        @if !s.came.is_empty() {
            section class="card sheet-col" aria-labelledby="sw" {
                h2 id="sw" { (lang.pick("未预约到诊，候诊中", "Came without an appointment, waiting")) " " span class="chip" { (s.came.len()) } }
                @for one in &s.came { (waits(lang, s, one)) }
            }
        }
    }
}

fn waits(lang: Lang, s: &Sheet, one: &Came) -> Markup {
    let (w, p) = (&one.walk_in, &one.patient);
    let service = s.clinic.find_service(w.service_id).map_or("", |x| x.name_in(lang));
    let supplies = s.supplies.get(&w.service_id).map_or("", |x| x.in_lang(lang));
    let since = w.arrived_at.local(s.clinic.site.tz()).format("%H:%M").to_string();
    let mut about = vec![p.sex.name().get(lang).to_owned()];
    about.extend(p.age_on(s.day).map(|n| lang.pick(format!("{n} 岁"), format!("{n} y"))));
    about.push(p.chart_no.clone());
    html! {
        article class="sheet-row" aria-labelledby={ "sw" (w.id) } {
            div class="sheet-time" { b { (lang.pick(format!("{} 号", w.number), format!("No. {}", w.number))) } span { (lang.pick("到诊 ", "since ")) (since) } }
            div class="sheet-who" {
                h3 id={ "sw" (w.id) } {
                    a href={ "/patients/" (p.id) } { (p.name) } @if p.vip { " " (icon_class("star", "vip")) span class="vh" { (lang.pick("特需", "VIP")) } }
                    " " span class="chip warn" { (w.urgency.name().get(lang)) }
                }
                p class="sub" { (about.join(" · ")) }
                p { b { (service) } @if !w.complaint.is_empty() { " · " (w.complaint) } }
                @if p.has_alert() { p class="sheet-alert" { (icon("triangle-alert")) " " (allergy_text(lang, p.alert())) } }
                @if s.clinical && !p.history.is_empty() { p { span class="k" { (lang.pick("病史：", "History: ")) } (p.history) } }
                @if !p.needs.is_empty() { p class="sheet-needs" { span class="k" { (lang.pick("需求：", "Needs: ")) } (p.needs) } }
            }
            div class="sheet-past" {
                @for v in &one.visits { (visit(lang, v)) }
                @if one.visits.is_empty() { p class="sub" { (lang.pick("没有就诊记录", "No earlier visit")) } }
            }
            @if !supplies.is_empty() { div class="sheet-supplies" { span class="k" { (lang.pick("备物：", "Lay out: ")) } (supplies) } }
        }
    }
}

fn visit(lang: Lang, v: &VisitSummary) -> Markup {
    let what = [v.service_in(lang), v.diagnosis.as_str(), v.treatments.as_str()];
    let what: Vec<&str> = what.into_iter().filter(|t| !t.is_empty()).collect();
    html! {
        p { span class="k" { (lang.date(v.day)) } " " (what.join(" · ")) @if !v.advice.is_empty() { br; span class="sub" { (lang.pick("医嘱：", "Advice: ")) (v.advice) } } }
    }
}

/// What the last visit said should come next.
fn plan(lang: Lang, row: &Row) -> Markup {
    let last = row.visits.first();
    html! {
        @if let Some(v) = last.filter(|v| !v.next_visit.is_empty() || v.next_visit_day.is_some()) {
            p { span class="k" { (lang.pick("计划：", "Planned: ")) } (v.next_visit) @if let Some(d) = v.next_visit_day { " " (lang.date(d)) } }
        }
    }
}
