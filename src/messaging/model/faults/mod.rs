//! What is wrong with a template as it is typed, said so that somebody who is no programmer can put it right; and what is
//! allowed, but probably not meant.

mod language;
mod names;
mod signs;
mod warnings;

pub use names::names_family;
pub use names::used;
pub(super) use warnings::warnings;

use super::limits::refused;
use super::{Carrier, House, Lint, Purpose, Written, lint, sample};
use crate::platform::i18n::Text;
use crate::platform::web::form::Faults;

/// Longest body and subject, in characters.
const BODY_MAX: usize = 2000;
const SUBJECT_MAX: usize = 150;
/// What is wrong with a draft; faults are of `{prefix}subject` and `{prefix}body`. One that is empty is not there, which is no
/// fault by itself.
pub fn check(house: &House, of: &Written<'_>, prefix: &str, faults: &mut Faults) {
    if of.draft.is_empty() {
        return;
    }
    let body = ("body", &of.draft.body, BODY_MAX);
    let fields = match of.carrier {
        Carrier::Sms => vec![body],
        Carrier::Email => vec![("subject", &of.draft.subject, SUBJECT_MAX), body],
    };
    let before = faults.0.len();
    for (name, text, max) in fields {
        let field = format!("{prefix}{name}");
        if text.trim().is_empty() {
            faults.require(&field);
        } else if text.chars().count() > max {
            faults.add(
                &field,
                "too_long",
                format!("最多 {max} 个字"),
                format!("At most {max} characters"),
            );
        } else if let Some(why) = fault(of.purpose, text) {
            faults.add(&field, "invalid", why.zh, why.en);
        }
    }
    if faults.0.len() > before {
        return;
    }
    for Lint { field, text, .. } in lint(house, of, &sample(of.purpose, of.language))
        .into_iter()
        .filter(|l| l.fault)
    {
        faults.add(&format!("{prefix}{field}"), "forbidden", text.zh, text.en);
    }
}

/// The first thing that is wrong with a text, with its line.
pub fn fault(purpose: Option<Purpose>, source: &str) -> Option<Text> {
    signs::astray(source)
        .or_else(|| refused(source).map(|(at, text)| at_line(line_of(source, at), &text)))
        .or_else(|| language::unreadable(source))
        .or_else(|| names::unknown(purpose, source))
        .or_else(|| names::family_alone(purpose, source))
        .or_else(|| language::unrenderable(purpose, source))
}

fn at_line(line: usize, text: &Text) -> Text {
    Text::new(
        format!("第 {line} 行：{}", text.zh),
        format!("Line {line}: {}", text.en),
    )
}

fn line_of(source: &str, at: usize) -> usize {
    source.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::super::template::Draft;
    use super::*;

    fn fault_of(source: &str) -> Text {
        fault(Some(Purpose::Reminder), source).unwrap_or_else(|| panic!("{source} has no fault"))
    }

    #[test]
    fn placeholders_of_other_programs_are_faults_that_say_how_it_is_written() {
        for (source, how) in [
            ("{name} [姓名]", "{{ name }}"),
            ("您好，[姓名]！", "{{ name }}"),
            ("{电话}", "{{ phone }}"),
            ("<link>", "{{ link }}"),
            ("%time%", "{{ time }}"),
            ("｛姓名｝", "{{ name }}"),
            ("【姓名】您好", "{{ name }}"),
            ("${name}", "{{ name }}"),
            ("{随便}", "{{ name }}"),
        ] {
            let text = fault_of(source);
            assert!(text.zh.contains(how) && text.en.contains(how), "{source}: {text:?}");
        }
    }

    #[test]
    fn what_is_no_placeholder_may_stand() {
        for source in [
            "【{{ clinic }}】{{ name }}",
            "[重要] 请带身份证",
            "3 < 5 and 10% off, 20% more",
            "{% if link is defined %}{{ link }}{% endif %}",
            "{# note #}{{ name }}",
        ] {
            assert_eq!(fault(Some(Purpose::Reminder), source), None, "{source}");
        }
    }

    #[test]
    fn the_common_mistakes_are_told_in_words_with_their_line() {
        for (source, zh) in [
            ("好\n{{ name", "第 2 行：“{{”没有用“}}”结束"),
            ("{{ name }\n{{ date }}", "第 1 行：“{{”没有用“}}”结束"),
            ("a\n\n{{ nmae }}", "第 3 行：没有“nmae”这个变量"),
            ("{{ name | shout }}", "第 1 行：没有“shout”这种处理"),
            (
                "{% if link is defined %}x",
                "第 1 行：{% if … %} 没有用 {% endif %} 结束",
            ),
            ("{{ name name }}", "第 1 行：花括号里的写法看不懂"),
            ("name }}", "第 1 行：有一个单独的“}”"),
        ] {
            let text = fault_of(source);
            assert!(text.zh.starts_with(zh), "{source}: {}", text.zh);
            let words: String = text.zh.chars().filter(|c| !c.is_ascii()).collect();
            assert!(!words.is_empty() && text.en.starts_with("Line "), "{text:?}");
        }
    }

    #[test]
    fn a_message_may_only_name_what_it_has() {
        assert_eq!(fault(Some(Purpose::Reminder), "{{ time }}"), None);
        let text = fault(Some(Purpose::Birthday), "{{ time }}").expect("a fault");
        assert_eq!(text.zh, "第 1 行：这类消息没有“time”这个变量");
        assert_eq!(
            fault(Some(Purpose::Recall), "{% if link is defined %}{{ link }}{% endif %}"),
            None
        );
        assert!(
            fault(Some(Purpose::Reminder), "{{ service }}").is_some(),
            "the treatment is nobody's business"
        );
    }

    #[test]
    fn a_reminder_without_time_or_link_is_warned_of() {
        let draft = |body: &str| Draft {
            subject: String::new(),
            body: body.to_owned(),
        };
        let count = |p, body| warnings(Some(p), &draft(body)).len();
        assert_eq!(count(Purpose::Reminder, "{{ name }}，明天见"), 2);
        assert_eq!(count(Purpose::Reminder, "{{ time }} {{ link }}"), 0);
        assert_eq!(count(Purpose::Change, "{{ time }}"), 0);
    }
}
