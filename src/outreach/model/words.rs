//! Rules in plain words.

use super::{Anchor, Rule, Step};
use crate::platform::i18n::{Lang, Text};

/// `18:00` of minute 1080.
pub fn minute_text(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Minute of the day of `18:00`.
pub fn parse_minute(text: &str) -> Option<i32> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (i32, i32) = (hour.parse().ok()?, minute.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
}

/// `2 小时` / `2 h`, `90 分钟` / `90 min`.
fn length(minutes: i32) -> Text {
    let minutes = minutes.abs();
    if minutes % 1440 == 0 && minutes > 0 {
        let days = minutes / 1440;
        Text::new(format!("{days} 天"), plural(days, "day"))
    } else if minutes % 60 == 0 && minutes > 0 {
        let hours = minutes / 60;
        Text::new(format!("{hours} 小时"), plural(hours, "hour"))
    } else {
        Text::new(format!("{minutes} 分钟"), plural(minutes, "minute"))
    }
}

fn plural(n: i32, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

impl Rule {
    /// Name in a language.
    pub fn name_in(&self, lang: Lang) -> &str {
        lang.pick(&self.name, &self.name_en)
    }

    /// When its steps are: `就诊前 1 天 18:00` / `1 day before the visit at 18:00`.
    pub fn when(&self) -> Text {
        let all: Vec<Text> = self.steps.0.iter().map(|s| s.when(self.anchor)).collect();
        let joined = |lang: Lang, sign: &str| all.iter().map(|t| t.get(lang)).collect::<Vec<_>>().join(sign);
        Text::new(joined(Lang::Zh, "；"), joined(Lang::En, "; "))
    }

    /// How late its steps may still happen: `最多晚 2 小时` / `at most 2 hours late`.
    pub fn patience(&self) -> Text {
        let longest = self.steps.0.iter().map(|s| s.window_minutes).max().unwrap_or(0);
        let long = length(longest);
        Text::new(format!("最多晚 {}", long.zh), format!("at most {} late", long.en))
    }
}

impl Step {
    /// When it is: `就诊前 1 天 18:00` / `1 day before the visit at 18:00`.
    pub fn when(&self, anchor: Anchor) -> Text {
        let (zh, en) = match anchor {
            Anchor::VisitStart => ("就诊", "the visit"),
            Anchor::VisitFinished => ("就诊结束", "the end of the visit"),
            Anchor::VisitMissed => ("爽约", "the missed visit"),
            Anchor::RecallDue => ("复诊到期", "the recall is due"),
            Anchor::PlanWaits => ("治疗中断", "the treatment came to rest"),
            Anchor::Birthday => ("生日", "the birthday"),
            Anchor::Occasion => ("节日", "the festival"),
            Anchor::RecordDate => ("日期", "the date"),
            Anchor::Referral => ("介绍", "the referral"),
        };
        let Some(minute) = self.at_minute else {
            return self.when_relative(zh, en);
        };
        let time = minute_text(minute);
        let days = self.offset_days.abs();
        let count = plural(days, "day");
        let clause = matches!(anchor, Anchor::RecallDue | Anchor::PlanWaits);
        match self.offset_days.signum() {
            0 if clause => Text::new(format!("{zh}当天 {time}"), format!("on the day {en} at {time}")),
            0 => Text::new(format!("{zh}当天 {time}"), format!("on the day of {en} at {time}")),
            -1 => Text::new(
                format!("{zh}前 {days} 天 {time}"),
                format!("{count} before {en} at {time}"),
            ),
            _ => Text::new(
                format!("{zh}后 {days} 天 {time}"),
                format!("{count} after {en} at {time}"),
            ),
        }
    }

    fn when_relative(&self, zh: &str, en: &str) -> Text {
        let total = self.offset_days * 1440 + self.offset_minutes;
        let long = length(total);
        if total < 0 {
            Text::new(format!("{zh}前 {}", long.zh), format!("{} before {en}", long.en))
        } else {
            Text::new(format!("{zh}后 {}", long.zh), format!("{} after {en}", long.en))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_of_the_day() {
        assert_eq!(parse_minute("18:00"), Some(1080));
        assert_eq!(minute_text(1080), "18:00");
        for wrong in ["24:00", "9", "12:60", "-1:10", "a:b"] {
            assert_eq!(parse_minute(wrong), None, "{wrong}");
        }
    }
}
