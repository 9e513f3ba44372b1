//! The templates of rules beside reminders, recall and birthdays: what follows on a visit or a missed one, a plan that waits,
//! festivals, thanks.

use super::Purpose;
use super::template::Shipped;

pub(super) const CARED: &[Shipped] = &[
    Shipped {
        code: "save-the-date",
        purpose: Purpose::Reminder,
        name: ("提前告知就诊日期", "Save the date"),
        subject: (
            "请预留时间：{{ date }} {{ time }}",
            "Save the date: {{ date }} at {{ time }}",
        ),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！请为{{ date }} {{ time }}的就诊（{{ provider }}）预留时间。{% if link is defined %}如需改期：{{ link }} {% endif %}电话：{{ phone }}",
            "{{ clinic }}: {{ name }}, please save the date: {{ date }} at {{ time }} with {{ provider }}. {% if link is defined %}To change it: {{ link }} {% endif %}Tel {{ phone }}",
        ),
        email: (
            "{{ name }}，您好！\n\n请为{{ date }} {{ time }}的就诊（{{ provider }}）预留时间。\n\n{% if link is defined %}如需改期：\n{{ link }}\n\n{% endif %}如有疑问，请致电 {{ phone }}。\n\n{{ clinic }}",
            "Dear {{ name }},\n\nPlease save the date: {{ date }} at {{ time }} with {{ provider }}.\n\n{% if link is defined %}To change it:\n{{ link }}\n\n{% endif %}Questions? Call {{ phone }}.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "missed-visit",
        purpose: Purpose::Missed,
        name: ("爽约后联系", "Missed visit"),
        subject: ("我们没有等到您", "We missed you"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！您{{ date }}的预约没有到诊，希望一切都好。{% if link is defined %}重新预约：{{ link }} {% endif %}电话：{{ phone }}",
            "{{ clinic }}: {{ name }}, we missed you on {{ date }} and hope all is well. {% if link is defined %}Book again: {{ link }} {% endif %}Tel {{ phone }}",
        ),
        email: (
            "{{ name }}，您好！\n\n您{{ date }}的预约没有到诊，希望一切都好。\n\n{% if link is defined %}重新预约：\n{{ link }}\n\n{% endif %}电话：{{ phone }}\n\n{{ clinic }}",
            "Dear {{ name }},\n\nWe missed you on {{ date }} and hope all is well.\n\n{% if link is defined %}Book again:\n{{ link }}\n\n{% endif %}Phone: {{ phone }}\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "plan-waits",
        purpose: Purpose::Plan,
        name: ("治疗未完成", "Treatment not finished"),
        subject: ("您的治疗还没有完成", "Your treatment is not finished"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！您的治疗还有后续步骤没有预约。{% if link is defined %}预约：{{ link }} {% endif %}电话：{{ phone }}，拒收请回复R",
            "{{ clinic }}: {{ name }}, the next step of your treatment has no date yet. {% if link is defined %}Book: {{ link }} {% endif %}Tel {{ phone }}. Reply STOP to opt out",
        ),
        email: (
            "{{ name }}，您好！\n\n您的治疗还有后续步骤没有预约。\n\n{% if link is defined %}预约：\n{{ link }}\n\n{% endif %}电话：{{ phone }}\n\n{{ clinic }}",
            "Dear {{ name }},\n\nThe next step of your treatment has no date yet.\n\n{% if link is defined %}Book here:\n{{ link }}\n\n{% endif %}Phone: {{ phone }}\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "survey",
        purpose: Purpose::Survey,
        name: ("满意度调查", "How was your visit?"),
        subject: ("请为您{{ date }}的就诊评分", "How was your visit on {{ date }}?"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！请为您{{ date }}的就诊评分，直接回复 1 到 5（5 为非常满意）。{% if link is defined %}或点开：{{ link }} {% endif %}拒收请回复R",
            "{{ clinic }}: {{ name }}, how was your visit on {{ date }}? Reply 1 to 5 (5 is best). {% if link is defined %}Or here: {{ link }} {% endif %}Reply STOP to opt out",
        ),
        email: (
            "{{ name }}，您好！\n\n请为您{{ date }}的就诊评分（5 为非常满意）：\n\n{% if link is defined %}{{ link }}\n\n{% endif %}谢谢您的意见。\n\n{{ clinic }}",
            "Dear {{ name }},\n\nHow was your visit on {{ date }}? Please tell us (5 is best):\n\n{% if link is defined %}{{ link }}\n\n{% endif %}Thank you.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "referral-thanks",
        purpose: Purpose::Thanks,
        name: ("感谢介绍", "Thank-you for a referral"),
        subject: ("谢谢您的介绍", "Thank you for recommending us"),
        sms: (
            "【{{ clinic }}】{{ name }}，谢谢您把我们介绍给朋友，我们会好好照顾。拒收请回复R",
            "{{ clinic }}: {{ name }}, thank you for recommending us. We will take good care. Reply STOP to opt out",
        ),
        email: (
            "{{ name }}：\n\n谢谢您把我们介绍给朋友，我们会好好照顾。\n\n{{ clinic }}",
            "Dear {{ name }},\n\nThank you for recommending us. We will take good care.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "greeting",
        purpose: Purpose::Greeting,
        name: ("节日祝福", "Greeting on a day"),
        subject: ("{{ occasion }}快乐！", "{{ occasion }}"),
        sms: (
            "【{{ clinic }}】{{ name }}，祝您{{ occasion }}快乐，健康平安！拒收请回复R",
            "{{ clinic }}: {{ name }}, our best wishes for {{ occasion }}! Reply STOP to opt out",
        ),
        email: (
            "{{ name }}：\n\n祝您{{ occasion }}快乐，健康平安！\n\n{{ clinic }}",
            "Dear {{ name }},\n\nOur best wishes for {{ occasion }}!\n\n{{ clinic }}",
        ),
    },
];
