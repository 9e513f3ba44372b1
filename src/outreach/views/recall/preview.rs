//! The preview of texts to several.

use maud::{Markup, html};

use super::super::super::jobs::Exclusion;
use super::super::super::model::Recall;
use crate::messaging::Composed;
use crate::platform::i18n::Lang;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// One text of the preview: how and in which language it goes to so many, as one of them will get it.
pub struct Sample {
    /// Who the example is.
    pub name: String,
    /// How many get it like this.
    pub count: usize,
    /// One text for several of a family.
    pub family: bool,
    /// What they get.
    pub text: Composed,
}

/// What would happen to those who are ticked.
#[derive(Default)]
pub struct Preview {
    /// Who is written to.
    pub sent: Vec<(Recall, String)>,
    /// How many messages that is: one to each number.
    pub messages: usize,
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
                    @if !p.sent.is_empty() { button class="btn pri" type="submit" { (icon("send")) (lang.pick(format!("发送 {} 条", p.messages), format!("Text {}", p.messages))) } }
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
                @if s.family { (lang.pick("家庭合并", "one for a family")) " · " }
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
