//! The page of a provider's feed.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::model::Feed;
use crate::clinic::{Provider, ProviderId};
use crate::platform::i18n::Lang;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page};

/// Names the section in addresses.
pub(super) const SECTION: &str = "feed";

/// What the page needs.
pub(super) struct FeedPage {
    pub provider: Provider,
    /// In the settings; else the provider's own page.
    pub in_settings: bool,
    pub feed: Option<Feed>,
    /// Whether it can be read at all.
    pub opens: bool,
    /// The address that was just made: it is shown this once.
    pub address: Option<String>,
    pub last: Option<AuditEntry>,
    pub zone: Tz,
}

/// The page of a provider's feed in the settings.
pub(super) fn settings_path(id: ProviderId) -> String {
    format!("/settings/providers/{id}/calendar")
}

pub(super) fn page(frame: &Frame, page: &FeedPage) -> Markup {
    let lang = frame.lang;
    let path = if page.in_settings {
        settings_path(page.provider.id)
    } else {
        "/calendar".to_owned()
    };
    let section = Section {
        frame,
        key: SECTION,
        title: lang.pick("日历订阅", "Calendar feed"),
        zone: page.zone,
        last: page.last.as_ref(),
    };
    let body = section.draw(&html! {
        p { (contents(lang, page.provider.name_in(lang))) }
        @if !page.opens { p class="banner warn" role="status" { (icon("triangle-alert")) (lang.pick("账户或人员已停用，此地址现在打不开。", "The account or the provider is not in use: the address does not open now.")) } }
        @match (&page.address, &page.feed) {
            (Some(address), _) => (fresh(lang, address)),
            (None, Some(feed)) => p { (lang.pick("地址生成于 ", "The address was made on ")) (lang.day_time(feed.created_at, page.zone)) (lang.pick("（", " by ")) (feed.actor) (lang.pick("）；", "; ")) (last_read(lang, feed, page.zone)) },
            (None, None) => {},
        }
        div class="acts" { (buttons(lang, &path, page.feed.is_some())) }
    });
    layout(frame, page, &body)
}

fn layout(frame: &Frame, page: &FeedPage, body: &Markup) -> Markup {
    let lang = frame.lang;
    if page.in_settings {
        let name = page.provider.name_in(lang);
        let up = format!("/settings/providers/{}", page.provider.id);
        settings_page(frame, lang.pick("日历订阅", "Calendar feed"), (&up, name), body)
    } else {
        own_page(frame, body)
    }
}

fn own_page(frame: &Frame, body: &Markup) -> Markup {
    let title = frame.lang.pick("我的日历", "My calendar");
    frame.page(title, "", html! { main id="main" class="set" { (body) } })
}

/// For an account that is no provider's.
pub(super) fn nobody(frame: &Frame) -> Markup {
    let text = frame.lang.pick(
        "您的账户没有对应的医护人员，所以没有可订阅的就诊。管理员可以在 设置 → 医护人员 里选择账户。",
        "Your account is no provider's, so there are no visits to subscribe to. The administrator links them at Settings → Providers.",
    );
    own_page(frame, &html! { p class="card sec" { (text) } })
}

fn contents(lang: Lang, name: &str) -> String {
    lang.pick(
        format!("{name}的就诊和休假，供手机或电脑的日历程序订阅：过去 30 天到今后 180 天，含时间、项目、患者的姓（如“孙*”）和椅位；没有电话、病情和诊断。知道地址的人都能读，请勿转发。"),
        format!("The visits and leave of {name}, for the calendar on a telephone or computer: from 30 days back to 180 days ahead, with time, service, the first character of the patient's name (such as “S*”) and chair; no telephone numbers, no complaints, no diagnoses. Whoever knows the address can read it: do not pass it on."),
    )
}

fn last_read(lang: Lang, feed: &Feed, zone: Tz) -> String {
    match feed.last_read_at {
        Some(at) => {
            let at = lang.day_time(at, zone);
            lang.pick(format!("上次读取约在 {at}。"), format!("last read about {at}."))
        }
        None => lang.pick("还没有被读取过。", "not read yet.").to_owned(),
    }
}

/// The only time an address is shown: what is stored is the hash of its secret.
fn fresh(lang: Lang, address: &str) -> Markup {
    html! {
        div class="field" {
            label for="feed-address" { (lang.pick("订阅地址", "Address to subscribe to")) }
            input class="inp" id="feed-address" readonly value=(address);
        }
        p { button class="btn" type="button" hidden data-copy="feed-address" data-done=(lang.pick("已复制", "Copied")) { (lang.pick("复制", "Copy")) } }
        p class="banner warn" { (icon("triangle-alert")) (lang.pick("离开本页后不再显示；需要时可换新地址。", "It is not shown again after you leave this page; renew it when needed.")) }
        p { b { (lang.pick("Google 日历", "Google Calendar")) } (lang.pick("（电脑网页）：其他日历 → ＋ → 通过网址添加", " (on the web): Other calendars → + → From URL")) }
        p { b { "Outlook" } (lang.pick("：添加日历 → 从 Web 订阅", ": Add calendar → Subscribe from web")) }
        p { b { "Apple" } (lang.pick("：iPhone 在 设置 → 日历 → 账户 → 添加账户 → 其他 → 添加已订阅的日历；Mac 在 日历 → 文件 → 新建日历订阅", ": on iPhone Settings → Calendar → Accounts → Add Account → Other → Add Subscribed Calendar; on Mac Calendar → File → New Calendar Subscription")) }
        p class="hint" { (lang.pick("Google 和 Outlook 从互联网读取，诊所的地址要能从外面打开。多久更新一次由日历程序决定，可能要几小时；当天的安排以本系统的日程为准。", "Google and Outlook read it from the Internet, from where the clinic's address must open. How often is up to the calendar and can be hours: for the day itself look at the schedule here.")) }
    }
}

fn buttons(lang: Lang, path: &str, there: bool) -> Markup {
    html! {
        form method="post" action=(path) {
            @if there {
                button class="btn" type="submit" { (icon("refresh-cw")) (lang.pick("换新地址（旧地址立即失效）", "Renew (the old address stops at once)")) }
            } @else {
                button class="btn pri" type="submit" { (icon("calendar-plus")) (lang.pick("生成地址", "Make an address")) }
            }
        }
        @if there {
            form method="post" action={ (path) "/revoke" } {
                button class="btn danger" type="submit" { (icon("ban")) (lang.pick("停用", "End it")) }
            }
        }
    }
}
