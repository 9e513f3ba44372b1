//! The audit in words: what is written for machines (`call_tasks`, `minutes: 30 -> 45`, `no-answer, alarm none`), said in the
//! reader's language. What has no word here is shown as it was written.

mod lists;

use chrono::NaiveDate;
use chrono_tz::Tz;

pub(super) use self::lists::ACTIONS;
use self::lists::{ACTORS, DETAILS, SUBJECTS, Word};
use crate::platform::clock::Instant;
use crate::platform::i18n::Lang;

fn find(list: &[Word], code: &str, lang: Lang) -> Option<&'static str> {
    let word = list.iter().find(|(c, ..)| *c == code)?;
    Some(lang.pick(word.1, word.2))
}

/// What was done.
pub(super) fn action(lang: Lang, code: &str) -> &str {
    find(ACTIONS, code, lang).unwrap_or(code)
}

/// To what kind of thing.
pub(super) fn subject(lang: Lang, kind: &str) -> &str {
    find(SUBJECTS, kind, lang).unwrap_or(kind)
}

/// Who.
pub(super) fn actor(lang: Lang, name: &str) -> &str {
    find(ACTORS, name, lang).unwrap_or(name)
}

/// A whole detail.
pub(super) fn detail(lang: Lang, zone: Tz, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    if let Some(named) = template(lang, text) {
        return named;
    }
    let changes: Vec<&str> = text.split("; ").collect();
    let said: Vec<String> = changes.into_iter().map(|part| change(lang, zone, part)).collect();
    let said: Vec<String> = said.into_iter().filter(|s| !s.is_empty()).collect();
    said.join(lang.pick("；", "; "))
}

/// `minutes: 30 -> 45`, or a list of words.
fn change(lang: Lang, zone: Tz, part: &str) -> String {
    let pair = part.split_once(": ").and_then(|(field, values)| {
        let (before, after) = values.split_once(" -> ").or_else(|| values.split_once(" → "))?;
        Some((find(DETAILS, field, lang)?, before, after))
    });
    let Some((field, before, after)) = pair else {
        let words: Vec<String> = part
            .split(", ")
            .map(|w| word(lang, zone, w))
            .filter(|w| !w.is_empty())
            .collect();
        return words.join(lang.pick("，", ", "));
    };
    let value = |v: &str| find(DETAILS, v, lang).map_or_else(|| v.to_owned(), str::to_owned);
    lang.pick(
        format!("{field}：{} → {}", value(before), value(after)),
        format!("{field}: {} → {}", value(before), value(after)),
    )
}

fn word(lang: Lang, zone: Tz, text: &str) -> String {
    if let Some(known) = find(DETAILS, text, lang).filter(|_| !text.is_empty()) {
        return known.to_owned();
    }
    let number =
        |prefix: &str, end: &str| -> Option<String> { text.strip_prefix(prefix)?.strip_suffix(end).map(str::to_owned) };
    if let Some(score) = number("score Some(", ")") {
        return lang.pick(format!("满意度 {score} 分"), format!("rated {score} of 5"));
    }
    if let Some(day) = number("back on ", "").and_then(|d| d.parse::<NaiveDate>().ok()) {
        return lang.pick(
            format!("{}再次出现", lang.day(day)),
            format!("back on {}", lang.day(day)),
        );
    }
    if let Some(rows) = number("list of ", "") {
        return lang.pick(format!("列表，{rows} 行"), format!("a list of {rows}"));
    }
    if let Some(id) = number("of message ", "") {
        return lang.pick(format!("消息 {id} 的重发"), format!("message {id} once more"));
    }
    if let Some((state, at)) = text.rsplit_once(" at ")
        && let Some(at) = Instant::parse_rfc3339(at)
    {
        let state = find(DETAILS, state, lang).unwrap_or(state);
        return format!("{} {state}", lang.day_time(at, zone));
    }
    if let Some((from, until)) = text.split_once(" - ")
        && let (Some(from), Some(until)) = (Instant::parse_rfc3339(from), Instant::parse_rfc3339(until))
    {
        return format!("{} – {}", lang.day_time(from, zone), lang.day_time(until, zone));
    }
    // An account's login and role: `sun.li nurse`.
    match text.split_once(' ') {
        Some((login, role)) if find(DETAILS, role, lang).is_some() => {
            format!("{login} · {}", find(DETAILS, role, lang).unwrap_or(role))
        }
        _ => text.to_owned(),
    }
}

/// `birthday sms zh version 2`.
fn template(lang: Lang, text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let [code, channel, language, "version", n] = words.as_slice() else {
        return None;
    };
    let (channel, language) = (find(DETAILS, channel, lang)?, find(DETAILS, language, lang)?);
    Some(lang.pick(
        format!("{code} · {channel} · {language} · 第 {n} 版"),
        format!("{code} · {channel} · {language} · version {n}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_told_in_words() {
        for (written, zh, en) in [
            ("no-answer, alarm none, score None", "无人接听", "no answer"),
            (
                "reached, alarm red, score Some(2)",
                "已接通，红色警示，满意度 2 分",
                "reached, red flag, rated 2 of 5",
            ),
            (
                "minutes: 30 -> 45; active: true -> false",
                "时长：30 → 45；启用：是 → 否",
                "minutes: 30 → 45; in use: yes → no",
            ),
            (
                "texted, back on 2026-12-07",
                "已发短信，12月7日 周一再次出现",
                "texted, back on Mon 7 Dec",
            ),
            (
                "booked at 2026-11-24T02:00:00Z",
                "11月24日 周二 10:00 已预约",
                "Tue 24 Nov 10:00 booked",
            ),
            (
                "birthday sms zh version 2",
                "birthday · 短信 · 中文 · 第 2 版",
                "birthday · SMS · Chinese · version 2",
            ),
            ("sun.li nurse", "sun.li · 护士", "sun.li · nurse"),
            ("name, phone", "名称，电话", "name, telephone"),
            ("一号椅", "一号椅", "一号椅"),
            ("", "", ""),
        ] {
            let zone = chrono_tz::Asia::Shanghai;
            assert_eq!(detail(Lang::Zh, zone, written), zh, "{written}");
            assert_eq!(detail(Lang::En, zone, written), en, "{written}");
        }
        assert_eq!(subject(Lang::Zh, "call_tasks"), "回访任务");
        assert_eq!(action(Lang::Zh, "send-again"), "重新发送");
    }

    /// Every source file of the program.
    fn sources(folder: &std::path::Path, all: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, all);
            } else if path.extension().is_some_and(|e| e == "rs") {
                all.push(std::fs::read_to_string(&path).expect("a text"));
            }
        }
    }

    #[test]
    fn whatever_is_written_down_has_words() {
        let mut all = Vec::new();
        sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
        for (list, pattern) in [
            (ACTIONS, r#"\b(?:audit|note)\(\s*c,[^"();{]{0,60}"([a-z-]+)""#),
            (SUBJECTS, r#"Subject::of(?:_patient)?\(\s*"([a-z_-]+)""#),
            (SUBJECTS, r#"Subject \{\s*kind: "([a-z_-]+)""#),
            (DETAILS, r#"\bchanges\s*\.note(?:_option)?\(\s*"([a-z_]+)""#),
        ] {
            let pattern = regex::Regex::new(pattern).expect("a pattern");
            let used: std::collections::BTreeSet<&str> = all
                .iter()
                .flat_map(|text| pattern.captures_iter(text))
                .filter_map(|found| Some(found.get(1)?.as_str()))
                .collect();
            assert!(used.len() > 5, "{used:?}");
            let silent: Vec<&&str> = used
                .iter()
                .filter(|code| find(list, code, Lang::En).is_none())
                .collect();
            assert!(silent.is_empty(), "{silent:?}");
        }
    }
}
