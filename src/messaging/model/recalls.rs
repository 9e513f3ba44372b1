//! The templates of the recall ladder, before the day and after the first one was not answered.

use super::Purpose;
use super::template::Shipped;

pub(super) const RECALLS: &[Shipped] = &[
    Shipped {
        code: "recall-soon",
        purpose: Purpose::Recall,
        name: ("复诊快到期", "Recall, before it is due"),
        subject: ("复诊将于{{ date }}到期", "Your next check-up is due on {{ date }}"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！您的复诊将于{{ date }}到期，现在预约时间更充裕。{% if link is defined %}预约：{{ link }} {% endif %}电话：{{ phone }}，拒收请回复R",
            "{{ clinic }}: {{ name }}, your next check-up is due on {{ date }}. Book now and choose your time. {% if link is defined %}Book: {{ link }} {% endif %}Tel {{ phone }}. Reply STOP to opt out",
        ),
        email: (
            "{{ name }}，您好！\n\n您的复诊将于{{ date }}到期，现在预约时间更充裕。\n\n{% if link is defined %}预约：\n{{ link }}\n\n{% endif %}电话：{{ phone }}\n\n{{ clinic }}",
            "Dear {{ name }},\n\nYour next check-up is due on {{ date }}. Book now and choose your time.\n\n{% if link is defined %}Book here:\n{{ link }}\n\n{% endif %}Phone: {{ phone }}\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "recall-again",
        purpose: Purpose::Recall,
        name: ("复诊再次提醒", "Recall, once more"),
        subject: ("您的复诊还没有预约", "Your check-up is not booked yet"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！您的复诊已到期，还没有预约。{% if link is defined %}预约：{{ link }} {% endif %}或致电 {{ phone }}，拒收请回复R",
            "{{ clinic }}: {{ name }}, your check-up is due and not booked yet. {% if link is defined %}Book: {{ link }} {% endif %}or call {{ phone }}. Reply STOP to opt out",
        ),
        email: (
            "{{ name }}，您好！\n\n您的复诊已到期，还没有预约。定期检查能早发现、少花费。\n\n{% if link is defined %}预约：\n{{ link }}\n\n{% endif %}或致电 {{ phone }}，我们为您安排。\n\n{{ clinic }}",
            "Dear {{ name }},\n\nYour check-up is due and not booked yet. What is found early costs less.\n\n{% if link is defined %}Book here:\n{{ link }}\n\n{% endif %}Or call {{ phone }}, and we will find a time.\n\n{{ clinic }}",
        ),
    },
];
