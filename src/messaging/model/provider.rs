//! Gateways that send approved templates: which of theirs stands for one of ours, and which of our variables it takes.

use std::fmt;

use serde_json::{Map, Value};

use super::Purpose;
use super::variables::variables_of;
use crate::platform::i18n::Text;
use crate::platform::sms::Provided;

/// Longest name of a template or parameter, in characters.
const NAME_MAX: usize = 64;
/// Most parameters.
const PARAMETERS_MAX: usize = 20;

/// A gateway's template as it is entered: `SMS_123456: date, time, where=address`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderEntry {
    /// The gateway's name for the template.
    pub code: String,
    /// Its parameters in their order: the gateway's name for each, and our variable.
    pub parameters: Vec<(String, String)>,
}

impl ProviderEntry {
    /// Reads an entry for messages of a purpose.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn read(text: &str, purpose: Option<Purpose>) -> Result<ProviderEntry, Text> {
        let text = text.replace(['：', '，', '、'], "\u{1}");
        let mut parts = text.splitn(2, [':', '\u{1}']);
        let code = parts.next().unwrap_or_default().trim().to_owned();
        let odd = |c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c));
        if code.is_empty() || code.len() > NAME_MAX || code.contains(odd) {
            return Err(Text::new(
                "应写成“模板编号: 变量, 变量”，如 SMS_123456: date, time",
                "Write the template's code and its variables, such as SMS_123456: date, time",
            ));
        }
        let names = parts.next().unwrap_or_default().split([',', '\u{1}']);
        let names: Vec<&str> = names.map(str::trim).filter(|n| !n.is_empty()).collect();
        if names.len() > PARAMETERS_MAX {
            return Err(Text::new(
                format!("最多 {PARAMETERS_MAX} 个变量"),
                format!("At most {PARAMETERS_MAX} variables"),
            ));
        }
        let known = variables_of(purpose);
        let mut parameters: Vec<(String, String)> = Vec::new();
        for written in names {
            let (name, variable) = written.split_once('=').unwrap_or((written, written));
            let (name, variable) = (name.trim(), variable.trim());
            if !known.iter().any(|v| v.name == variable) {
                return Err(Text::new(
                    format!("没有变量“{variable}”"),
                    format!("There is no variable \"{variable}\""),
                ));
            }
            if name.is_empty() || name.len() > NAME_MAX || name.contains(odd) {
                return Err(Text::new(
                    format!("“{name}”不能作参数名"),
                    format!("\"{name}\" cannot be a parameter's name"),
                ));
            }
            if parameters.iter().any(|(other, _)| other == name) {
                return Err(Text::new(
                    format!("参数“{name}”出现了两次"),
                    format!("The parameter \"{name}\" is there twice"),
                ));
            }
            parameters.push((name.to_owned(), variable.to_owned()));
        }
        Ok(ProviderEntry { code, parameters })
    }

    /// Fills in the parameters.
    ///
    /// # Errors
    /// The variable that this message does not have.
    pub fn fill(&self, variables: &Map<String, Value>) -> Result<Provided, String> {
        let value = |variable: &str| match variables.get(variable) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Null) | None => Err(variable.to_owned()),
            Some(other) => Ok(other.to_string()),
        };
        let parameters = self.parameters.iter();
        let parameters = parameters.map(|(name, variable)| Ok((name.clone(), value(variable)?)));
        Ok(Provided {
            code: self.code.clone(),
            parameters: parameters.collect::<Result<_, String>>()?,
        })
    }
}

/// As it is stored and shown.
impl fmt::Display for ProviderEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        for (i, (name, variable)) in self.parameters.iter().enumerate() {
            f.write_str(if i == 0 { ": " } else { ", " })?;
            match name == variable {
                true => f.write_str(name)?,
                false => write!(f, "{name}={variable}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Result<ProviderEntry, Text> {
        ProviderEntry::read(text, Some(Purpose::Reminder))
    }

    #[test]
    fn an_entry_is_read_and_written() {
        for (typed, stored) in [
            (
                "SMS_123456: date, time,where = address ",
                "SMS_123456: date, time, where=address",
            ),
            ("SMS_123456：date，time", "SMS_123456: date, time"),
            (" 1110 ", "1110"),
            ("1110:", "1110"),
        ] {
            assert_eq!(read(typed).map(|e| e.to_string()), Ok(stored.to_owned()), "{typed}");
            assert_eq!(read(stored).map(|e| e.to_string()), Ok(stored.to_owned()));
        }
        for wrong in [
            "",
            ": date",
            "SMS 1: date",
            "SMS_1: dat",
            "SMS_1: a b=date",
            "SMS_1: =date",
            "SMS_1: date, date",
            "SMS_1: until",
        ] {
            let why = read(wrong).expect_err(wrong);
            assert!(!why.zh.is_ascii() && !why.en.is_empty(), "{wrong}");
        }
    }

    #[test]
    fn parameters_keep_their_order_and_none_is_left_empty() {
        let variables = json!({"date": "11月24日", "time": "09:30", "name": null});
        let Value::Object(variables) = variables else {
            panic!("an object");
        };
        let provided = read("1110: time, day=date").map(|e| e.fill(&variables));
        let parameters = vec![
            ("time".to_owned(), "09:30".to_owned()),
            ("day".to_owned(), "11月24日".to_owned()),
        ];
        let code = "1110".to_owned();
        assert_eq!(provided, Ok(Ok(Provided { code, parameters })));
        assert_eq!(
            read("1110: link").map(|e| e.fill(&variables)),
            Ok(Err("link".to_owned()))
        );
        assert_eq!(
            read("1110: name").map(|e| e.fill(&variables)),
            Ok(Err("name".to_owned()))
        );
    }
}
