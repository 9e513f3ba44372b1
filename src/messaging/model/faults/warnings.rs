//! What is allowed, but probably not meant.

use super::super::Purpose;
use super::super::template::Draft;
use super::names::used;
use crate::platform::i18n::Text;

/// What may be sent, but leaves the patient without something they need.
pub fn warnings(purpose: Option<Purpose>, draft: &Draft) -> Vec<Text> {
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
    list
}
