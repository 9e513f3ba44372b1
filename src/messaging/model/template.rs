//! Templates: the texts of messages with variables in them, rendered so that a missing variable is an error and never a gap.

use serde_json::{Map, Value};

use super::Purpose;
use super::cared::CARED;
use super::limits::{environment, refused, too_long, too_long_text};
use super::offers::OFFERS;
use super::quick::QUICK;
use super::recalls::RECALLS;
use crate::patients::{Patient, Sex, surname};
use crate::platform::i18n::Lang;
use crate::platform::sms::segments;

/// A text as it is typed: subject (email only) and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Subject line; empty for text messages.
    pub subject: String,
    /// The text.
    pub body: String,
}

impl Draft {
    /// Whether nothing is typed: there is no such text.
    pub fn is_empty(&self) -> bool {
        self.subject.trim().is_empty() && self.body.trim().is_empty()
    }
}

/// A text as the patient gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Subject line; empty for text messages.
    pub subject: String,
    /// The text.
    pub body: String,
    /// Parts, for text messages.
    pub size: segments::Size,
}

/// Fills in the variables.
///
/// # Errors
/// What is wrong with the template or missing among the variables.
pub fn render(draft: &Draft, variables: &Map<String, Value>) -> Result<Rendered, String> {
    let env = environment();
    let fill = |source: &str| {
        if let Some((_, why)) = refused(source) {
            return Err(why.en);
        }
        let text = env.render_str(source, minijinja::value::Serde(variables));
        let text = text.map_err(|e| e.to_string())?;
        if too_long(&text) {
            return Err(too_long_text().en);
        }
        Ok(text)
    };
    let body = fill(&draft.body)?.trim().to_owned();
    let subject = fill(&draft.subject)?.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(Rendered {
        size: segments::measure(&body),
        subject,
        body,
    })
}

/// How to address a patient: 张女士, 欧阳先生; the name itself where the sex is not known or the name is not Chinese.
pub fn title_of(patient: &Patient, lang: Lang) -> String {
    let chinese = patient
        .name
        .chars()
        .next()
        .is_some_and(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let word = match patient.sex {
        Sex::Female => lang.pick("女士", "Ms "),
        Sex::Male => lang.pick("先生", "Mr "),
        Sex::Unknown => return patient.name.clone(),
    };
    match lang {
        Lang::Zh if chinese => format!("{}{word}", surname(&patient.name)),
        Lang::Zh => patient.name.clone(),
        Lang::En => format!("{word}{}", patient.name),
    }
}

/// A template that is there from the start.
pub struct Shipped {
    /// Its code.
    pub code: &'static str,
    /// What it is for.
    pub purpose: Purpose,
    /// For people: Chinese, English.
    pub name: (&'static str, &'static str),
    /// Subject of the email: Chinese, English.
    pub subject: (&'static str, &'static str),
    /// Text message: Chinese, English.
    pub sms: (&'static str, &'static str),
    /// Email: Chinese, English.
    pub email: (&'static str, &'static str),
}

/// The templates that are shipped. They say who, when and how to answer, and nothing of the treatment (messaging.md 3.5).
pub fn shipped() -> impl Iterator<Item = &'static Shipped> {
    DEFAULTS.iter().chain(RECALLS).chain(QUICK).chain(CARED).chain(OFFERS)
}

const DEFAULTS: &[Shipped] = &[
    Shipped {
        code: "reminder-day-before",
        purpose: Purpose::Reminder,
        name: ("就诊前一天提醒", "Reminder, the day before"),
        subject: (
            "就诊提醒：{{ date }}{% if family is not defined %} {{ time }}{% endif %}",
            "{% if family is defined %}Your visits on {{ date }}{% else %}Your visit on {{ date }} at {{ time }}{% endif %}",
        ),
        sms: (
            "【{{ clinic }}】{% if family is defined %}{{ date }}就诊：{{ family }}。回复“都确认”，或编号加“确认”“取消”“改期”，如“1确认”。{% else %}{{ name }}，您好！您预约了{{ date }} {{ time }}就诊（{{ provider }}）。回复1确认，2取消，3改期{% if link is defined %}，或打开：{{ link }} {% else %}。{% endif %}{% endif %}电话：{{ phone }}",
            "{{ clinic }}: {% if family is defined %}visits on {{ date }}: {{ family }}. Reply ALL OK, or a number and OK, cancel or move, such as 1 OK. {% else %}{{ name }}, your visit is on {{ date }} at {{ time }} with {{ provider }}. Reply 1 to confirm, 2 to cancel, 3 to move{% if link is defined %}, or open {{ link }} {% else %}. {% endif %}{% endif %}Tel {{ phone }}",
        ),
        email: (
            "{% if family is defined %}您好！\n\n提醒您，{{ date }}有以下就诊，每个链接可以确认、改期或取消：\n\n{{ family }}\n\n{% else %}{{ name }}，您好！\n\n提醒您：您预约了{{ date }} {{ time }}就诊（{{ provider }}）。\n\n{% if link is defined %}确认、改期或取消：\n{{ link }}\n\n{% endif %}{% endif %}如有疑问，请致电 {{ phone }}。\n\n{{ clinic }}",
            "{% if family is defined %}Hello,\n\nThis is a reminder of these visits on {{ date }}. Each link confirms, moves or cancels one:\n\n{{ family }}\n\n{% else %}Dear {{ name }},\n\nThis is a reminder of your visit on {{ date }} at {{ time }} with {{ provider }}.\n\n{% if link is defined %}Confirm, move or cancel it:\n{{ link }}\n\n{% endif %}{% endif %}Questions? Call {{ phone }}.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "reminder-same-day",
        purpose: Purpose::Reminder,
        name: ("当天提醒", "Reminder, the same day"),
        subject: (
            "今天{% if family is not defined %} {{ time }} {% endif %}就诊",
            "{% if family is defined %}Your visits today{% else %}Your visit today at {{ time }}{% endif %}",
        ),
        sms: (
            "【{{ clinic }}】{% if family is defined %}今天就诊：{{ family }}。回复“都确认”，或编号加“确认”“取消”“改期”，如“1确认”。{% else %}{{ name }}，您好！您今天 {{ time }} 有预约（{{ provider }}），请准时到诊。{% if number is defined %}自助签到号：{{ number }}。{% endif %}不能来请回复2{% if link is defined %}，或打开：{{ link }} {% else %}。{% endif %}{% endif %}电话：{{ phone }}",
            "{{ clinic }}: {% if family is defined %}visits today: {{ family }}. Reply ALL OK, or a number and OK, cancel or move, such as 1 OK. {% else %}{{ name }}, we expect you today at {{ time }} with {{ provider }}. {% if number is defined %}Check-in number {{ number }}. {% endif %}Cannot come? Reply 2{% if link is defined %} or open {{ link }} {% else %}. {% endif %}{% endif %}Tel {{ phone }}",
        ),
        email: (
            "{% if family is defined %}您好！\n\n今天有以下就诊，请准时到诊；如有变化，请打开链接：\n\n{{ family }}\n\n{% else %}{{ name }}，您好！\n\n您今天 {{ time }} 有预约（{{ provider }}），请准时到诊。\n\n{% if number is defined %}自助签到号：{{ number }}\n\n{% endif %}{% if link is defined %}如有变化：\n{{ link }}\n\n{% endif %}{% endif %}电话：{{ phone }}\n\n{{ clinic }}",
            "{% if family is defined %}Hello,\n\nWe expect you today. Each link is for changes of one visit:\n\n{{ family }}\n\n{% else %}Dear {{ name }},\n\nWe expect you today at {{ time }} with {{ provider }}.\n\n{% if number is defined %}Check-in number: {{ number }}\n\n{% endif %}{% if link is defined %}If anything has changed:\n{{ link }}\n\n{% endif %}{% endif %}Phone: {{ phone }}\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "booking-confirmed",
        purpose: Purpose::Confirmation,
        name: ("预约成功", "Booking confirmed"),
        subject: ("预约成功：{{ date }} {{ time }}", "Booked: {{ date }} at {{ time }}"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！已为您预约{{ date }} {{ time }}（{{ provider }}）。{% if link is defined %}查看或更改：{{ link }} {% endif %}电话：{{ phone }}",
            "{{ clinic }}: {{ name }}, your visit is booked for {{ date }} at {{ time }} with {{ provider }}. {% if link is defined %}See or change it: {{ link }} {% endif %}Tel {{ phone }}",
        ),
        email: (
            "{{ name }}，您好！\n\n已为您预约{{ date }} {{ time }}（{{ provider }}）。\n\n{% if link is defined %}查看或更改：\n{{ link }}\n\n{% endif %}电话：{{ phone }}\n\n{{ clinic }}",
            "Dear {{ name }},\n\nYour visit is booked for {{ date }} at {{ time }} with {{ provider }}.\n\n{% if link is defined %}See or change it:\n{{ link }}\n\n{% endif %}Phone: {{ phone }}\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "visit-moved",
        purpose: Purpose::Change,
        name: ("预约改期", "Visit moved"),
        subject: (
            "预约已改到 {{ date }} {{ time }}",
            "Your visit has moved to {{ date }} at {{ time }}",
        ),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！您的预约已改到{{ date }} {{ time }}（{{ provider }}）。{% if link is defined %}查看或更改：{{ link }} {% endif %}电话：{{ phone }}",
            "{{ clinic }}: {{ name }}, your visit has moved to {{ date }} at {{ time }} with {{ provider }}. {% if link is defined %}See or change it: {{ link }} {% endif %}Tel {{ phone }}",
        ),
        email: (
            "{{ name }}，您好！\n\n您的预约已改到{{ date }} {{ time }}（{{ provider }}）。\n\n{% if link is defined %}查看或更改：\n{{ link }}\n\n{% endif %}电话：{{ phone }}\n\n{{ clinic }}",
            "Dear {{ name }},\n\nYour visit has moved to {{ date }} at {{ time }} with {{ provider }}.\n\n{% if link is defined %}See or change it:\n{{ link }}\n\n{% endif %}Phone: {{ phone }}\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "visit-cancelled",
        purpose: Purpose::Change,
        name: ("预约取消", "Visit cancelled"),
        subject: (
            "{{ date }} {{ time }} 的预约已取消",
            "Your visit on {{ date }} at {{ time }} is cancelled",
        ),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！您{{ date }} {{ time }}的预约已取消。如需重新预约，请致电 {{ phone }}",
            "{{ clinic }}: {{ name }}, your visit on {{ date }} at {{ time }} has been cancelled. To book again call {{ phone }}",
        ),
        email: (
            "{{ name }}，您好！\n\n您{{ date }} {{ time }}的预约已取消。\n\n如需重新预约，请致电 {{ phone }}。\n\n{{ clinic }}",
            "Dear {{ name }},\n\nYour visit on {{ date }} at {{ time }} has been cancelled.\n\nTo book again, call {{ phone }}.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "slot-offer",
        purpose: Purpose::Offer,
        name: ("空档通知", "Free time offered"),
        subject: (
            "{{ date }} {{ time }} 有空位",
            "A time is free: {{ date }} at {{ time }}",
        ),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！{{ date }} {{ time }}（{{ provider }}）有空位，先到先得，请在{{ until }}前答复。{% if link is defined %}接受或谢绝：{{ link }} {% endif %}电话：{{ phone }}",
            "{{ clinic }}: {{ name }}, {{ date }} at {{ time }} with {{ provider }} has become free. First come, first served; please answer by {{ until }}. {% if link is defined %}Yes or no: {{ link }} {% endif %}Tel {{ phone }}",
        ),
        email: (
            "{{ name }}，您好！\n\n{{ date }} {{ time }}（{{ provider }}）有空位，先到先得，请在{{ until }}前答复。\n\n{% if link is defined %}接受或谢绝：\n{{ link }}\n\n{% endif %}电话：{{ phone }}\n\n{{ clinic }}",
            "Dear {{ name }},\n\n{{ date }} at {{ time }} with {{ provider }} has become free. First come, first served; please answer by {{ until }}.\n\n{% if link is defined %}Take it or leave it:\n{{ link }}\n\n{% endif %}Phone: {{ phone }}\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "booking-request",
        purpose: Purpose::Verification,
        name: ("网上预约核实", "Online booking to be confirmed"),
        subject: (
            "请确认您的预约：{{ date }} {{ time }}",
            "Please confirm: {{ date }} at {{ time }}",
        ),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！请在{{ until }}前点开链接确认预约{{ date }} {{ time }}：{% if link is defined %}{{ link }} {% endif %}非本人操作请忽略。",
            "{{ clinic }}: {{ name }}, open this link by {{ until }} to book {{ date }} at {{ time }}: {% if link is defined %}{{ link }} {% endif %}Not you? Ignore this.",
        ),
        email: (
            "{{ name }}，您好！\n\n您在网上选择了{{ date }} {{ time }}（{{ provider }}）。请在{{ until }}前点开链接确认，之后预约才生效：\n\n{% if link is defined %}{{ link }}\n\n{% endif %}如果不是您本人操作，请忽略这封邮件。\n\n电话：{{ phone }}\n\n{{ clinic }}",
            "Dear {{ name }},\n\nYou chose {{ date }} at {{ time }} with {{ provider }}. It is booked once you open this link, by {{ until }}:\n\n{% if link is defined %}{{ link }}\n\n{% endif %}If this was not you, ignore this mail.\n\nPhone: {{ phone }}\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "recall",
        purpose: Purpose::Recall,
        name: ("复诊提醒", "Recall"),
        subject: ("该来检查了", "It is time for your next check-up"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！距上次就诊已有一段时间，建议您预约检查。{% if link is defined %}预约：{{ link }} {% endif %}电话：{{ phone }}，拒收请回复R",
            "{{ clinic }}: {{ name }}, it is time for your next check-up. {% if link is defined %}Book: {{ link }} {% endif %}Tel {{ phone }}. Reply STOP to opt out",
        ),
        email: (
            "{{ name }}，您好！\n\n距上次就诊已有一段时间，建议您预约检查。\n\n{% if link is defined %}预约：\n{{ link }}\n\n{% endif %}电话：{{ phone }}\n\n{{ clinic }}",
            "Dear {{ name }},\n\nIt is time for your next check-up.\n\n{% if link is defined %}Book here:\n{{ link }}\n\n{% endif %}Phone: {{ phone }}\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "birthday",
        purpose: Purpose::Birthday,
        name: ("生日祝福", "Birthday greeting"),
        subject: ("生日快乐！", "Happy birthday!"),
        sms: (
            "【{{ clinic }}】{{ name }}，祝您生日快乐，笑口常开！拒收请回复R",
            "{{ clinic }}: {{ name }}, happy birthday and many smiles! Reply STOP to opt out",
        ),
        email: (
            "{{ name }}：\n\n祝您生日快乐，笑口常开！\n\n{{ clinic }}",
            "Dear {{ name }},\n\nHappy birthday and many smiles!\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "follow-up",
        purpose: Purpose::FollowUp,
        name: ("术后随访", "Follow-up"),
        subject: ("您恢复得怎么样？", "How are you doing?"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！就诊后感觉如何？如有不适，请随时致电 {{ phone }}",
            "{{ clinic }}: {{ name }}, how are you after your visit? If anything troubles you, call {{ phone }}",
        ),
        email: (
            "{{ name }}，您好！\n\n就诊后感觉如何？如有不适，请随时致电 {{ phone }}。\n\n{{ clinic }}",
            "Dear {{ name }},\n\nHow are you after your visit? If anything troubles you, call {{ phone }}.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "follow-up-3",
        purpose: Purpose::FollowUp,
        name: ("术后随访，三天后", "Follow-up, three days after"),
        subject: ("这几天恢复得怎么样？", "How have these days been?"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！就诊已有几天，是否一天比一天好？如仍有不适，请致电 {{ phone }}，我们为您安排复查",
            "{{ clinic }}: {{ name }}, is it better every day? If not, call {{ phone }} and we will look at it",
        ),
        email: (
            "{{ name }}，您好！\n\n就诊已有几天，是否一天比一天好？如仍有不适，请致电 {{ phone }}，我们为您安排复查。\n\n{{ clinic }}",
            "Dear {{ name }},\n\nIt has been some days since your visit. Is it better every day? If not, call {{ phone }} and we will look at it.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "follow-up-7",
        purpose: Purpose::FollowUp,
        name: ("术后随访，一周后", "Follow-up, a week after"),
        subject: ("一周过去了，您还好吗？", "A week later: are you well?"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！就诊已过一周，希望您一切都好。如还有不适或疑问，请致电 {{ phone }}",
            "{{ clinic }}: {{ name }}, it has been a week and we hope all is well. With any question call {{ phone }}",
        ),
        email: (
            "{{ name }}，您好！\n\n就诊已过一周，希望您一切都好。如还有不适或疑问，请致电 {{ phone }}。\n\n{{ clinic }}",
            "Dear {{ name }},\n\nIt has been a week since your visit and we hope all is well. With any question call {{ phone }}.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "after-surgery",
        purpose: Purpose::FollowUp,
        name: ("术后第一天随访", "First day after surgery"),
        subject: ("您今天感觉怎么样？", "How are you today?"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！今天感觉如何？请按医嘱休息用药。如持续出血、疼痛加重或发热，请立即致电 {{ phone }}",
            "{{ clinic }}: {{ name }}, how are you today? If bleeding goes on, pain grows or you have a fever, call {{ phone }} at once",
        ),
        email: (
            "{{ name }}，您好！\n\n今天感觉如何？请按医嘱休息用药。如持续出血、疼痛加重或发热，请立即致电 {{ phone }}。\n\n{{ clinic }}",
            "Dear {{ name }},\n\nHow are you today? Please rest, and take what you were given as you were told. If bleeding goes on, pain grows or you have a fever, call {{ phone }} at once.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "call-missed",
        purpose: Purpose::FollowUp,
        name: ("回访未接，请回电", "Call missed, please call back"),
        subject: ("我们给您打过电话", "We tried to call you"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！我们给您打过电话，没有接通。方便时请回电 {{ phone }}",
            "{{ clinic }}: {{ name }}, we tried to call you and could not reach you. Please call us at {{ phone }}",
        ),
        email: (
            "{{ name }}，您好！\n\n我们给您打过电话，没有接通。方便时请回电 {{ phone }}。\n\n{{ clinic }}",
            "Dear {{ name }},\n\nWe tried to call you and could not reach you. Please call us at {{ phone }}.\n\n{{ clinic }}",
        ),
    },
];

#[cfg(test)]
mod tests {
    use super::super::lint::tests::house;
    use super::super::variables::sample;
    use super::super::{Carrier, Written, check};
    use super::*;
    use crate::platform::web::form::Faults;

    fn written(carrier: Carrier, language: Lang, purpose: Purpose, draft: &Draft) -> Written<'_> {
        Written {
            carrier,
            language,
            purpose: Some(purpose),
            draft,
            entered: &[],
        }
    }

    fn draft(body: &str) -> Draft {
        Draft {
            subject: String::new(),
            body: body.into(),
        }
    }

    #[test]
    fn every_shipped_template_renders_and_fits() {
        for template in shipped() {
            for lang in [Lang::Zh, Lang::En] {
                let mut faults = Faults::default();
                let sms = draft(lang.pick(template.sms.0, template.sms.1));
                let email = Draft {
                    subject: lang.pick(template.subject.0, template.subject.1).into(),
                    body: lang.pick(template.email.0, template.email.1).into(),
                };
                for (carrier, draft) in [(Carrier::Sms, &sms), (Carrier::Email, &email)] {
                    check(
                        &house("CN"),
                        &written(carrier, lang, template.purpose, draft),
                        "",
                        &mut faults,
                    );
                }
                assert!(faults.0.is_empty(), "{} {:?}", template.code, faults.0);
                let text = render(&sms, &sample(Some(template.purpose), lang)).expect("renders");
                assert!(text.size.parts <= 3, "{} {} {:?}", template.code, text.body, text.size);
                if template.purpose.is_marketing() {
                    assert!(text.body.contains(lang.pick("拒收请回复R", "STOP")), "{}", text.body);
                }
            }
        }
    }

    #[test]
    fn a_missing_or_unknown_variable_is_an_error() {
        assert!(render(&draft("{{ nmae }}"), &sample(None, Lang::Zh)).is_err());
        assert!(render(&draft("{{ name"), &sample(None, Lang::Zh)).is_err());
        let mut faults = Faults::default();
        let wrong = draft("{{ diagnosis }}");
        let wrong = written(Carrier::Sms, Lang::Zh, Purpose::FollowUp, &wrong);
        check(&house("CN"), &wrong, "sms_zh_", &mut faults);
        assert!(
            faults
                .of("sms_zh_body")
                .is_some_and(|f| f.text.en.contains("diagnosis"))
        );
        assert_eq!(
            render(&draft(" <b>{{ name }} "), &sample(None, Lang::En))
                .expect("renders")
                .body,
            "<b>Zhang Wei"
        );
    }
}
