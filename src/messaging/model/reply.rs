//! What an inbound text says about further messages (messaging.md 3.3). A keyword counts only when it is the whole text.

use unicode_normalization::UnicodeNormalization;

use super::{Carrier, Purpose};
use crate::platform::db::text_enum;

text_enum! {
    /// How much somebody has opted out of.
    Scope {
        /// Greetings, offers, recalls.
        Marketing = "marketing",
        /// Everything.
        All = "all",
    }
}

impl Purpose {
    /// Whether an email for it has a link to want no more of its kind (RFC 8058): all that is not about a visit or asked for
    /// this moment. A follow-up needs no consent to marketing, but nobody has to be asked how they are.
    pub fn is_refusable(self) -> bool {
        self.is_marketing() || matches!(self, Purpose::FollowUp | Purpose::Survey)
    }
}

/// What an opt-out has to cover to keep a message from going out: `says` is the text of its template. By email a refusal of
/// marketing is one of all that has the link to say so; by either way, of what asks for an opinion and of whatever offers the
/// words itself.
pub fn stopped_by(purpose: Purpose, channel: Carrier, says: &str) -> &'static [Scope] {
    let refused = purpose.is_marketing()
        || purpose.is_survey()
        || (channel == Carrier::Email && purpose.is_refusable())
        || offers_words(says);
    if refused { Scope::ALL } else { &[Scope::All] }
}

/// Whether a text says with which word it is refused (`拒收请回复R`, `退订回T`). Words that stop everything need no such line.
fn offers_words(text: &str) -> bool {
    let folded = fold(text);
    folded.match_indices('回').any(|(at, sign)| {
        let rest = folded.get(at + sign.len()..).unwrap_or("");
        let rest = rest.strip_prefix('复').unwrap_or(rest);
        STOP_MARKETING.iter().any(|word| {
            let after = rest.strip_prefix(word).map(|after| after.chars().next());
            after.is_some_and(|next| !next.is_some_and(|c| c.is_ascii_alphanumeric()))
        })
    })
}

/// A text in capitals, without width, spaces and punctuation.
fn fold(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_uppercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// Words that stop everything, as international practice has them. CANCEL is left out on purpose: patients mean the visit.
const STOP_ALL: [&str; 9] = [
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
    "END",
    "QUIT",
    "OPTOUT",
    "REVOKE",
    "ARRET",
    "不要再发",
];
/// Words that answer the opt-out line of commercial texts in China (拒收请回复R): reminders of visits go on.
const STOP_MARKETING: [&str; 8] = ["T", "TD", "R", "N", "QX", "退订", "取消订阅", "拒收"];
const START: [&str; 3] = ["START", "UNSTOP", "订阅"];

/// What a text asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// No more of this.
    OptOut(Scope, &'static str),
    /// Messages are welcome again.
    OptIn(&'static str),
    /// Something else.
    Other,
}

impl Reply {
    /// Whether nothing more may be sent.
    pub fn stops(&self) -> bool {
        matches!(self, Reply::OptOut(Scope::All, _))
    }
}

/// Reads a text.
pub fn read_reply(text: &str) -> Reply {
    let folded = fold(text);
    // Punctuation and quotes around a word are dropped, but two words do not become one.
    if text.split_whitespace().count() > 1 {
        return Reply::Other;
    }
    let find = |list: &[&'static str]| list.iter().find(|w| **w == folded).copied();
    if let Some(word) = find(&STOP_ALL) {
        Reply::OptOut(Scope::All, word)
    } else if let Some(word) = find(&STOP_MARKETING) {
        Reply::OptOut(Scope::Marketing, word)
    } else if let Some(word) = find(&START) {
        Reply::OptIn(word)
    } else {
        Reply::Other
    }
}

/// A sender's number as gateways write it (`8613…`, `+8613…`, `0086 13…`, `13…`), in E.164. `country` is the ISO code of
/// numbers without a country code; only mainland China's form is known without one.
pub fn international(number: &str, country: &str) -> Option<String> {
    let digits: String = number.nfkc().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").unwrap_or(&digits);
    let national = country == "CN" && digits.len() == 11 && digits.starts_with('1') && !number.trim().starts_with('+');
    let full = if national {
        format!("+86{digits}")
    } else {
        format!("+{digits}")
    };
    (8..=16).contains(&full.len()).then_some(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_keywords_count() {
        for (text, scope) in [
            ("STOP", Scope::All),
            (" stop. ", Scope::All),
            ("“Stop”", Scope::All),
            ("ＴＤ", Scope::Marketing),
            ("td", Scope::Marketing),
            ("【退订】", Scope::Marketing),
            ("不要再发", Scope::All),
        ] {
            assert!(matches!(read_reply(text), Reply::OptOut(s, _) if s == scope), "{text}");
        }
        for text in [
            "",
            "please stop",
            "T T",
            "1",
            "stop it now",
            "取消",
            "CANCEL",
            "不要取消订阅吧",
        ] {
            assert_eq!(read_reply(text), Reply::Other, "{text}");
        }
        assert_eq!(read_reply("订阅"), Reply::OptIn("订阅"));
    }
    #[test]
    fn what_offers_the_words_is_stopped_by_them() {
        let marketing = |purpose, channel, says| stopped_by(purpose, channel, says).contains(&Scope::Marketing);
        for channel in Carrier::ALL {
            assert!(marketing(Purpose::Recall, *channel, "") && marketing(Purpose::Survey, *channel, ""));
            assert!(!marketing(Purpose::Reminder, *channel, "回复1确认，2取消。电话 0571"));
            for says in [
                "好些了吗？拒收请回复R",
                "退订回T",
                "拒收请回复“ＴＤ”。",
                "回复 退订 不再接收",
            ] {
                assert!(marketing(Purpose::Reminder, *channel, says), "{says}");
            }
            for says in ["请回复RING", "回复1", "R", "下次回来时带上"] {
                assert!(!marketing(Purpose::Reminder, *channel, says), "{says}");
            }
        }
        assert!(marketing(Purpose::FollowUp, Carrier::Email, "") && !marketing(Purpose::FollowUp, Carrier::Sms, ""));
    }
    #[test]
    fn numbers() {
        for written in [
            "+8613800001234",
            "8613800001234",
            "008613800001234",
            "13800001234",
            " 8613800001234",
        ] {
            assert_eq!(
                international(written, "CN").as_deref(),
                Some("+8613800001234"),
                "{written}"
            );
        }
        assert_eq!(international("10690", "CN"), None);
        assert_eq!(international("+447911123456", "CN").as_deref(), Some("+447911123456"));
    }
}
