//! Variables that are named and are not there.

use super::super::Purpose;
use super::super::limits::environment;
use super::super::template::{Draft, render};
use super::super::variables::{FAMILY, family_sample, is_variable, sample, variables_of};
use super::at_line;
use crate::platform::i18n::{Lang, Text};

/// The variables that a text names, in order.
pub fn used(source: &str) -> Vec<String> {
    let env = environment();
    let mut names: Vec<String> = env
        .template_from_str(source)
        .map(|t| t.undeclared_variables(false).into_iter().collect())
        .unwrap_or_default();
    names.sort();
    names
}

/// Whether a text has something to say where it lists a whole family.
pub fn names_family(source: &str) -> bool {
    used(source).iter().any(|name| name == FAMILY)
}

/// A list of the family that is asked for where there is none.
pub(super) fn family_alone(purpose: Option<Purpose>, source: &str) -> Option<Text> {
    let draft = Draft {
        subject: String::new(),
        body: source.to_owned(),
    };
    let mut values = sample(purpose, Lang::Zh);
    render(&draft, &values).err()?;
    values.insert(FAMILY.into(), family_sample(Lang::Zh).into());
    render(&draft, &values).ok()?;
    let line = source.lines().position(|l| names_it(l, FAMILY)).map_or(1, |i| i + 1);
    let text = Text::new(
        "{{ family }} 只在合并家人的提醒里有，请放在 {% if family is defined %} … {% endif %} 之间",
        "{{ family }} is there only where a family's reminders go out as one: put it between {% if family is defined %} and {% endif %}",
    );
    Some(at_line(line, &text))
}

/// A variable that no message of this purpose has when it is sent.
pub(super) fn unknown(purpose: Option<Purpose>, source: &str) -> Option<Text> {
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
