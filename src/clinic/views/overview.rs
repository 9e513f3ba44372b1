//! What can be set up, and where.

use maud::{Markup, html};

use super::super::model::Site;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// What the overview says beside its links.
pub(in crate::clinic) struct Counts {
    pub site: Site,
    pub chairs: usize,
    pub providers: usize,
    pub services: usize,
    pub users: usize,
}

struct Entry<'a> {
    href: &'a str,
    icon: &'a str,
    name: &'a str,
    about: String,
}

pub(in crate::clinic) fn overview(frame: &Frame, counts: &Counts, administrator: bool) -> Markup {
    let lang = frame.lang;
    let mut entries = Vec::new();
    if administrator {
        entries.extend(setup(frame, counts));
        entries.push(Entry {
            href: "/templates",
            icon: "message-square-text",
            name: lang.pick("短信与邮件模板", "Message templates"),
            about: lang.pick("患者收到的文字", "What patients read").into(),
        });
    }
    entries.push(Entry {
        href: "/rules",
        icon: "bell-ring",
        name: lang.pick("提醒规则", "Reminder rules"),
        about: lang
            .pick(
                "何时提醒、回访、复诊、祝福",
                "When to remind, call back, recall and greet",
            )
            .into(),
    });
    entries.push(Entry {
        href: "/settings/audit",
        icon: "history",
        name: lang.pick("操作日志", "Audit log"),
        about: lang
            .pick("谁在何时查看或修改了什么", "Who looked at or changed what, and when")
            .into(),
    });
    frame.page(
        lang.pick("设置", "Settings"),
        "settings",
        html! {
            main id="main" class="set" {
                ul class="cards" {
                    @for e in &entries {
                        li { a class="card" href=(e.href) { (icon(e.icon)) span { b { (e.name) } small { (e.about) } } } }
                    }
                }
            }
        },
    )
}

fn setup<'a>(frame: &Frame, counts: &'a Counts) -> Vec<Entry<'a>> {
    let lang = frame.lang;
    let entry = |href, icon, name: (&'a str, &'a str), about: (String, String)| Entry {
        href,
        icon,
        name: lang.pick(name.0, name.1),
        about: lang.pick(about.0, about.1),
    };
    let (chairs, providers, services, users) = (counts.chairs, counts.providers, counts.services, counts.users);
    vec![
        entry("/settings/site", "building-2", ("诊所", "Clinic"), {
            let about = format!("{} · {}", counts.site.name_in(lang), counts.site.zone);
            (about.clone(), about)
        }),
        entry(
            "/settings/chairs",
            "armchair",
            ("椅位", "Chairs"),
            (format!("{chairs} 个使用中"), format!("{chairs} in use")),
        ),
        entry(
            "/settings/providers",
            "stethoscope",
            ("医护人员、工作时间与休假", "Providers, hours and leave"),
            (format!("{providers} 人可预约"), format!("{providers} take bookings")),
        ),
        entry(
            "/settings/services",
            "briefcase-medical",
            ("服务项目", "Services"),
            (format!("{services} 项可预约"), format!("{services} can be booked")),
        ),
        entry(
            "/settings/holidays",
            "calendar-off",
            ("假日", "Holidays"),
            ("诊所关闭的日子".into(), "Days on which the clinic is closed".into()),
        ),
        entry(
            "/settings/staff",
            "users",
            ("员工账户", "Staff accounts"),
            (format!("{users} 个可登录"), format!("{users} may sign in")),
        ),
    ]
}
