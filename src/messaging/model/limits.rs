//! What a template may do: name variables, choose with `if`, tidy up with a filter. Nothing of it takes time or room, whoever
//! writes it: what the template language can do besides (loops, macros, repeating, building up) is a fault.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, filters, tests};

use crate::platform::i18n::Text;

/// Steps that rendering one text may take.
const FUEL: u64 = 50_000;
/// Longest text that may come out, in bytes.
const OUTPUT_MAX: usize = 8192;
/// The only words with which a `{% … %}` may begin.
const WORDS: [&str; 4] = ["if", "elif", "else", "endif"];

/// How templates are read: nothing but what is listed here is there.
pub(super) fn environment() -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    // Plain text; the HTML of an email is made from the rendered text and escaped there.
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_fuel(Some(FUEL));
    env.add_filter("lower", filters::lower);
    env.add_filter("upper", filters::upper);
    env.add_filter("title", filters::title);
    env.add_filter("capitalize", filters::capitalize);
    env.add_filter("trim", filters::trim);
    env.add_filter("default", filters::default);
    env.add_test("defined", tests::is_defined);
    env.add_test("undefined", tests::is_undefined);
    env
}

/// Whether a text that came out is longer than any message.
pub(super) fn too_long(text: &str) -> bool {
    text.len() > OUTPUT_MAX
}

/// What comes out longer than any message may be.
pub(super) fn too_long_text() -> Text {
    Text::new("填好后的内容太长", "What comes out is too long")
}

/// The first thing that a template may not do, and where. What is not closed ends the search: it cannot be read at all.
pub(super) fn refused(source: &str) -> Option<(usize, Text)> {
    let mut at = 0;
    loop {
        let begin = at + source.get(at..)?.find('{')?;
        let inside = begin + 2;
        let close = match source.get(begin..inside)? {
            "{#" => "#}",
            "{%" => "%}",
            "{{" => "}}",
            _ => {
                at = begin + 1;
                continue;
            }
        };
        let rest = source.get(inside..)?;
        let length = if close == "#}" {
            rest.find(close)?
        } else {
            let length = expression(rest, close)?;
            let code = rest.get(..length)?;
            if let Some(text) = statement(code, close).or_else(|| repeated(code)) {
                return Some((begin, text));
            }
            length
        };
        at = inside + length + close.len();
    }
}

/// How long a tag is up to its end, which is not one that stands within quotes.
fn expression(rest: &str, close: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if rest.get(at..)?.starts_with(close) => return Some(at),
            None => {}
        }
    }
    None
}

/// A `{% … %}` that is none of those that choose.
fn statement(code: &str, close: &str) -> Option<Text> {
    let word = code
        .trim_start_matches(['-', '+'])
        .split_whitespace()
        .next()
        .unwrap_or("");
    let word = word.trim_end_matches(['-', '+']);
    (close == "%}" && !WORDS.contains(&word)).then(|| {
        Text::new(
            format!("不能使用 {{% {word} %}}，只能使用 {{% if … %}}"),
            format!("{{% {word} %}} cannot be used here, only {{% if … %}}"),
        )
    })
}

/// A sign that repeats what stands before it.
fn repeated(code: &str) -> Option<Text> {
    code.contains('*').then(|| {
        Text::new(
            "花括号里不能用“*”，变量应写成 {{ name }}",
            "\"*\" cannot be used in the braces; a variable is written {{ name }}",
        )
    })
}

#[cfg(test)]
mod cases {
    use super::super::template::{Draft, render};
    use super::super::variables::sample;
    use super::super::{Purpose, fault};
    use crate::platform::i18n::Lang;

    fn rendered(source: &str) -> Result<String, String> {
        let draft = Draft {
            subject: String::new(),
            body: source.to_owned(),
        };
        render(&draft, &sample(Some(Purpose::Reminder), Lang::En)).map(|r| r.body)
    }

    #[test]
    fn what_takes_time_or_room_is_a_fault_and_is_never_rendered() {
        for source in [
            "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
            "{%- for a in name -%}{{ a }}{% endfor %}",
            "{{ \"x\" * 100000000 }}",
            "{{ \"}}\" * 100000000 }}",
            "{{ '\\'}}' * 100000000 }}",
            "{# {{ #}{{ name * 100 }}",
            "{% set a = name %}{{ a }}",
            "{% macro m() %}{{ name }}{% endmacro %}",
            "{% raw %}{{ name }}{% endraw %}",
            "{% filter upper %}{{ name }}{% endfilter %}",
            "{{ range(9999) }}",
            "{{ name | indent(100000000) }}",
            "{{ name | replace('a', 'aaaaaaaa') }}",
            "{% include 'x' %}",
        ] {
            let text = fault(Some(Purpose::Reminder), source).unwrap_or_else(|| panic!("{source} has no fault"));
            assert!(!text.zh.is_ascii() && text.en.starts_with("Line 1"), "{text:?}");
            assert!(rendered(source).is_err(), "{source}");
        }
    }

    #[test]
    fn variables_conditions_and_filters_are_what_they_were() {
        for (source, text) in [
            (
                "{% if link is defined %}{{ name | upper }}{% else %}-{% endif %}",
                "ZHANG WEI",
            ),
            (
                "{%- if x is undefined -%}{{ x | default('none') }}{%- endif -%}",
                "none",
            ),
            ("5 * 3 {# * #}{{ name }}", "5 * 3 Zhang Wei"),
        ] {
            assert_eq!(rendered(source), Ok(text.to_owned()), "{source}");
        }
    }

    #[test]
    fn a_text_that_grows_beyond_any_message_is_a_fault() {
        let source = "{{ link }}".repeat(190);
        assert!(rendered(&source).is_err());
        let text = fault(Some(Purpose::Reminder), &source).expect("a fault");
        assert!(text.en.contains("too long") && text.zh.contains("太长"), "{text:?}");
    }
}
