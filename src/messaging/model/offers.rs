//! The templates of campaigns: the same news to many, who have agreed to it.

use super::Purpose;
use super::template::Shipped;

pub(super) const OFFERS: &[Shipped] = &[Shipped {
    code: "campaign-check-up",
    purpose: Purpose::Campaign,
    name: ("群发：好久不见", "Campaign: long time no see"),
    subject: (
        "好久不见，来做个口腔检查吧",
        "It has been a while: time for a check-up?",
    ),
    sms: (
        "【{{ clinic }}】{{ name }}，您好！好久不见，欢迎回来做口腔检查。{% if link is defined %}预约：{{ link }} {% endif %}电话：{{ phone }}，拒收请回复R",
        "{{ clinic }}: {{ name }}, it has been a while. Come and have your teeth looked at. {% if link is defined %}Book: {{ link }} {% endif %}Tel {{ phone }}. Reply STOP to opt out",
    ),
    email: (
        "{{ name }}，您好！\n\n好久不见，欢迎回来做口腔检查。\n\n{% if link is defined %}预约：\n{{ link }}\n\n{% endif %}电话：{{ phone }}\n\n{{ clinic }}",
        "Dear {{ name }},\n\nIt has been a while. Come and have your teeth looked at.\n\n{% if link is defined %}Book here:\n{{ link }}\n\n{% endif %}Phone: {{ phone }}\n\n{{ clinic }}",
    ),
}];
