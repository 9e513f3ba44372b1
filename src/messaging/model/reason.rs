//! Why a message was not sent, or not yet: a code for machines, plain words for the clerk.

use crate::platform::i18n::Text;

/// A code, and words where the code's own words do not do. Stored as `code` or `code|中文|English`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// For machines.
    pub code: String,
    words: Option<Text>,
}

impl Reason {
    /// A reason whose words follow from its code.
    pub fn code(code: impl Into<String>) -> Reason {
        Reason {
            code: code.into(),
            words: None,
        }
    }
    /// A reason with words of its own.
    pub fn with(code: impl Into<String>, words: Text) -> Reason {
        Reason {
            code: code.into(),
            words: Some(words),
        }
    }
    /// A reason with what a gateway said, which is in its own language.
    pub fn said(code: &str, said: &str) -> Reason {
        let known = words(code);
        Reason::with(
            code,
            Text::new(format!("{}：{said}", known.zh), format!("{}: {said}", known.en)),
        )
    }
    /// The stored form.
    pub fn stored(&self) -> String {
        match &self.words {
            None => self.code.clone(),
            Some(t) => format!("{}|{}|{}", self.code, one_line(&t.zh), one_line(&t.en)),
        }
    }
    /// Reads the stored form.
    pub fn read(stored: &str) -> Reason {
        let mut parts = stored.splitn(3, '|');
        let code = parts.next().unwrap_or("").to_owned();
        let words = match (parts.next(), parts.next()) {
            (Some(zh), Some(en)) => Some(Text::new(zh, en)),
            _ => None,
        };
        Reason { code, words }
    }
    /// Whether the patient's own wish is in the way: an opt-out, or a no to the channel.
    pub fn is_wish(&self) -> bool {
        matches!(
            self.code.as_str(),
            "opted-out" | "refused-opted-out" | "refuses-sms" | "refuses-email"
        )
    }
    /// For people.
    pub fn text(&self) -> Text {
        self.words.clone().unwrap_or_else(|| words(&self.code))
    }
    /// What its code means, without what was said in one case; the words of this one where the code has none of its own.
    pub fn name(&self) -> Text {
        let known = words(&self.code);
        if known.zh == self.code { self.text() } else { known }
    }
}

fn one_line(text: &str) -> String {
    text.replace('|', "/").replace(['\n', '\r'], " ")
}

fn words(code: &str) -> Text {
    let (zh, en) = match code {
        "too-late" => ("已过有效时间", "It would have come too late"),
        "quiet-hours" => ("等待可发送的时段", "Waiting for sending hours"),
        "quiet-too-late" => (
            "可发送的时段开始前就已过期",
            "It would be too late when sending hours begin",
        ),
        "channel-off" => ("此发送方式已关闭", "This way of sending is switched off"),
        "stopped" => ("已由工作人员停止", "Stopped by staff"),
        "cancelled" => ("原因已取消", "What it was about has been cancelled"),
        "no-template" => ("没有这个模板", "There is no such template"),
        "no-text" => (
            "模板没有这种方式和语言的文字",
            "The template has no text for this way of sending in this language",
        ),
        "template-error" => ("模板有误", "The template has a fault"),
        "too-long" => ("短信太长", "The text is too long"),
        "retry" => ("暂时发不出去，稍后再试", "It could not be sent and will be tried again"),
        "refused" => ("对方拒收", "It was refused"),
        "gave-up" => ("多次尝试后放弃", "Given up after several tries"),
        "settings" => (
            "网关已暂停（设置有误、无答复或连接不上），稍后再试",
            "Its gateway is paused (a wrong setting, no answer or no connection): it will be tried again",
        ),
        "maybe-sent" => ("可能已发出，再发一次", "Perhaps sent: it is sent once more"),
        "no-answer" => ("可能已发出，没有收到答复", "Perhaps sent: no answer came"),
        "crashed" => (
            "可能已发出，发送时程序中断",
            "Perhaps sent: the program stopped while sending",
        ),
        "bounced" => ("邮件被退回", "The mail came back"),
        "not-delivered" => ("未能送达", "It could not be delivered"),
        "undelivered-expired" => ("过期未送达", "It expired before it could be delivered"),
        other => {
            let known = words_of_people(other).or_else(|| words_of_rules(other));
            let known = known.or_else(|| words_of_limits(other));
            return known.unwrap_or_else(|| words_of_gateways(other));
        }
    };
    Text::new(zh, en)
}

/// What patients want, and where they are reached.
fn words_of_people(code: &str) -> Option<Text> {
    let (zh, en) = match code {
        "deceased" => ("患者已故", "The patient has died"),
        "wants-none" => ("患者不希望被联系", "The patient does not want to be contacted"),
        "wants-calls" => ("患者希望电话联系", "The patient wants to be called instead"),
        "no-phone" => ("没有手机号", "There is no mobile number"),
        "no-email" => ("没有邮箱地址", "There is no email address"),
        "no-consent" => (
            "患者没有同意接收问候和推广",
            "The patient has not agreed to greetings and offers",
        ),
        "refuses-sms" => (
            "患者不同意接收短信（见患者档案）",
            "The patient does not agree to text messages (see the record)",
        ),
        "refuses-email" => (
            "患者不同意接收邮件（见患者档案）",
            "The patient does not agree to email (see the record)",
        ),
        "opted-out" => ("患者已退订", "The patient has opted out"),
        "address-bounces" => (
            "寄往这个邮箱的邮件被退回，已停发",
            "Mail to this address comes back, so nothing more is sent to it",
        ),
        _ => return None,
    };
    Some(Text::new(zh, en))
}

/// Why a rule did not come to a message.
fn words_of_rules(code: &str) -> Option<Text> {
    let (zh, en) = match code {
        "campaign-paused" => ("群发已暂停", "The campaign is paused"),
        "missed" => (
            "系统当时没有运行，已过发送时间",
            "The system was not running when it was due, and it is too late now",
        ),
        "held-out" => (
            "留作对照，不发送（看规则的效果）",
            "Left out for comparison, to see what the rule brings",
        ),
        "not-treated" => (
            "病历中没有规则所说的治疗",
            "The record does not tell of the rule’s treatment",
        ),
        "closed-late" => (
            "就诊登记得太晚，已过发送时间",
            "The visit was closed so late that its time had passed",
        ),
        "minor" => ("未成年，没有登记监护人", "Under age, and no guardian is on record"),
        "booked-again" => ("已有预约", "An appointment is there already"),
        "contacted" => ("近期已联系", "Contacted recently"),
        "answered" => ("已答复或已联系上", "Has answered or was reached"),
        "confirmed" => ("已确认就诊", "Has confirmed the visit"),
        "rests" => ("近期已收到同类消息", "Had something of the kind lately"),
        "overdue" => (
            "逾期已久，规则的各步都已过，不自动发送：在复诊名单上由前台联系（可在复诊规则中设置每天补发几位）",
            "Overdue for so long that no step of the rule comes to it, so nothing goes out by itself: it is on the recall list (the recall rule says how many are taken up a day)",
        ),
        _ => return None,
    };
    Some(Text::new(zh, en))
}

/// What the clinic's limits come to.
fn words_of_limits(code: &str) -> Option<Text> {
    let (zh, en) = match code {
        "daily-cap" => (
            "今天已给该患者发过消息，改到明天",
            "The patient got a message today: moved to tomorrow",
        ),
        "capped" => (
            "今天已给该患者发过消息，明天就过期了",
            "The patient got a message today, and tomorrow is too late",
        ),
        "weekly-cap" => ("本周已达上限，改到以后", "The week's limit is reached: moved"),
        "capped-week" => (
            "本周已达上限，之后就过期了",
            "The week's limit is reached, and later is too late",
        ),
        "monthly-cap" => ("本月已达上限，改到以后", "The month's limit is reached: moved"),
        "capped-month" => (
            "本月已达上限，之后就过期了",
            "The month's limit is reached, and later is too late",
        ),
        "family-cap" => (
            "家人共用的号码或地址已达上限，改到以后",
            "The limit for the number or address that a family shares is reached: moved",
        ),
        "capped-family" => (
            "家人共用的号码或地址已达上限，之后就过期了",
            "The limit for the number or address that a family shares is reached, and later is too late",
        ),
        "holiday" => (
            "节假日不发推广消息，改到节后",
            "It is a public holiday: moved to after it",
        ),
        "holiday-too-late" => (
            "节假日不发推广消息，节后就过期了",
            "It is a public holiday, and after it is too late",
        ),
        "survey-lately" => (
            "不久前刚请该患者评价过，改到以后",
            "The patient was asked lately: moved",
        ),
        "capped-survey" => ("不久前刚请该患者评价过", "The patient was asked lately"),
        "greeted-lately" => (
            "刚给该患者发过祝福，改到以后",
            "The patient was greeted just now: moved",
        ),
        "household-told" => (
            "家人共用的号码或地址今天已收到同样的消息，改到明天",
            "The number or address that a family shares got the same today: moved to tomorrow",
        ),
        "capped-household" => (
            "家人共用的号码或地址当天已收到同样的消息",
            "The number or address that a family shares got the same that day",
        ),
        "capped-greeting" => (
            "刚给该患者发过祝福，之后就过期了",
            "The patient was greeted just now, and later is too late",
        ),
        _ => return None,
    };
    Some(Text::new(zh, en))
}

/// What the ways of single gateways come to.
fn words_of_gateways(code: &str) -> Text {
    let (zh, en) = match code {
        "no-provider-template" => (
            "模板没有填写这个网关的模板编号",
            "The template has no code of this gateway's approved templates",
        ),
        "provider-template" => ("网关模板编号有误", "The gateway's template is entered wrongly"),
        "provider-variable" => (
            "网关模板需要的变量在这条消息里没有",
            "The gateway's template takes a variable that this message does not have",
        ),
        "refused-opted-out" => (
            "患者已向运营商退订，以后不再发送",
            "The patient has told the carrier to stop: nothing more is sent",
        ),
        "gateway-hours" => (
            "网关暂不允许发送，到时再发",
            "The gateway does not allow it now: it is sent when it does",
        ),
        "gateway-too-late" => (
            "到网关允许发送时就太晚了",
            "It would be too late when the gateway allows it",
        ),
        other => (other, other),
    };
    Text::new(zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_survives_its_storage() {
        for reason in [
            Reason::code("too-late"),
            Reason::with("x", Text::new("甲", "a b")),
            Reason::said("refused", "550 No such user"),
        ] {
            assert_eq!(Reason::read(&reason.stored()), reason);
        }
        let odd = Reason::with("x", Text::new("甲|乙", "a\nb")).stored();
        assert_eq!(Reason::read(&odd).text(), Text::new("甲/乙", "a b"));
    }
}
