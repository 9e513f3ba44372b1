//! A call that is over: what was said, and room for what somebody else has to add.

use maud::{Markup, html};

use super::super::pages::{ANSWER, Call, Desk};
use super::Typed;
use super::call::{attempts, head, text_instead, told};
use crate::platform::i18n::Lang;

pub(super) fn ended(d: &Desk, c: &Call, typed: &Typed<'_>) -> Markup {
    let lang = d.lang;
    html! {
        div class="call" {
            (head(d, c))
            div class="script" {
                (told(lang, typed))
                (attempts(d, c))
                (text_instead(d, c))
                @if d.may_call && !c.attempts.is_empty() { (add_note(lang, c, typed)) }
            }
        }
    }
}

/// The form of a note; after a conflict with all that was typed and not saved.
fn add_note(lang: Lang, c: &Call, typed: &Typed<'_>) -> Markup {
    let kept = typed.kept && (!typed.input.get("note").is_empty() || !unsaved(lang, c, typed).is_empty());
    let fault = typed.fault("note");
    html! {
        details class="cb-other" open[kept || fault.is_some()] {
            summary { (lang.pick("补充备注", "Add a note")) }
            form class="card cb-add" id="add-note" data-task=(c.task.id) method="post" action={ "/callbacks/" (c.task.id) "/notes" } {
                @if kept {
                    p { b { (lang.pick("您填写的内容（还没有保存）：", "What you typed (not saved yet):")) } }
                    @let said = unsaved(lang, c, typed);
                    @if !said.is_empty() { ul class="cb-said" { @for s in &said { li { (s) } } } }
                    @for (name, value) in typed.input.pairs().filter(|(n, _)| n.starts_with(ANSWER) || *n == "score") {
                        input type="hidden" name=(name) value=(value);
                    }
                }
                div class="field" {
                    label for="nt" { (lang.pick("备注", "Note")) }
                    textarea class="inp" id="nt" name="note" rows="3" aria-invalid=[fault.map(|_| "true")] aria-describedby=[fault.map(|_| "nt-e")] { (typed.input.get("note")) }
                    @if let Some(f) = fault { p class="fault" id="nt-e" { (f.text.get(lang)) } }
                }
                button class="btn pri" type="submit" { (lang.pick("加到这次回访的记录", "Add to the log of this call")) }
            }
        }
    }
}

/// Answers and mark that were typed, in words.
fn unsaved(lang: Lang, c: &Call, typed: &Typed<'_>) -> Vec<String> {
    let Some(script) = &c.script else { return Vec::new() };
    let given = |key: &str| Some(typed.input.get(&format!("{ANSWER}{key}")).to_owned());
    let mut said = script.sheet.said(&script.sheet.answers(given), lang);
    match typed.input.get("score") {
        "" => {}
        score => said.push(lang.pick(format!("评分 {score}/5"), format!("rated {score}/5"))),
    }
    said
}
