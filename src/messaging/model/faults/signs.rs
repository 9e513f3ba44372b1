//! Braces that do not belong together, and placeholders as other programs write them.

use super::super::variables::variables_of;
use super::{at_line, line_of};
use crate::platform::i18n::Text;

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

/// Braces that do not belong together, and placeholders as other programs write them: they would be sent as they stand.
pub(super) fn astray(source: &str) -> Option<Text> {
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
