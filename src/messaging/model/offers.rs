//! The templates of campaigns, the same news to many who have agreed to it, of documents, and of who asks for the waiting list.

use super::Purpose;
use super::template::Shipped;

pub(super) const OFFERS: &[Shipped] = &[
    Shipped {
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
    },
    Shipped {
        code: "campaign-journal",
        purpose: Purpose::Campaign,
        name: ("群发：院刊", "Campaign: the journal"),
        subject: ("{{ clinic }}：{{ documents }}", "{{ clinic }}: {{ documents }}"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！新一期{{ documents }}：{{ documents_link }} 拒收请回复R",
            "{{ clinic }}: {{ name }}, new: {{ documents }} {{ documents_link }} Reply STOP to opt out",
        ),
        email: (
            "{{ name }}，您好！\n\n送上新一期{{ documents }}，祝您健康。\n\n在线阅读：\n{{ documents_link }}\n\n电话：{{ phone }}\n\n{{ clinic }}",
            "Dear {{ name }},\n\nHere is something new from us: {{ documents }}.\n\nRead it here:\n{{ documents_link }}\n\nPhone: {{ phone }}\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "documents",
        purpose: Purpose::Documents,
        name: ("发送资料", "Documents"),
        subject: ("{{ documents }}", "From {{ clinic }}: {{ documents }}"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！为您送上{{ documents }}，打开：{{ documents_link }} 电话：{{ phone }}",
            "{{ clinic }}: {{ name }}, we have sent you {{ documents }}. Open: {{ documents_link }} Tel {{ phone }}",
        ),
        email: (
            "{{ name }}，您好！\n\n为您送上{{ documents }}。\n\n打开：\n{{ documents_link }}\n\n如有疑问，请致电 {{ phone }}。\n\n{{ clinic }}",
            "Dear {{ name }},\n\nWe have sent you {{ documents }}.\n\nOpen it here:\n{{ documents_link }}\n\nQuestions? Call {{ phone }}.\n\n{{ clinic }}",
        ),
    },
    Shipped {
        code: "waiting-request",
        purpose: Purpose::Verification,
        name: ("候补登记核实", "Waiting list request to be confirmed"),
        subject: ("请确认候补登记", "Please confirm: the waiting list"),
        sms: (
            "【{{ clinic }}】{{ name }}，您好！请在{{ until }}前点开链接，确认登记候补：{% if link is defined %}{{ link }} {% endif %}非本人操作请忽略。",
            "{{ clinic }}: {{ name }}, open this link by {{ until }} to be put on the waiting list: {% if link is defined %}{{ link }} {% endif %}Not you? Ignore this.",
        ),
        email: (
            "{{ name }}，您好！\n\n您在网上登记了候补（{{ provider }}，等到{{ date }}）。请在{{ until }}前点开链接确认，之后登记才生效：\n\n{% if link is defined %}{{ link }}\n\n{% endif %}如果不是您本人操作，请忽略这封邮件。\n\n电话：{{ phone }}\n\n{{ clinic }}",
            "Dear {{ name }},\n\nYou asked to be put on the waiting list ({{ provider }}, until {{ date }}). You are on it once you open this link, by {{ until }}:\n\n{% if link is defined %}{{ link }}\n\n{% endif %}If this was not you, ignore this mail.\n\nPhone: {{ phone }}\n\n{{ clinic }}",
        ),
    },
];
