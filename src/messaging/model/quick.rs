//! The templates of quick answers: to a text about a visit, to a call in vain, and what the desk writes itself.

use super::Purpose;
use super::template::Shipped;

pub(super) const QUICK: &[Shipped] = &[
    Shipped {
        code: "answer-confirmed",
        purpose: Purpose::Answer,
        name: ("答复：已确认", "Answer: confirmed"),
        subject: ("已确认：{{ date }} {{ time }}", "Confirmed: {{ date }} at {{ time }}"),
        sms: (
            "【{{ clinic }}】已确认 {{ name }} {{ date }} {{ time }} 的就诊，到时见！",
            "{{ clinic }}: thank you, the visit of {{ name }} on {{ date }} at {{ time }} is confirmed.",
        ),
        email: (
            "已确认 {{ name }} {{ date }} {{ time }} 的就诊，到时见！\n\n{{ clinic }}",
            "Thank you, the visit of {{ name }} on {{ date }} at {{ time }} is confirmed.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "answer-cancelled",
        purpose: Purpose::Answer,
        name: ("答复：已取消", "Answer: cancelled"),
        subject: ("已取消：{{ date }} {{ time }}", "Cancelled: {{ date }} at {{ time }}"),
        sms: (
            "【{{ clinic }}】已取消 {{ name }} {{ date }} {{ time }} 的就诊。重新预约请致电 {{ phone }}",
            "{{ clinic }}: the visit of {{ name }} on {{ date }} at {{ time }} is cancelled. To book again call {{ phone }}",
        ),
        email: (
            "已取消 {{ name }} {{ date }} {{ time }} 的就诊。\n\n重新预约请致电 {{ phone }}。\n\n{{ clinic }}",
            "The visit of {{ name }} on {{ date }} at {{ time }} is cancelled.\n\nTo book again, call {{ phone }}.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "answer-move",
        purpose: Purpose::Answer,
        name: ("答复：改期链接", "Answer: choose another time"),
        subject: ("请选择新的时间", "Choose another time"),
        sms: (
            "【{{ clinic }}】{% if link is defined %}请点开链接为 {{ name }} 选择新的时间：{{ link }} {% endif %}也可致电 {{ phone }}",
            "{{ clinic }}: {% if link is defined %}choose another time for {{ name }} here: {{ link }} {% endif %}or call {{ phone }}",
        ),
        email: (
            "{% if link is defined %}请点开链接为 {{ name }} 选择新的时间：\n{{ link }}\n\n{% endif %}也可致电 {{ phone }}。\n\n{{ clinic }}",
            "{% if link is defined %}Choose another time for {{ name }} here:\n{{ link }}\n\n{% endif %}Or call {{ phone }}.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "answer-which",
        purpose: Purpose::Answer,
        name: ("答复：是哪一个预约", "Answer: which visit?"),
        subject: ("是哪一个预约？", "Which visit?"),
        sms: (
            "【{{ clinic }}】请回复编号和“确认”“取消”或“改期”，如“1确认”。{{ visits }}",
            "{{ clinic }}: which one? Reply with its number and OK, cancel or move, such as 1 OK. {{ visits }}",
        ),
        email: (
            "请回复编号和“确认”“取消”或“改期”，如“1确认”。\n\n{{ visits }}\n\n{{ clinic }}",
            "Which one? Reply with its number and OK, cancel or move, such as 1 OK.\n\n{{ visits }}\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "answer-too-late",
        purpose: Purpose::Answer,
        name: ("答复：请来电", "Answer: too late by text"),
        subject: ("我们会尽快联系您", "We will get back to you"),
        sms: (
            "【{{ clinic }}】已收到。离 {{ name }} 的就诊时间已近，我们会尽快联系您，急事请致电 {{ phone }}",
            "{{ clinic }}: thank you. The visit of {{ name }} is so soon that somebody will get back to you. Urgent? Call {{ phone }}",
        ),
        email: (
            "已收到。离 {{ name }} 的就诊时间已近，我们会尽快联系您。\n\n急事请致电 {{ phone }}。\n\n{{ clinic }}",
            "Thank you. The visit of {{ name }} is so soon that somebody will get back to you.\n\nUrgent? Call {{ phone }}.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "answer-call",
        purpose: Purpose::Desk,
        name: ("答复：会回电", "Answer: we will call"),
        subject: ("我们会给您回电", "We will call you"),
        sms: (
            "【{{ clinic }}】已收到，我们会尽快给您回电。",
            "{{ clinic }}: thank you, we will call you as soon as we can.",
        ),
        email: (
            "已收到，我们会尽快给您回电。\n\n{{ clinic }}",
            "Thank you, we will call you as soon as we can.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "answer-stopped",
        purpose: Purpose::Answer,
        name: ("答复：已退订", "Answer: unsubscribed"),
        subject: ("已退订", "You are unsubscribed"),
        sms: (
            "【{{ clinic }}】已退订，不再给您发短信，也不再提醒就诊。恢复请回复“订阅”，电话 {{ phone }}",
            "{{ clinic }}: you are unsubscribed and get no more texts, not even reminders of visits. Reply START to get them again. Tel {{ phone }}",
        ),
        email: (
            "已退订，不再给您发消息，也不再提醒就诊。恢复请回复“订阅”，电话 {{ phone }}。\n\n{{ clinic }}",
            "You are unsubscribed and get no more messages, not even reminders of visits. Reply START to get them again. Phone: {{ phone }}\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "missed-call",
        purpose: Purpose::Desk,
        name: ("未接来电", "Missed call"),
        subject: ("抱歉没有接到您的电话", "Sorry that we missed your call"),
        sms: (
            "【{{ clinic }}】抱歉刚才没有接到您的电话，我们会尽快回电。您也可以直接回复短信说明需要。",
            "{{ clinic }}: sorry that we missed your call. We will call you back; you may also reply with what you need.",
        ),
        email: (
            "抱歉刚才没有接到您的电话，我们会尽快回电。\n\n{{ clinic }}",
            "Sorry that we missed your call. We will call you back.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "desk-answer",
        purpose: Purpose::Desk,
        name: ("前台回复", "Answer of the desk"),
        subject: ("{{ clinic }}的回复", "From {{ clinic }}"),
        sms: ("【{{ clinic }}】{{ text }}", "{{ clinic }}: {{ text }}"),
        email: ("{{ text }}\n\n{{ clinic }}", "{{ text }}\n\n{{ clinic }}"),
    },
];
