//! What is wrong with a template as it is typed, said so that somebody who is no programmer can put it right; and what is
//! allowed, but probably not meant.

use minijinja::ErrorKind;

use super::limits::{environment, refused, too_long, too_long_text};
use super::template::{Draft, render};
use super::variables::{is_variable, sample, variables_of};
use super::{Carrier, Purpose};
use crate::platform::i18n::{Lang, Text};
use crate::platform::web::form::Faults;

/// Longest body and subject, in characters.
const BODY_MAX: usize = 2000;
const SUBJECT_MAX: usize = 150;
/// Longest word between signs that is taken for a placeholder.
const WORD_MAX: usize = 20;

/// What people write for a variable in other programs.
const ALIASES: [(&str, &str); 16] = [
    ("姓名", "name"),
    ("患者", "name"),
    ("患者姓名", "name"),
    ("名字", "name"),
    ("patient", "name"),
    ("称呼", "title"),
    ("诊所", "clinic"),
    ("诊所名称", "clinic"),
    ("电话", "phone"),
    ("日期", "date"),
    ("就诊日期", "date"),
    ("时间", "time"),
    ("就诊时间", "time"),
    ("医生", "provider"),
    ("地址", "address"),
    ("链接", "link"),
];

/// Signs around a word that other programs use for placeholders.
const BRACKETS: [(char, char); 7] = [
    ('[', ']'),
    ('［', '］'),
    ('<', '>'),
    ('〈', '〉'),
    ('《', '》'),
    ('【', '】'),
    ('%', '%'),
];

/// What is wrong with a draft; faults are of `{prefix}subject` and `{prefix}body`.
pub fn check(carrier: Carrier, purpose: Option<Purpose>, draft: &Draft, prefix: &str, faults: &mut Faults) {
    let fields = match carrier {
        Carrier::Sms => vec![("body", &draft.body, BODY_MAX)],
        Carrier::Email => vec![
            ("subject", &draft.subject, SUBJECT_MAX),
            ("body", &draft.body, BODY_MAX),
        ],
    };
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
        } else if let Some(why) = fault(purpose, text) {
            faults.add(&field, "invalid", why.zh, why.en);
        }
    }
}

/// The first thing that is wrong with a text, with its line.
pub fn fault(purpose: Option<Purpose>, source: &str) -> Option<Text> {
    braces(source)
        .or_else(|| refused(source).map(|(at, text)| at_line(line_of(source, at), &text)))
        .or_else(|| unreadable(source))
        .or_else(|| unknown_variable(purpose, source))
        .or_else(|| unrenderable(purpose, source))
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

/// Braces that do not belong together, and placeholders as other programs write them: they would be sent as they stand.
fn braces(source: &str) -> Option<Text> {
    let mut at = 0;
    while let Some(rest) = source.get(at..) {
        let c = rest.chars().next()?;
        if let Some((open, close)) = tag_at(rest) {
            let inside = rest.get(open.len()..).unwrap_or("");
            match inside.find(close).filter(|end| !inside[..*end].contains("{{")) {
                Some(end) => at += open.len() + end + close.len(),
                None => return Some(at_line(line_of(source, at), &unclosed(open, close))),
            }
            continue;
        }
        if let Some(text) = placeholder(rest, c) {
            return Some(at_line(line_of(source, at), &text));
        }
        at += c.len_utf8();
    }
    None
}

fn tag_at(rest: &str) -> Option<(&'static str, &'static str)> {
    [("{{", "}}"), ("{%", "%}"), ("{#", "#}")]
        .into_iter()
        .find(|(open, _)| rest.starts_with(open))
}

fn unclosed(open: &str, close: &str) -> Text {
    Text::new(
        format!("“{open}”没有用“{close}”结束，变量应写成 {{{{ name }}}}"),
        format!("\"{open}\" is not closed by \"{close}\"; a variable is written {{{{ name }}}}"),
    )
}

/// A placeholder of another program at the beginning of `rest`, or a brace that stands alone.
fn placeholder(rest: &str, c: char) -> Option<Text> {
    let close = match c {
        '{' => Some('}'),
        '｛' => Some('｝'),
        '}' | '｝' => return Some(lonely(c)),
        _ => BRACKETS.iter().find(|(open, _)| *open == c).map(|(_, close)| *close),
    }?;
    let inside: String = rest
        .chars()
        .skip(1)
        .take(WORD_MAX)
        .take_while(|x| *x != close && *x != '\n')
        .collect();
    let closed = rest.chars().nth(1 + inside.chars().count()) == Some(close);
    let meant = variable_meant(&inside);
    if matches!(c, '{' | '｛') {
        return Some(if closed {
            write_like(&format!("{c}{inside}{close}"), meant.unwrap_or("name"))
        } else {
            lonely(c)
        });
    }
    closed
        .then_some(meant)?
        .map(|name| write_like(&format!("{c}{inside}{close}"), name))
}

fn variable_meant(word: &str) -> Option<&'static str> {
    let word = word.trim().to_lowercase();
    let known = variables_of(None).into_iter().find(|v| v.name == word).map(|v| v.name);
    known.or_else(|| ALIASES.iter().find(|(alias, _)| *alias == word).map(|(_, name)| *name))
}

fn write_like(found: &str, name: &str) -> Text {
    Text::new(
        format!("“{found}”不会被替换，请写成 {{{{ {name} }}}}"),
        format!("\"{found}\" would be sent as it stands; write {{{{ {name} }}}}"),
    )
}

fn lonely(c: char) -> Text {
    Text::new(
        format!("有一个单独的“{c}”，变量应写成 {{{{ name }}}}"),
        format!("A \"{c}\" stands alone; a variable is written {{{{ name }}}}"),
    )
}

/// What the template language cannot read.
fn unreadable(source: &str) -> Option<Text> {
    let env = environment();
    let error = env.template_from_str(source).err()?;
    let line = error.line().unwrap_or(1);
    let said = error.detail().unwrap_or("").to_owned();
    let text = if source.matches("{% if").count() > source.matches("{% endif").count() {
        Text::new(
            "{% if … %} 没有用 {% endif %} 结束",
            "{% if … %} is not closed by {% endif %}",
        )
    } else if error.kind() == ErrorKind::UnknownFilter {
        unknown_filter(&said)
    } else {
        Text::new(
            "花括号里的写法看不懂，变量应写成 {{ name }}",
            format!("what stands in the braces cannot be read ({said}); a variable is written {{{{ name }}}}"),
        )
    };
    Some(at_line(line, &text))
}

fn unknown_filter(said: &str) -> Text {
    // minijinja: "filter shout is unknown"
    let name = said.split_whitespace().nth(1).unwrap_or("");
    Text::new(
        format!("没有“{name}”这种处理（| 后面的部分），请删去"),
        format!("there is no filter \"{name}\" (what stands behind the |); take it out"),
    )
}

fn used(source: &str) -> Vec<String> {
    let env = environment();
    let mut names: Vec<String> = env
        .template_from_str(source)
        .map(|t| t.undeclared_variables(false).into_iter().collect())
        .unwrap_or_default();
    names.sort();
    names
}

/// A variable that no message of this purpose has when it is sent.
fn unknown_variable(purpose: Option<Purpose>, source: &str) -> Option<Text> {
    let names = used(source);
    let nowhere = names.iter().find(|name| !is_variable(name));
    let elsewhere = || {
        let draft = Draft {
            subject: String::new(),
            body: source.to_owned(),
        };
        render(&draft, &sample(purpose, Lang::Zh)).err()?;
        names
            .iter()
            .find(|name| !variables_of(purpose).iter().any(|v| v.name == **name))
    };
    let (name, text) = match nowhere {
        Some(name) => (
            name,
            Text::new(
                format!("没有“{name}”这个变量"),
                format!("There is no variable \"{name}\""),
            ),
        ),
        None => {
            let name = elsewhere()?;
            let text = Text::new(
                format!("这类消息没有“{name}”这个变量"),
                format!("Messages of this kind have no variable \"{name}\""),
            );
            (name, text)
        }
    };
    let line = source.lines().position(|l| names_it(l, name)).map_or(1, |i| i + 1);
    Some(at_line(line, &text))
}

/// Whether a line names a variable within braces.
fn names_it(line: &str, name: &str) -> bool {
    line.split('{').skip(1).any(|part| {
        part.split('}').next().is_some_and(|inside| {
            inside
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .any(|word| word == name)
        })
    })
}

fn unrenderable(purpose: Option<Purpose>, source: &str) -> Option<Text> {
    let env = environment();
    let values = sample(purpose, Lang::Zh);
    let error = match env.render_str(source, minijinja::value::Serde(&values)) {
        Ok(text) => return too_long(&text).then(|| at_line(1, &too_long_text())),
        Err(error) => error,
    };
    let said = error.detail().unwrap_or("").to_owned();
    let text = match error.kind() {
        ErrorKind::UnknownFilter => unknown_filter(&said),
        _ => Text::new(
            "花括号里的内容无法计算，变量应写成 {{ name }}",
            format!("what stands in the braces cannot be worked out ({said}); a variable is written {{{{ name }}}}"),
        ),
    };
    Some(at_line(error.line().unwrap_or(1), &text))
}

/// What may be sent, but leaves the patient without something they need.
pub fn warnings(carrier: Carrier, purpose: Option<Purpose>, draft: &Draft) -> Vec<Text> {
    let names = used(&draft.body);
    let lacks = |name: &str| !names.iter().any(|n| n == name);
    let ahead = matches!(purpose, Some(Purpose::Reminder | Purpose::Confirmation));
    let mut list = Vec::new();
    if (ahead || purpose == Some(Purpose::Change)) && lacks("time") {
        list.push(Text::new(
            "没有就诊时间：请加上 {{ time }}",
            "It does not say the time of the visit: add {{ time }}",
        ));
    }
    if ahead && lacks("link") {
        list.push(Text::new(
            "没有自助链接：患者无法在线确认、改期或取消。请加上 {{ link }}",
            "It has no link: the patient can neither confirm nor move nor cancel online. Add {{ link }}",
        ));
    }
    let way_out = ["拒收", "退订", "STOP"];
    if carrier == Carrier::Sms
        && purpose.is_some_and(Purpose::is_marketing)
        && !way_out.iter().any(|w| draft.body.contains(w))
    {
        list.push(Text::new(
            "没有写如何退订，例如“拒收请回复R”",
            "It does not say how to opt out, such as \"Reply STOP to opt out\"",
        ));
    }
    list
}

#[cfg(test)]
mod tests {
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
        let count = |p, body| warnings(Carrier::Sms, Some(p), &draft(body)).len();
        assert_eq!(count(Purpose::Reminder, "{{ name }}，明天见"), 2);
        assert_eq!(count(Purpose::Reminder, "{{ time }} {{ link }}"), 0);
        assert_eq!(count(Purpose::Change, "{{ time }}"), 0);
        assert_eq!(count(Purpose::Birthday, "{{ name }} 生日快乐"), 1);
        assert_eq!(count(Purpose::Birthday, "生日快乐，拒收请回复R"), 0);
    }
}
