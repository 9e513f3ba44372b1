//! What the rail shows to each role, and what waits there.

use chrono::NaiveDate;

use super::alarms::Seen;
use crate::clinic;
use crate::platform::clock::{Instant, day_bounds};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::layout::NavItem;
use crate::staff::{self, Nav, NavSource, Role, UserId};
use crate::{appointments, callbacks, messaging, outreach};

/// The product's navigation.
pub(super) struct AppNav(pub Seen);

impl NavSource for AppNav {
    fn nav(&self, c: &mut Conn, (user, role): (UserId, Role), now: Instant, lang: Lang) -> Result<Nav> {
        let site = clinic::the_site(c)?;
        let reader = appointments::Reader {
            user: Some(user),
            role: Some(role),
        };
        let mut items = vec![
            item("day", "/day", "calendar-days", ("日程", "Schedule"), 0),
            item("patients", "/patients", "users", ("患者", "Patients"), 0),
        ];
        if callbacks::READERS.contains(&role) {
            let (_, until) = day_bounds(site.tz(), now.day(site.tz()));
            let due = callbacks::count_due(c, until, role)?;
            items.push(item(
                "callbacks",
                "/callbacks",
                "phone-call",
                ("回访", "Callbacks"),
                due,
            ));
        }
        if staff::DESK.contains(&role) {
            desk_items(c, now, now.day(site.tz()), &mut items)?;
        }
        if staff::MANAGERS.contains(&role) {
            items.push(item("settings", "/settings", "settings", ("设置", "Settings"), 0));
        }
        Ok(Nav {
            clinic: site.name_in(lang).to_owned(),
            items,
            alarms: if staff::DESK.contains(&role) {
                self.0.texts()
            } else {
                Vec::new()
            },
            news: appointments::vip_news(c, now, lang, reader)?,
        })
    }

    /// A clinic that cannot be booked yet has to be set up first.
    fn landing(&self, c: &mut Conn, role: Role) -> Result<&'static str> {
        let set_up = role != Role::Administrator || clinic::can_be_booked(c)?;
        Ok(if set_up { "/" } else { "/settings" })
    }
}

/// What the desk works on besides the day.
fn desk_items(c: &mut Conn, now: Instant, today: NaiveDate, items: &mut Vec<NavItem>) -> Result<()> {
    let free = appointments::waiting::count_open(c, now)?;
    items.push(item(
        "waiting",
        "/waiting-list",
        "timer",
        ("候补", "Waiting list"),
        free,
    ));
    let due = outreach::count_due_recalls(c, today)?;
    items.push(item("recall", "/recall", "bell-ring", ("复诊提醒", "Recall"), due));
    let texts = messaging::inbox::count_waiting(c)?;
    items.push(item("inbox", "/inbox", "mail", ("收件箱", "Inbox"), texts));
    let failed = messaging::count_attention(c, now)?;
    items.push(item(
        "messages",
        "/messages",
        "message-square-text",
        ("消息", "Messages"),
        failed,
    ));
    items.push(item(
        "segments",
        "/segments",
        "list-filter",
        ("患者分组", "Segments"),
        0,
    ));
    Ok(())
}

fn item(
    key: &'static str,
    href: &'static str,
    icon: &'static str,
    label: (&'static str, &'static str),
    count: i64,
) -> NavItem {
    NavItem {
        key,
        href,
        icon,
        label,
        count,
    }
}
