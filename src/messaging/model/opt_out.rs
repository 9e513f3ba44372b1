//! An address that wants no more of something, and by what that is known.

use super::{Carrier, Purpose, Scope, stopped_by};
use crate::platform::clock::Instant;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::id_type;

id_type! {
    /// Row id of an opt-out.
    OptOutId
}

/// What somebody at the desk was told begins so in the evidence.
const TOLD: &str = "told ";

/// An address that wants no more.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct OptOut {
    /// Row id.
    pub id: OptOutId,
    /// By which channel.
    pub channel: Carrier,
    /// Which number (E.164) or email address.
    pub address: String,
    /// Of what.
    pub scope: Scope,
    /// By what that is known.
    pub evidence: String,
    /// Since when.
    pub at: Instant,
}

impl OptOut {
    /// By what it is known, for people.
    pub fn how(&self) -> Text {
        let said = self.evidence.as_str();
        let after = |begin| said.strip_prefix(begin).and_then(|rest: &str| rest.split_once(": "));
        if let Some((who, words)) = after(TOLD) {
            let note = |sign| match words {
                "" => String::new(),
                words => format!("{sign}{words}"),
            };
            return Text::new(
                format!("告诉了{who}{}", note("：")),
                format!("Told {who}{}", note(": ")),
            );
        }
        if let Some((gateway, code)) = after("gateway ") {
            return Text::new(
                format!("短信网关告知（{gateway}：{code}）"),
                format!("The gateway says so ({gateway}: {code})"),
            );
        }
        match said.strip_prefix("link in ") {
            Some(_) => Text::new("点了邮件里的退订链接", "By the link in an email"),
            None => Text::new(format!("回复了“{said}”"), format!("Answered \"{said}\"")),
        }
    }
    /// Whether the carrier itself holds texts back, whatever we do.
    pub fn is_carriers(&self) -> bool {
        self.evidence.starts_with("gateway ")
    }
}

/// The evidence of what a patient told a colleague.
pub fn told(colleague: &str, note: &str) -> String {
    let colleague = colleague.replace(": ", " ");
    format!("{TOLD}{colleague}: {note}")
}

impl Scope {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Scope::Marketing => Text::new("推广和问候", "Offers and greetings"),
            Scope::All => Text::new("所有消息", "All messages"),
        }
    }
    /// What an opt-out of this scope holds back, and what still goes, as lists for people.
    pub fn told_apart(self, channel: Carrier, lang: Lang) -> (String, String) {
        let stopped = |purpose: &Purpose| stopped_by(*purpose, channel, "").contains(&self);
        let (held, goes): (Vec<Purpose>, Vec<Purpose>) = Purpose::ALL.iter().partition(|p| stopped(p));
        let list = |all: Vec<Purpose>| {
            let names: Vec<String> = all.iter().map(|p| p.name().get(lang).to_owned()).collect();
            names.join(lang.pick("、", ", "))
        };
        (list(held), list(goes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn how(evidence: &str) -> String {
        let of = OptOut {
            id: OptOutId(1),
            channel: Carrier::Sms,
            address: String::new(),
            scope: Scope::All,
            evidence: evidence.to_owned(),
            at: Instant(0),
        };
        of.how().en
    }

    #[test]
    fn evidence_reads_as_a_sentence() {
        for (evidence, said) in [
            (told("Li Na", "by phone: no more"), "Told Li Na: by phone: no more"),
            (told("A: B", ""), "Told A B"),
            ("gateway twilio: STOP".to_owned(), "The gateway says so (twilio: STOP)"),
            ("link in message 5, from 1.2.3.4".to_owned(), "By the link in an email"),
            ("R (kannel 12)".to_owned(), "Answered \"R (kannel 12)\""),
        ] {
            assert_eq!(how(&evidence), said);
        }
    }

    #[test]
    fn marketing_leaves_what_is_about_a_visit() {
        let (held, goes) = Scope::Marketing.told_apart(Carrier::Sms, Lang::En);
        assert!(held.contains("Survey") && held.contains("Recall") && goes.contains("Visit reminder"));
        assert!(goes.contains("Follow-up") && Scope::All.told_apart(Carrier::Sms, Lang::En).1.is_empty());
    }
}
