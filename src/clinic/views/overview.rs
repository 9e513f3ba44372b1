//! What can be set up, and where.

use maud::{Markup, html};

use super::super::model::{Setup, Step, Task};
use crate::platform::i18n::Lang;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// Where messages of one kind go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::clinic) enum Gateway {
    /// To a gateway.
    Real,
    /// Nowhere: they are only kept.
    Kept,
    /// None are sent.
    Off,
}

impl Gateway {
    fn name(self, lang: Lang) -> &'static str {
        match self {
            Gateway::Real => lang.pick("已连接", "connected"),
            Gateway::Kept => lang.pick("只保存，不发出", "kept here, not sent"),
            Gateway::Off => lang.pick("已关闭", "switched off"),
        }
    }
}

/// What the overview says beside its links.
pub(in crate::clinic) struct Page {
    pub setup: Setup,
    /// Of text messages and of mails.
    pub gateways: [Gateway; 2],
}

struct Entry<'a> {
    href: &'a str,
    icon: &'a str,
    name: &'a str,
    about: String,
}

pub(in crate::clinic) fn overview(frame: &Frame, page: &Page, administrator: bool) -> Markup {
    let lang = frame.lang;
    let mut entries = Vec::new();
    if administrator {
        entries.extend(setup(frame, &page.setup));
    }
    entries.extend(for_managers(lang));
    frame.page(
        lang.pick("设置", "Settings"),
        "settings",
        html! {
            main id="main" class="set" {
                @if administrator { (steps(lang, page)) }
                ul class="cards" {
                    @for e in &entries {
                        li { a class="card" href=(e.href) { (icon(e.icon)) span { b { (e.name) } small { (e.about) } } } }
                    }
                }
            }
        },
    )
}

/// What managers see to, too.
fn for_managers(lang: Lang) -> [Entry<'static>; 5] {
    [
        Entry {
            href: "/templates",
            icon: "message-square-text",
            name: lang.pick("短信与邮件模板", "Message templates"),
            about: lang.pick("患者收到的文字", "What patients read").into(),
        },
        Entry {
            href: "/manners",
            icon: "clock",
            name: lang.pick("发送时段和上限", "Sending hours and limits"),
            about: lang
                .pick("何时可以发、最多发几条", "When messages may go out, and how many")
                .into(),
        },
        Entry {
            href: "/rules",
            icon: "bell-ring",
            name: lang.pick("提醒规则", "Reminder rules"),
            about: lang
                .pick(
                    "何时提醒、回访、复诊、祝福",
                    "When to remind, call back, recall and greet",
                )
                .into(),
        },
        Entry {
            href: "/settings/recall",
            icon: "calendar-clock",
            name: lang.pick("复诊类型", "Recall types"),
            about: lang
                .pick(
                    "多久复诊、按风险和年龄、互斥",
                    "How often, by risk and age, and which exclude each other",
                )
                .into(),
        },
        Entry {
            href: "/settings/audit",
            icon: "history",
            name: lang.pick("操作日志", "Audit log"),
            about: lang
                .pick("谁在何时查看或修改了什么", "Who looked at or changed what, and when")
                .into(),
        },
    ]
}

/// What is still to be done, in order; nothing when all is. A clinic that can be booked has it folded up.
fn steps(lang: Lang, page: &Page) -> Markup {
    let tasks = page.setup.tasks();
    let open = tasks.iter().filter(|t| !t.done).count();
    let next = tasks.iter().find(|t| !t.done).map(|t| t.step);
    let title = lang.pick("开始使用", "Setting up");
    let list =
        html! { ol class="steps" { @for (n, task) in (1..).zip(&tasks) { (step(lang, page, (n, task), next)) } } };
    html! {
        @if open > 0 && !page.setup.can_be_booked() {
            section class="card sec" aria-labelledby="setup-h" {
                h2 id="setup-h" { (title) }
                p { (lang.pick("还不能预约。按顺序完成下面几步：", "Nothing can be booked yet. These steps lead there:")) }
                (list)
            }
        } @else if open > 0 {
            details class="card sec" { summary { b { (title) } " · " (lang.pick(format!("还有 {open} 步"), format!("{open} left"))) } (list) }
        }
    }
}

fn step(lang: Lang, page: &Page, (n, task): (usize, &Task), next: Option<Step>) -> Markup {
    let (name, about) = task.step.text();
    let state = if task.done {
        ("done", "circle-check", lang.pick("已完成", "done"))
    } else if next == Some(task.step) {
        ("next", "arrow-right", lang.pick("下一步", "next"))
    } else {
        ("", "circle-dashed", lang.pick("未完成", "to do"))
    };
    let [sms, mail] = page.gateways;
    html! {
        li class=(state.0) {
            a href=(task.step.href()) aria-current=[(next == Some(task.step)).then_some("step")] {
                (icon(state.1))
                span {
                    b { (n) ". " (name.get(lang)) }
                    small {
                        @if task.step == Step::Messages { (lang.pick("短信：", "SMS: ")) (sms.name(lang)) (lang.pick("；邮件：", "; email: ")) (mail.name(lang)) (lang.pick("（在配置文件的 [sms] 和 [mail] 里设置）", " (set in [sms] and [mail] of the configuration)")) }
                        @else { (about.get(lang)) }
                    }
                }
                span class="chip" { (state.2) }
            }
        }
    }
}

fn online<'a>(lang: Lang) -> Entry<'a> {
    Entry {
        href: "/settings/online",
        icon: "globe",
        name: lang.pick("患者网上预约", "Online booking"),
        about: lang
            .pick("谁、何时、能约什么", "Who may book what, and until when")
            .to_owned(),
    }
}

fn filling<'a>(lang: Lang) -> Entry<'a> {
    Entry {
        href: "/settings/waiting-list",
        icon: "send",
        name: lang.pick("自动填补空档", "Filling gaps by itself"),
        about: lang
            .pick(
                "空出的时间由系统询问候补患者",
                "Freed times are offered to those who wait",
            )
            .to_owned(),
    }
}

fn setup<'a>(frame: &Frame, setup: &'a Setup) -> Vec<Entry<'a>> {
    let lang = frame.lang;
    let entry = |href, icon, name: (&'a str, &'a str), about: (String, String)| Entry {
        href,
        icon,
        name: lang.pick(name.0, name.1),
        about: lang.pick(about.0, about.1),
    };
    let counted = |n: usize, zh: &str, en: &str| (format!("{n} {zh}"), format!("{n} {en}"));
    let said = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
    vec![
        entry("/settings/site", "building-2", ("诊所", "Clinic"), {
            let about = format!("{} · {}", setup.site.name_in(lang), setup.site.zone);
            (about.clone(), about)
        }),
        entry(
            "/settings/chairs",
            "armchair",
            ("椅位", "Chairs"),
            counted(setup.chairs.len(), "个使用中", "in use"),
        ),
        entry(
            "/settings/providers",
            "stethoscope",
            ("医护人员、工作时间与休假", "Providers, hours and leave"),
            counted(setup.providers.len(), "人可预约", "take bookings"),
        ),
        entry(
            "/settings/services",
            "briefcase-medical",
            ("服务项目", "Services"),
            counted(setup.services.len(), "项可预约", "can be booked"),
        ),
        entry(
            "/settings/holidays",
            "calendar-off",
            ("假日与调休", "Holidays and make-up days"),
            said(
                "诊所关闭的日子，补班的周末",
                "Days off for all, weekends that are worked",
            ),
        ),
        entry(
            "/settings/blockouts",
            "timer",
            ("预留时段", "Kept time"),
            said("只给某些项目约的时间", "Hours that only some services may use"),
        ),
        online(lang),
        filling(lang),
        entry(
            "/settings/staff",
            "users",
            ("员工账户", "Staff accounts"),
            counted(setup.accounts, "个可登录", "may sign in"),
        ),
    ]
}
