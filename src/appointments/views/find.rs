//! The page that finds times.

use maud::{Markup, html};

use super::super::actions::{Finding, Proposals, Together};
use super::super::model::suggest::{Free, Habit, Half};
use super::history::half_name;
use crate::clinic::{ProviderKind, Snapshot};
use crate::patients::Patient;
use crate::platform::i18n::{Lang, phone_masked};
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::{Frame, Own};
use crate::records::plan::{Plan, item_name};

/// Everything the page shows.
pub struct Page<'a> {
    /// Frame.
    pub frame: &'a Frame,
    /// The clinic.
    pub clinic: &'a Snapshot,
    /// What was typed.
    pub input: &'a Input,
    /// What is wrong with it.
    pub faults: &'a Faults,
    /// For whom.
    pub people: &'a [Patient],
    /// What the one patient is used to.
    pub habit: Habit,
    /// What they have said; empty: nothing.
    pub said: String,
    /// The treatment plan of the one patient, when something of it has no appointment yet.
    pub plan: Option<&'a Plan>,
    /// Whom a search for one more found.
    pub hits: &'a [Patient],
    /// What was looked for.
    pub finding: Option<&'a Finding>,
    /// What was found; none: nothing was looked for yet.
    pub proposals: Option<&'a Proposals>,
}

/// The page.
pub fn page(p: &Page<'_>) -> Markup {
    let lang = p.frame.lang;
    let title = lang.pick("查找时段", "Find a time");
    let body = html! {
        main id="main" class="plain find" {
            section class="card pad" { (form(p)) }
            section class="card pad" aria-labelledby="times" { (results(p)) }
        }
    };
    p.frame
        .page_with(title, "day", Own::default(), html! { h1 { (title) } }, body)
}

fn form(p: &Page<'_>) -> Markup {
    let lang = p.frame.lang;
    let form = Form {
        lang,
        input: p.input,
        faults: p.faults,
    };
    html! {
        form action="/find" class="stack" id="findform" {
            (form.summary())
            (people(p))
            (usually(p))
            (planned(p))
            @if p.people.len() <= 1 {
                (service(p, 0, lang.pick("项目", "Visit type")))
                (form.text("minutes", lang.pick("时长（分钟，空：按项目）", "Minutes (empty: as usual)"), Kind { inputmode: "numeric", ..Kind::default() }))
            }
            (form.select("with", lang.pick("医生", "Provider"), &whom(p)))
            (form.text("from", lang.pick("从哪天起", "From this day on"), Kind { kind: "date", ..Kind::default() }))
            fieldset class="ticks" {
                legend class="lab" { (lang.pick("星期（不选：都可以）", "Weekdays (none: any)")) }
                @for (n, day) in weekdays(lang).into_iter().enumerate() {
                    @let value = (n + 1).to_string();
                    label class="check" { input type="checkbox" name="day" value=(value) checked[p.input.all("day").contains(&value.as_str())]; (day) }
                }
            }
            (form.select("part", lang.pick("时间", "Time of day"), &parts(lang)))
            @if p.people.len() > 1 {
                (form.select("mode", lang.pick("一家人", "The family"), &[("one", lang.pick("一个接一个", "One after the other")), ("side", lang.pick("同时进行", "All at the same time"))]))
            } @else {
                (course(p, &form))
            }
            button class="btn pri" type="submit" { (icon("search")) (lang.pick("查找", "Search")) }
        }
    }
}

fn people(p: &Page<'_>) -> Markup {
    let lang = p.frame.lang;
    html! {
        fieldset class="people" {
            legend class="lab" { (lang.pick("患者", "Patients")) }
            @for (i, who) in p.people.iter().enumerate() {
                div class="person" {
                    label class="check" { input type="checkbox" name="patient" value=(who.id) checked; b { (who.name) } " " span class="d" { (who.phone.as_deref().map(phone_masked).unwrap_or_default()) } }
                    @if p.people.len() > 1 { (service(p, i, &format!("{} · {}", who.name, lang.pick("项目", "Visit type")))) }
                }
            }
            @for who in p.hits.iter().filter(|h| !p.people.iter().any(|x| x.id == h.id)) {
                label class="check" { input type="checkbox" name="patient" value=(who.id) checked[p.hits.len() == 1]; b { (who.name) } " " span class="d" { (who.chart_no) " " (who.phone.as_deref().map(phone_masked).unwrap_or_default()) } }
            }
            @if !p.input.get("q").is_empty() && p.hits.is_empty() { p class="none" role="status" { (lang.pick("没有查到", "Nobody found")) } }
            div class="field" {
                label for="f-q" { @if p.people.is_empty() { (lang.pick("姓名、手机或病历号（可以不填）", "Name, phone or chart number (may stay empty)")) } @else { (lang.pick("再加一位家人", "One more of the family")) } }
                input class="inp" id="f-q" name="q" type="search" autocomplete="off" value=(if p.hits.len() == 1 { "" } else { p.input.get("q") });
            }
        }
    }
}

fn service(p: &Page<'_>, row: usize, label: &str) -> Markup {
    let lang = p.frame.lang;
    let chosen = p.input.all("service");
    let chosen = chosen.get(row).or(chosen.first()).copied().unwrap_or("");
    html! {
        div class="field" {
            label for={ "f-service-" (row) } { (label) }
            select class="inp" id={ "f-service-" (row) } name="service" {
                @for s in p.clinic.services.iter().filter(|s| s.active) {
                    option value=(s.id) selected[chosen == s.id.to_string()] { (s.name_in(lang)) " · " (s.minutes) (lang.pick(" 分钟", " min")) }
                }
            }
        }
    }
}

fn whom(p: &Page<'_>) -> Vec<(String, String)> {
    let lang = p.frame.lang;
    let mut list = vec![(String::new(), lang.pick("任何一位", "Anyone").to_owned())];
    for kind in ProviderKind::ALL {
        if p.clinic.providers.iter().any(|x| x.active && x.kind == *kind) {
            let name = kind.name();
            list.push((
                format!("kind:{kind}"),
                lang.pick(format!("任何{}", name.zh), format!("Any {}", name.en.to_lowercase())),
            ));
        }
    }
    let active = p.clinic.providers.iter().filter(|x| x.active);
    list.extend(active.map(|x| (x.id.to_string(), x.name_in(lang).to_owned())));
    list
}

fn weekdays(lang: Lang) -> [&'static str; 7] {
    use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    [Mon, Tue, Wed, Thu, Fri, Sat, Sun].map(|w| lang.weekday(w))
}

/// What the one patient is used to, and a search for that.
fn usually(p: &Page<'_>) -> Markup {
    let (lang, habit) = (p.frame.lang, p.habit);
    let provider = habit
        .provider
        .and_then(|id| p.clinic.find_provider(id))
        .filter(|x| x.active)
        // Whoever does not do what is looked for now cannot be looked for.
        .filter(|x| {
            p.input
                .get("service")
                .parse()
                .ok()
                .is_none_or(|service| p.clinic.does.contains(&(service, x.id)))
        });
    let mut pairs: Vec<(&str, String)> = p.people.iter().map(|x| ("patient", x.id.to_string())).collect();
    pairs.extend(provider.map(|x| ("with", x.id.to_string())));
    let part = |half| match half {
        Half::Morning => "morning",
        Half::Afternoon => "afternoon",
    };
    pairs.extend(habit.half.map(|half| ("part", part(half).to_owned())));
    let kept = ["service", "minutes", "from"].map(|name| (name, p.input.get(name).to_owned()));
    pairs.extend(kept.into_iter().filter(|(_, value)| !value.is_empty()));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    html! {
        @if !p.said.is_empty() { p class="hint" { (lang.pick("患者偏好：", "Prefers: ")) b { (p.said) } } }
        @if provider.is_some() || habit.half.is_some() {
            p class="hint" {
                (lang.pick("通常：", "Usually: "))
                @if let Some(x) = provider { (x.name_in(lang)) }
                @if let Some(half) = habit.half { @if provider.is_some() { " · " } (half_name(lang, half)) }
                " " a href={ "/find?" (query) } { (lang.pick("按习惯找", "Search like that")) }
            }
        }
    }
}

/// What is still to be booked of the one patient's treatment plan, and a search for all of it.
fn planned(p: &Page<'_>) -> Markup {
    let lang = p.frame.lang;
    let Some(plan) = p.plan else {
        return html! {};
    };
    let items: Vec<String> = plan.unbooked().map(|item| item_name(lang, p.clinic, item)).collect();
    html! {
        div class="banner info" {
            (icon("clipboard-list"))
            div {
                p { (lang.pick("治疗计划：", "Treatment plan: ")) (items.join(" → ")) }
                button class="btn sm" type="submit" name="plan" value="1" { (lang.pick(format!("按治疗计划查找（{} 次）", items.len()), format!("Search for the plan's visits ({})", items.len()))) }
            }
        }
    }
}

fn parts(lang: Lang) -> [(&'static str, &'static str); 4] {
    [
        ("any", lang.pick("都可以", "Any")),
        ("morning", lang.pick("上午（12 点前结束）", "Morning (over by 12)")),
        ("afternoon", lang.pick("下午（12 至 18 点）", "Afternoon (12 to 18)")),
        ("evening", lang.pick("傍晚（17 点后）", "Evening (from 17)")),
    ]
}

/// Several visits of one patient: the same again, or others after it.
fn course(p: &Page<'_>, form: &Form<'_>) -> Markup {
    let lang = p.frame.lang;
    let open = !p.input.ticked("plan") && !matches!(p.finding.map(|f| f.together), None | Some(Together::Single));
    let number = Kind {
        inputmode: "numeric",
        ..Kind::default()
    };
    let next = p.input.all("next");
    html! {
        details open[open] {
            summary { (lang.pick("多次就诊（疗程）…", "Several visits (a course)…")) }
            div class="stack" {
                (form.text("visits", lang.pick("同一项目共几次", "The same visit, how many times"), number))
                (form.text("weeks", lang.pick("每次相隔几周", "Weeks between two"), number))
                @for row in 0..3_usize {
                    div class="field" {
                        label for={ "f-next-" (row) } { (lang.pick(format!("之后第 {} 项（可选）", row + 1), format!("Then, {} (optional)", row + 1))) }
                        select class="inp" id={ "f-next-" (row) } name="next" {
                            option value="" { "–" }
                            @for s in p.clinic.services.iter().filter(|s| s.active) {
                                option value=(s.id) selected[next.get(row).copied() == Some(s.id.to_string().as_str())] { (s.name_in(lang)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn results(p: &Page<'_>) -> Markup {
    let lang = p.frame.lang;
    let Some((finding, found)) = p.finding.zip(p.proposals) else {
        return html! {
            h2 id="times" { (lang.pick("可约时段", "Free times")) }
            p class="none" { (lang.pick("填好左边的条件后点“查找”。", "Say what you look for, then search.")) }
        };
    };
    html! {
        h2 id="times" { span role="status" { (lang.pick(format!("找到 {} 个", found.list.len()), format!("{} found", found.list.len()))) } }
        @if found.list.is_empty() {
            p class="none" { (lang.pick("三个月内没有合适的时段：放宽星期、时间或医生，或换成不同的日子。", "Nothing fits in the next three months: allow other days, hours or providers.")) }
        }
        @if finding.together == Together::Single { (by_day(p, finding, found)) } @else { (sets(p, finding, found)) }
    }
}

/// The times of single visits, day by day.
fn by_day(p: &Page<'_>, finding: &Finding, found: &Proposals) -> Markup {
    let zone = p.clinic.site.tz();
    let free: Vec<&Free> = found.list.iter().filter_map(|l| l.first()?.as_ref()).collect();
    html! {
        (suggested(p, finding, found))
        @for day in free.chunk_by(|a, b| a.start.day(zone) == b.start.day(zone)) {
            @if let Some(first) = day.first() {
                h3 { (p.frame.lang.day(first.start.day(zone))) }
                ul class="times" { @for f in day { li { (time_link(p, finding, f)) } } }
            }
        }
    }
}

/// The times to offer first, and why.
fn suggested(p: &Page<'_>, finding: &Finding, found: &Proposals) -> Markup {
    let (lang, zone) = (p.frame.lang, p.clinic.site.tz());
    html! {
        @if found.suggested.len() > 1 {
            h3 { (lang.pick("优先推荐", "Offer these first")) }
            ul class="times" {
                @for (free, reason) in &found.suggested {
                    li { span class="chip info" { (reason.name().get(lang)) } " " (lang.day(free.start.day(zone))) " " (time_link(p, finding, free)) }
                }
            }
        }
    }
}

/// Leads to the booking panel on that day, filled in.
fn time_link(p: &Page<'_>, finding: &Finding, f: &Free) -> Markup {
    let (lang, zone) = (p.frame.lang, p.clinic.site.tz());
    let at = f.start.local(zone).format("%H:%M").to_string();
    let visit = finding.visits.first();
    let book = visit
        .and_then(|v| v.patient)
        .map_or("find".to_owned(), |id| id.to_string());
    let service = visit.map(|v| v.service.to_string()).unwrap_or_default();
    let minutes = visit
        .and_then(|v| v.minutes)
        .map(|m| format!("&minutes={m}"))
        .unwrap_or_default();
    let who = p.clinic.find_provider(f.provider).map_or("", |x| x.name_in(lang));
    html! {
        a class="btn sm" href={ "/day?day=" (f.start.day(zone)) "&book=" (book) "&service=" (service) "&provider=" (f.provider) "&at=" (at) (minutes) } { b { (at) } " " (who) }
    }
}

/// Proposals for several visits, each with one button.
fn sets(p: &Page<'_>, finding: &Finding, found: &Proposals) -> Markup {
    let lang = p.frame.lang;
    let family = finding.together != Together::Course;
    html! {
        @if finding.visits.iter().any(|v| v.patient.is_none()) {
            p class="banner warn" { (icon("triangle-alert")) div { (lang.pick("先选患者，才能一起预约。", "Choose the patient to book them together.")) } }
        }
        ol class="sets" {
            @for set in &found.list {
                li {
                    form method="post" action="/find/book" {
                        input type="hidden" name="kind" value=(if family { "family" } else { "course" });
                        (kept(p))
                        ul { @for (i, free) in set.iter().enumerate() { li { (visit(p, finding, found, (i, free.as_ref()))) } } }
                        label class="check" { input type="checkbox" name="tell" value="1" checked; (lang.pick("发送确认短信", "Send confirmations")) }
                        @if finding.visits.iter().all(|v| v.patient.is_some()) {
                            button class="btn pri sm" type="submit" { (lang.pick(format!("约这 {} 次", set.iter().flatten().count()), format!("Book these {}", set.iter().flatten().count()))) }
                        }
                    }
                }
            }
        }
    }
}

/// What was looked for goes along, so that a refusal shows the page as it was.
fn kept(p: &Page<'_>) -> Markup {
    html! { @for (name, value) in p.input.pairs().filter(|(n, _)| !matches!(*n, "visit" | "kind" | "tell")) { input type="hidden" name=(name) value=(value); } }
}

fn visit(p: &Page<'_>, finding: &Finding, found: &Proposals, (i, free): (usize, Option<&Free>)) -> Markup {
    let (lang, zone) = (p.frame.lang, p.clinic.site.tz());
    let wanted = finding.visits.get(i);
    let service = wanted.and_then(|v| p.clinic.find_service(v.service));
    let name = service.map_or("", |s| s.name_in(lang));
    let minutes = found.minutes.get(i).copied().unwrap_or(0);
    let person = p.people.get(i).filter(|_| finding.together != Together::Course);
    html! {
        @match free {
            Some(f) => {
                @if let Some(v) = wanted.filter(|v| v.patient.is_some()) {
                    input type="hidden" name="visit" value={ (v.patient.map(|x| x.0).unwrap_or_default()) ":" (v.service) ":" (f.provider) ":" (f.start.0) ":" (minutes) @if let Some(item) = v.item { ":" (item) } };
                }
                b { (lang.day_time(f.start, zone)) } " "
                span class="d" { @if let Some(who) = person { (who.name) " · " } (name) " · " (p.clinic.find_provider(f.provider).map_or("", |x| x.name_in(lang))) }
            }
            None => { span class="chip warn" { (lang.pick("附近没有空闲时段：", "Nothing free near its day: ")) (name) } }
        }
    }
}
