//! A draft: its form, what it would do, and the button that starts it.

use maud::{Markup, html};

use super::super::model::Campaign;
use super::super::planning::{Preview, Sample};
use super::Sheet;
use crate::messaging::{Carrier, Purpose};
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::Section;

/// `/campaigns/new`, and `/campaigns/{id}` while it is a draft.
pub fn form_page(frame: &Frame, sheet: &Sheet, (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let (action, title) = match &sheet.campaign {
        Some(x) => (format!("/campaigns/{}", x.id), x.name_in(lang).to_owned()),
        None => (
            "/campaigns/new".to_owned(),
            lang.pick("新建群发", "New campaign").to_owned(),
        ),
    };
    let section = Section {
        frame,
        key: "campaign",
        title: lang.pick("发什么，发给谁", "What, and to whom"),
        zone: sheet.zone,
        last: sheet.last.as_ref(),
    };
    let body = html! {
        main id="main" class="set" {
            p class="crumb" { a href="/campaigns" { (icon("chevron-left")) (lang.pick("群发", "Campaigns")) } }
            (section.draw(&html! {
                form method="post" action=(action) class="stack" {
                    (form.summary())
                    @if sheet.campaign.is_some() { input type="hidden" name="version" value=(input.get("version")); }
                    (fields(&form, sheet))
                    div class="acts" { button class="btn pri" type="submit" { (icon("check")) (lang.pick("保存并预览", "Save and preview")) } }
                }
            }))
            @if let (Some(x), Some(found)) = (&sheet.campaign, &sheet.preview) { (preview(lang, sheet, x, found)) }
        }
    };
    frame.page(&title, "segments", body)
}

fn fields(form: &Form<'_>, sheet: &Sheet) -> Markup {
    let lang = form.lang;
    let required = Kind {
        required: true,
        ..Kind::default()
    };
    let number = Kind {
        inputmode: "numeric",
        ..required
    };
    let kind = |kind| Kind { kind, ..required };
    let chosen = sheet.campaign.as_ref().map(|x| x.template.as_str());
    let mut templates = Vec::new();
    if let Some(all) = &sheet.templates {
        let fits = |code: &str| all.fits(Purpose::Campaign, code) || Some(code) == chosen;
        let codes = all.heads.iter().map(|h| h.code.as_str()).filter(|code| fits(code));
        templates.extend(codes.map(|code| (code, all.name(lang, code))));
    }
    let is_picked = match &sheet.campaign {
        Some(x) => x.segment.is_none(),
        None => !sheet.picked.is_empty(),
    };
    let mut segments = vec![(String::new(), lang.pick("请选择", "choose one").to_owned())];
    segments.extend(
        sheet
            .segments
            .iter()
            .filter(|s| s.is_offered())
            .map(|s| (s.id.to_string(), s.name_in(lang).to_owned())),
    );
    let documents = documents(lang, sheet);
    html! {
        div class="pair" {
            (form.text("name", lang.pick("中文名称", "Chinese name"), required))
            (form.text("name_en", lang.pick("英文名称", "English name"), required))
        }
        div class="pair" {
            @if is_picked {
                @for id in &sheet.picked { input type="hidden" name="patient" value=(id); }
                p { (lang.pick("发给选定的患者", "To picked patients")) @if !sheet.picked.is_empty() { "：" (sheet.picked.len()) } }
            } @else { (form.select("segment", lang.pick("患者分组", "Segment"), &segments)) }
            (form.select("template", lang.pick("模板", "Template"), &templates))
        }
        div class="pair" {
            (form.select("document", lang.pick("附带资料（院刊、宣教单）", "What goes with it (journal, leaflet)"), &documents))
        }
        div class="pair" {
            (form.text("per_day", lang.pick("每天几条", "Messages a day"), number))
            (form.text("first_day", lang.pick("从哪天起", "First day"), kind("date")))
        }
        (weekdays(form))
        div class="pair" {
            (form.text("from", lang.pick("几点起", "From"), kind("time")))
            (form.text("until", lang.pick("几点止", "Until"), kind("time")))
        }
        (form.tick("skip_booked", lang.pick("已有未来预约的不发", "Leave out who has a visit ahead")))
        (form.text("rest_days", lang.pick("几天内收到过其他群发的不发", "Leave out who got another campaign within so many days"), number))
    }
}

/// What may go with it.
fn documents(lang: Lang, sheet: &Sheet) -> Vec<(String, String)> {
    let nothing = (String::new(), lang.pick("不附资料", "nothing").to_owned());
    let all = sheet.documents.iter();
    let named = all.map(|d| (d.id.to_string(), d.title_in(lang).to_owned()));
    std::iter::once(nothing).chain(named).collect()
}

fn weekdays(form: &Form<'_>) -> Markup {
    let lang = form.lang;
    html! {
        fieldset class="days" id="f-weekdays" {
            legend class="lab" { (lang.pick("星期几", "Days of the week")) }
            @for day in 1..=7_u8 { @if let Ok(weekday) = chrono::Weekday::try_from(day - 1) { (form.tick(&format!("weekday-{day}"), lang.weekday(weekday))) } }
            (form.fault("weekdays"))
        }
    }
}

fn preview(lang: Lang, sheet: &Sheet, x: &Campaign, found: &Preview) -> Markup {
    html! {
        section class="card sec" aria-labelledby="preview-h" {
            h2 id="preview-h" { (lang.pick("现在开始会怎样", "What it would do now")) }
            ul class="figures" {
                li { b { (found.meant) } " " (lang.pick("位患者", "meant")) }
                li { b { (found.reached) } " " (lang.pick("位会收到", "would get it")) }
                li { b { (found.meant - found.reached) } " " (lang.pick("位不发", "would not")) }
                @if found.reached > 0 { li { (lang.pick("最后一天：", "last day: ")) b { @match sheet.last_day { Some(day) => (lang.date(day)), None => (lang.pick("几年以后", "years ahead")) } } } }
            }
            @if !found.excluded.is_empty() {
                ul class="lines" { @for (why, n) in &found.excluded { li { span { (why.text().get(lang)) } span { (n) } } } }
            }
            @for sample in &found.samples { (text(lang, sample, sheet.price.as_ref())) }
            @if found.reached > 0 {
                form class="acts" method="post" action={ "/campaigns/" (x.id) "/step" } {
                    input type="hidden" name="version" value=(x.version);
                    button class="btn pri" type="submit" name="step" value="start" { (icon("send")) (lang.pick("开始发送", "Start")) }
                    span class="hint" { (lang.pick("开始后两分钟内可以撤销。", "It can be taken back for two minutes.")) }
                }
            }
        }
        form class="acts" method="post" action={ "/campaigns/" (x.id) "/remove" } {
            input type="hidden" name="version" value=(x.version);
            button class="btn quiet" type="submit" { (icon("trash-2")) (lang.pick("删除草稿", "Delete this draft")) }
        }
    }
}

/// `，约 22.50 CNY`
fn cost(lang: Lang, each: f64, parts: i64, currency: &str) -> String {
    let all = each * i32::try_from(parts).map_or(f64::INFINITY, f64::from);
    format!("{}{all:.2} {currency}", lang.pick("，约 ", ", about "))
}

fn text(lang: Lang, sample: &Sample, price: Option<&(f64, String)>) -> Markup {
    let of = &sample.text;
    let language = of
        .language
        .pick(lang.pick("中文", "Chinese"), lang.pick("英文", "English"));
    html! {
        div class="sample" {
            p { (icon(of.carrier.icon())) " " (of.carrier.name().get(lang)) " · " (language) " · " (lang.pick(format!("{} 人，例如 {}", sample.count, sample.name), format!("{}, as {}", sample.count, sample.name)))
                @if let (Ok(text), Carrier::Sms) = (&of.text, of.carrier) {
                    @let parts = i64::from(text.size.parts);
                    " · " (lang.pick(format!("每条 {parts} 段，共约 {} 段", parts * sample.count), format!("{parts} parts each, about {} in all", parts * sample.count)))
                    @if let Some((each, currency)) = price { (cost(lang, *each, parts * sample.count, currency)) }
                }
            }
            @match &of.text {
                Ok(text) => {
                    @if !text.subject.is_empty() { p lang=(of.language.tag()) { b { (text.subject) } } }
                    div class="phone" { p class="bubble" lang=(of.language.tag()) { (text.body) } }
                },
                Err(why) => p class="banner bad" { (icon("triangle-alert")) (why.text().get(lang)) },
            }
        }
    }
}
