//! What the template language cannot read, or cannot work out.

use minijinja::ErrorKind;

use super::super::Purpose;
use super::super::limits::{environment, too_long, too_long_text};
use super::super::variables::sample;
use super::at_line;
use crate::platform::i18n::{Lang, Text};

/// What the template language cannot read.
pub(super) fn unreadable(source: &str) -> Option<Text> {
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

/// What can be read and yet not be worked out, or grows too long.
pub(super) fn unrenderable(purpose: Option<Purpose>, source: &str) -> Option<Text> {
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
