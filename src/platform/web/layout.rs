//! The frame around every page: rail, top bar, bottom bar on phones, undo toast, live region.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use maud::{DOCTYPE, Markup, html};

use super::super::error::{Error, Result};
use super::super::i18n::{Lang, Text};
use super::assets::{asset, icon, icon_class};
use super::keys::{Key, dialog};

/// One entry of the main navigation.
#[derive(Debug, Clone)]
pub struct NavItem {
    /// Section key, compared with the page's.
    pub key: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Icon of the sprite.
    pub icon: &'static str,
    /// Label in both languages.
    pub label: (&'static str, &'static str),
    /// Work waiting there; 0 shows nothing.
    pub count: i64,
}

/// Something that everybody should know at once, wherever they work.
#[derive(Debug, Clone)]
pub struct News {
    /// Names it: whoever has put it away does not see it again.
    pub id: i64,
    /// Where it leads.
    pub href: String,
    /// What happened.
    pub title: String,
    /// When, with whom, what to heed.
    pub detail: String,
    /// Whether it is the reader's own work: then it cannot be overlooked.
    pub yours: bool,
}

/// What the frame needs to know about the request and the reader. Put into the request by the sign-in gate.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The reader's language.
    pub lang: Lang,
    /// Path of the page, for the language switch.
    pub path: String,
    /// Query of the page without `lang=`.
    pub query: String,
    /// The clinic's name.
    pub clinic: String,
    /// Name of who is signed in.
    pub user: Option<String>,
    /// What they are here.
    pub role: Option<Text>,
    /// What this role may open.
    pub nav: Vec<NavItem>,
    /// What everybody should know at once.
    pub news: Vec<News>,
    /// What should happen and does not.
    pub alarms: Vec<Text>,
    /// After so many minutes without use the page locks itself; 0: it does not.
    pub lock_minutes: i64,
}

/// Places in the bottom bar of a telephone.
const BAR: usize = 5;

/// What a page has of its own besides its body.
#[derive(Clone, Copy, Default)]
pub struct Own<'a> {
    /// Scripts.
    pub scripts: &'a [&'a str],
    /// What its keys do.
    pub keys: &'a [Key],
}

impl Frame {
    /// A frame for somebody who is not signed in.
    pub fn bare(lang: Lang, req: &HttpRequest) -> Frame {
        Frame {
            lang,
            path: req.path().to_owned(),
            query: without_lang(req.query_string()),
            clinic: String::new(),
            user: None,
            role: None,
            nav: Vec::new(),
            news: Vec::new(),
            alarms: Vec::new(),
            lock_minutes: 0,
        }
    }

    /// The same page in the other language.
    fn switch_href(&self) -> String {
        let joint = if self.query.is_empty() { "" } else { "&" };
        format!("{}?{}{joint}lang={}", self.path, self.query, self.lang.other())
    }

    /// A whole page. `section` marks the navigation; `body` brings its own `<main id="main">`.
    pub fn page(&self, title: &str, section: &str, body: Markup) -> Markup {
        self.page_with(title, section, Own::default(), html! {}, body)
    }

    /// A whole page with scripts and keys of its own and more in the top bar.
    pub fn page_with(&self, title: &str, section: &str, own: Own<'_>, top: Markup, body: Markup) -> Markup {
        let lang = self.lang;
        let page = html! {
            (DOCTYPE)
            html lang=(lang.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width,initial-scale=1";
                    meta name="htmx-config" content=r#"{"includeIndicatorCSS":false}"#;
                    title { (title) @if !self.clinic.is_empty() { " · " (self.clinic) } }
                    link rel="icon" href=(asset("icon.svg")) type="image/svg+xml";
                    link rel="stylesheet" href=(asset("app.css"));
                    script src=(asset("vendor/htmx.min.js")) defer {}
                    script src=(asset("app.js")) defer {}
                    script src=(asset("fresh.js")) defer {}
                    @for s in own.scripts { @if s.ends_with(".css") { link rel="stylesheet" href=(asset(s)); } @else { script src=(asset(s)) defer {} } }
                }
                body data-page=(section) data-lock=[self.user.as_ref().map(|_| self.lock_minutes)] {
                    a class="skip" href="#main" { (lang.pick("跳到主要内容", "Skip to main content")) }
                    @if self.user.is_some() {
                        (self.alarms())
                        div class="app" { (self.rail(section)) (self.top(title, top)) (body) (self.bar(section)) }
                        (self.news(section))
                        (dialog(lang, own.keys))
                    } @else {
                        (body)
                    }
                    div class="toast" id="toast" role="status" hidden { span {} button class="btn sm" type="button" { (icon("undo-2")) (lang.pick("撤销", "Undo")) " " kbd { "Z" } } }
                    div class="vh" id="say" aria-live="assertive" {}
                }
            }
        };
        super::form::name_faults(page, lang)
    }

    /// Above the page: the first in sight, the others folded, so that the page stays one.
    fn alarms(&self) -> Markup {
        let lang = self.lang;
        html! {
            @if let [first, more @ ..] = self.alarms.as_slice() {
                div class="alarms" role="alert" {
                    p class="banner bad" { (icon("triangle-alert")) (first.get(lang)) }
                    @if !more.is_empty() {
                        details {
                            summary { (lang.pick(format!("还有 {} 条报警", more.len()), format!("{} more alarms", more.len()))) }
                            @for text in more { p class="banner bad" { (icon("triangle-alert")) (text.get(lang)) } }
                        }
                    }
                }
            }
        }
    }

    /// Beside every page but the board, which tells it in its panel.
    fn news(&self, section: &str) -> Markup {
        html! {
            @if section != "day" {
                div class="news" role="status" data-fresh="/news" data-seconds="8" { (news_items(self.lang, &self.news)) }
            }
        }
    }

    fn items(&self, section: &str, icon_size: &str, items: &[&NavItem]) -> Markup {
        html! {
            @for item in items {
                a href=(item.href) aria-current=[(item.key == section).then_some("page")] class=[(item.key == "settings").then_some("end")] {
                    (icon_class(item.icon, icon_size)) span { (self.lang.pick(item.label.0, item.label.1)) }
                    @if item.count > 0 { span class="n" { span class="vh" { (self.lang.pick("待办 ", "due ")) } (item.count) } }
                }
            }
        }
    }

    fn rail(&self, section: &str) -> Markup {
        html! {
            nav class="rail" aria-label=(self.lang.pick("主导航", "Main")) {
                a class="logo" href="/" aria-label=(self.lang.pick("首页", "Home")) { (tooth()) }
                (self.items(section, "i-l", &self.nav.iter().collect::<Vec<_>>()))
            }
        }
    }

    /// The bottom bar of a telephone. What has no place in it is behind its last entry.
    fn bar(&self, section: &str) -> Markup {
        let all: Vec<_> = self.nav.iter().collect();
        let places = if all.len() > BAR { BAR - 1 } else { all.len() };
        let (first, rest) = all.split_at(places);
        html! {
            nav class="bar" aria-label=(self.lang.pick("底部导航", "Bottom")) {
                (self.items(section, "i-l", first))
                @if !rest.is_empty() { (self.more(section, rest)) }
            }
        }
    }

    fn more(&self, section: &str, rest: &[&NavItem]) -> Markup {
        let here = rest.iter().any(|item| item.key == section);
        let waiting: i64 = rest.iter().map(|item| item.count).sum();
        html! {
            details class="menu more" {
                summary class=[here.then_some("on")] {
                    (icon_class("menu", "i-l")) span { (self.lang.pick("更多", "More")) }
                    @if waiting > 0 { span class="n" { span class="vh" { (self.lang.pick("待办 ", "due ")) } (waiting) } }
                }
                div class="card" { (self.signed_in()) (self.items(section, "i-l", rest)) }
            }
        }
    }

    /// Who is signed in, and as what.
    fn signed_in(&self) -> Markup {
        html! {
            p class="who" {
                b { (self.user.as_deref().unwrap_or("")) }
                @if let Some(role) = &self.role { small { (role.get(self.lang)) } }
            }
        }
    }

    fn top(&self, title: &str, more: Markup) -> Markup {
        let lang = self.lang;
        let initials: String = self.user.as_deref().unwrap_or("").chars().rev().take(1).collect();
        html! {
            header class="top" {
                @if more.0.is_empty() { h1 { (title) } } @else { (more) }
                form class="search" role="search" action="/patients" {
                    label class="vh" for="s" { (lang.pick("查找患者", "Find patient")) }
                    (icon("search"))
                    input id="s" name="q" type="search" autocomplete="off" placeholder=(lang.pick("姓名 / 手机后4位 / 拼音首字母", "Name, last 4 of phone, chart no."))
                        hx-get="/patients/pick" hx-trigger="input delay:120ms" hx-target="#found" hx-swap="innerHTML";
                    kbd { "/" }
                    div id="found" class="found" {}
                    button class="vh" type="submit" tabindex="-1" { (lang.pick("查找", "Search")) }
                }
                span class="sp" {}
                a class="btn quiet lang" href=(self.switch_href()) lang=(lang.other().tag()) hreflang=(lang.other().tag()) {
                    (icon("languages")) span class="hide-m" { (lang.pick("English", "中文")) } span class="vh only-m" { (lang.pick("English", "中文")) }
                }
                details class="menu" {
                    summary class="btn quiet sq" { span class="me" { (initials) } span class="vh" { (lang.pick("我的账户", "My account")) } }
                    div class="card" {
                        (self.signed_in())
                        a class="btn quiet" href="/calendar" { (icon("calendar-days")) (lang.pick("我的日历", "My calendar")) }
                        a class="btn quiet" href="/password" { (icon("lock")) (lang.pick("修改密码", "Change password")) }
                        button class="btn quiet" type="button" data-keys="1" { (icon("keyboard")) (lang.pick("快捷键", "Shortcuts")) " " kbd { "?" } }
                        form method="post" action="/lock" {
                            input type="hidden" name="next" value={ (self.path) @if !self.query.is_empty() { "?" (self.query) } };
                            button class="btn quiet" type="submit" { (icon("lock")) (lang.pick("锁定屏幕", "Lock")) " " kbd { "Alt+L" } }
                        }
                        form method="post" action="/sign-out" { button class="btn quiet" type="submit" { (icon("log-out")) (lang.pick("退出登录", "Sign out")) } }
                    }
                }
            }
        }
    }
}

/// What everybody should know; what is the reader's own work is large.
pub fn news_items(lang: Lang, news: &[News]) -> Markup {
    html! {
        @for n in news {
            div class={ "banner vip-here" @if !n.yours { " small" } } data-news=(n.id) {
                (icon_class("star", "vip")) a href=(n.href) { b { (n.title) } " " (n.detail) }
                button class="btn quiet sq sm" type="button" aria-label=(lang.pick("知道了", "Put away")) { (icon("x")) }
            }
        }
    }
}

/// The logo.
pub fn tooth() -> Markup {
    html! {
        svg width="28" height="28" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round" aria-hidden="true" {
            path d="M12 5.6c-1.6-1.5-3-2-4.6-2C4.7 3.6 3 5.7 3 8.6c0 2.3.9 3.600 1.500 5.600.6 2.200.7 6.200 2.500 6.200 2 0 1.600-5.400 5-5.400s3 5.400 5 5.400c1.800 0 1.900-4 2.500-6.200.6-2 1.500-3.300 1.500-5.600 0-2.900-1.700-5-4.400-5-1.600 0-3 .5-4.600 2Z" {}
        }
    }
}

/// A query string without its `lang=`.
pub fn without_lang(query: &str) -> String {
    query
        .split('&')
        .filter(|p| !p.is_empty() && !p.starts_with("lang="))
        .collect::<Vec<_>>()
        .join("&")
}

/// The frame that the gate put into the request; pages without sign-in make a bare one.
impl FromRequest for Frame {
    type Error = Error;
    type Future = Ready<Result<Frame>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let frame = req.extensions().get::<Frame>().cloned();
        ready(Ok(frame.unwrap_or_else(|| Frame::bare(super::visitor_lang(req), req))))
    }
}

/// The reader's language alone.
impl FromRequest for Lang {
    type Error = Error;
    type Future = Ready<Result<Lang>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let lang = req.extensions().get::<Frame>().map(|f| f.lang);
        ready(Ok(lang.unwrap_or_else(|| super::visitor_lang(req))))
    }
}
