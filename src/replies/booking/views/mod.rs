//! What patients see when they book: what, when, who; one column, large type, no script.

mod family;
mod listing;
mod proof;

pub(super) use family::family;
pub(super) use listing::{list_proof, list_sent};
pub(super) use proof::{proof, sent};

use maud::{Markup, html};

use super::choice::{Choice, complaints};
use super::times::{Slot, Times};
use crate::appointments::online::Limit;
use crate::clinic::{Site, Snapshot};
use crate::patients::PatientId;
use crate::platform::i18n::{Lang, name_masked};
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::replies::views::{frame, telephone};

/// Through which door somebody came.
pub(super) enum Door {
    /// `/book`: nobody knows who it is.
    Open,
    /// By their own link.
    Known(Known),
}

/// Somebody who came by their own link.
pub(super) struct Known {
    pub id: PatientId,
    pub name: String,
    pub token: String,
    /// When their link ends.
    pub ends_at: crate::platform::clock::Instant,
}

impl Door {
    /// Who it is, if that is known.
    pub(super) fn patient(&self) -> Option<PatientId> {
        match self {
            Door::Open => None,
            Door::Known(known) => Some(known.id),
        }
    }
    pub(super) fn path(&self) -> String {
        match self {
            Door::Open => "/book".to_owned(),
            Door::Known(known) => format!("/r/{}", known.token),
        }
    }
}

/// What is told above a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// Somebody was faster.
    Taken,
    /// The message has gone out once more.
    SentAgain,
    /// It is theirs.
    Booked,
}

/// What every step needs.
pub(super) struct Frame<'a> {
    pub lang: Lang,
    pub clinic: &'a Snapshot,
    pub door: &'a Door,
    pub choice: Choice,
}

/// Fields that are typed, and not lost when the time has to be chosen again.
const TYPED: [&str; 6] = ["name", "address", "birth_date", "guardian", "note", "agree"];

impl Frame<'_> {
    fn link(&self, choice: Choice) -> String {
        format!("{}{}", self.door.path(), choice.query())
    }

    /// The frame of a step; the switch keeps what is chosen.
    fn page(&self, title: &str, body: &Markup) -> Markup {
        let (lang, site) = (self.lang, &self.clinic.site);
        let here = self.link(self.choice);
        let joint = if here.contains('?') { "&" } else { "?" };
        let switch = switch(lang, &format!("{here}{joint}"));
        let body = html! {
            p class="clinic" { (site.name_in(lang)) @if let Door::Known(known) = self.door { " · " (name_masked(&known.name)) } }
            h1 { (title) }
            (body)
            (telephone(lang, site))
        };
        frame(lang, title, switch, body)
    }

    /// Nothing can be booked here.
    pub(super) fn closed(&self) -> Markup {
        let lang = self.lang;
        let body = html! { p { (lang.pick("目前不能在网上预约，请致电我们。", "Visits cannot be booked online at the moment. Please call us.")) } };
        self.page(lang.pick("预约", "Book a visit"), &body)
    }

    /// They have to call. Why is said in general terms: the page may be seen by others.
    pub(super) fn limited(&self, limit: Limit) -> Markup {
        let lang = self.lang;
        let text = match limit {
            Limit::Planned => lang.pick(
                "您已有预约。如需更多预约，请致电我们。",
                "You have visits booked already. To book more, please call us.",
            ),
            Limit::Broken => lang.pick(
                "您的预约请通过电话安排，我们很乐意帮您。",
                "Please arrange your visit by telephone: we are glad to help.",
            ),
            Limit::Stranger => lang.pick(
                "我们没有找到您的病历。首次就诊请致电我们。",
                "We found no record of yours. For a first visit, please call us.",
            ),
            Limit::Replaced => lang.pick(
                "您后来又选了别的时间，请用最新的那条消息。",
                "You chose another time afterwards: please use the latest message.",
            ),
        };
        self.page(lang.pick("请致电我们", "Please call us"), &html! { p { b { (text) } } })
    }

    /// Too many asked for too much.
    pub(super) fn too_many(&self) -> Markup {
        let lang = self.lang;
        let body = html! { p class="note bad" role="alert" { (lang.pick("短时间内操作过多，请稍后再试，或致电我们。", "Too many requests in a short time. Please try again later, or call us.")) } };
        self.page(lang.pick("请稍后再试", "Please try again later"), &body)
    }

    /// First step: what troubles them, or what they want.
    pub(super) fn what(&self) -> Markup {
        let lang = self.lang;
        let troubles = complaints(self.clinic);
        let keep = Choice {
            from: self.choice.from,
            with: self.choice.with,
            ..Choice::default()
        };
        let body = html! {
            @if !troubles.is_empty() {
                h2 { (lang.pick("您哪里不舒服？", "What troubles you?")) }
                ul class="list" { @for x in troubles {
                    li { a class="b" href=(self.link(Choice { complaint: Some(x.id), ..keep })) { (x.name_in(lang)) } }
                } }
                h2 { (lang.pick("或者直接选项目", "Or choose what you need")) }
            } @else {
                h2 { (lang.pick("您需要什么？", "What do you need?")) }
            }
            ul class="list" { @for s in self.clinic.bookable_online() {
                li { a class="b" href=(self.link(Choice { service: Some(s.id), ..keep })) { (s.name_in(lang)) small { " · " (s.minutes) (lang.pick(" 分钟", " min")) } } }
            } }
        };
        self.page(lang.pick("预约", "Book a visit"), &body)
    }

    /// Second step: with whom and when. What was typed already goes along.
    pub(super) fn when(&self, times: &Times, note: Option<Note>, typed: &Input) -> Markup {
        let lang = self.lang;
        let urgent = self.choice.complaint_in(self.clinic).is_some_and(|x| x.urgent);
        let body = html! {
            @if let Some(note) = note { (told(lang, note)) }
            @if urgent { p class="note bad" { (lang.pick("疼痛剧烈、出血不止、面部肿胀或受伤：请先打电话，我们当天安排。", "Severe pain, bleeding that does not stop, a swollen face or an injury: please call first, we see you the same day.")) } }
            p { b { (times.service.name_in(lang)) } " · " (times.service.minutes) (lang.pick(" 分钟", " min")) " " @if self.can_choose_what() { a href=(self.link(Choice::default())) { (lang.pick("改选", "Change")) } } }
            (self.whom(times))
            @if times.days.is_empty() {
                p { (lang.pick("近期没有空闲时间，请致电我们。", "No time is free in the near future. Please call us.")) }
            } @else {
                (self.days(times))
                (self.slots(times, typed))
            }
            p { a class="b quiet" href=(self.list_link(times.service.id)) { (lang.pick("没有合适的时间？放入候补名单", "No time suits? Put me on the waiting list")) } }
        };
        self.page(lang.pick("选择时间", "Choose a time"), &body)
    }

    fn can_choose_what(&self) -> bool {
        Choice::default().service_in(self.clinic).is_none()
    }

    /// Nobody has to choose among one.
    fn whom(&self, times: &Times) -> Markup {
        let lang = self.lang;
        let with = |with| Choice {
            with,
            day: None,
            at: None,
            ..self.choice
        };
        let current = |with| (self.choice.with == with).then_some("true");
        html! {
            @if times.providers.len() > 1 {
                h2 { (lang.pick("医生", "With")) }
                ul class="chips" {
                    li { a href=(self.link(with(None))) aria-current=[current(None)] { (lang.pick("都可以", "Anyone")) } }
                    @for p in &times.providers { li { a href=(self.link(with(Some(p.id)))) aria-current=[current(Some(p.id))] { (p.name_in(lang)) } } }
                }
            } @else if let Some(only) = times.providers.first() {
                p { (lang.pick("医生：", "With ")) (only.name_in(lang)) }
            }
        }
    }

    fn days(&self, times: &Times) -> Markup {
        let lang = self.lang;
        let on = |day| Choice {
            day: Some(day),
            at: None,
            ..self.choice
        };
        html! {
            h2 { (lang.pick("日期", "Day")) }
            ul class="chips days" {
                @for (day, free) in &times.days {
                    li { a href=(self.link(on(*day))) aria-current=[(times.day == Some(*day)).then_some("date")] { (lang.day(*day)) small { " " (free) (lang.pick(" 个", " free")) } } }
                }
                @if let Some(later) = times.later {
                    li { a href=(self.link(Choice { from: Some(later), day: None, at: None, ..self.choice })) { (lang.pick("更晚的日期", "Later days")) } }
                }
            }
        }
    }

    /// The times of the day: links; or, when something has been typed already, buttons that send it again.
    fn slots(&self, times: &Times, typed: &Input) -> Markup {
        let lang = self.lang;
        let zone = self.clinic.site.tz();
        let time = |s: &Slot| s.at.local(zone).format("%H:%M").to_string();
        let anyone = self.choice.with.is_none() && times.providers.len() > 1;
        let typed_before = TYPED.iter().any(|name| !typed.get(name).is_empty());
        html! {
            h2 { (lang.pick("时间", "Time")) @if let Some(day) = times.day { " · " (lang.day(day)) } }
            @if typed_before {
                form method="post" action=(self.door.path()) {
                    (hidden(Choice { at: None, ..self.choice }))
                    @for name in TYPED { @if typed.ticked(name) { input type="hidden" name=(name) value=(typed.get(name)); } }
                    div class="chips times" { @for s in &times.slots { button name="t" value=(s.at.0) { (time(s)) } } }
                }
            } @else {
                ul class="chips times" { @for s in &times.slots {
                    li { a href=(self.link(Choice { at: Some(s.at), day: None, from: None, ..self.choice })) { (time(s)) @if anyone { small { " " (s.provider.name_in(lang)) } } } }
                } }
            }
        }
    }

    /// Third step: who it is; of a known patient only the button.
    pub(super) fn who(&self, times: &Times, slot: &Slot, (input, faults): (&Input, &Faults)) -> Markup {
        let lang = self.lang;
        let form = Form { lang, input, faults };
        let back = Choice {
            at: None,
            ..self.choice
        };
        let body = html! {
            @if !faults.0.is_empty() { p class="note bad" role="alert" { (lang.pick("还没有提交，请看下面标出的地方。", "Not sent yet: please look at what is marked below.")) } }
            (summary(self, times, slot))
            form method="post" action=(self.door.path()) {
                (hidden(self.choice))
                @match self.door {
                    Door::Open => { (fields(&form, lang.pick("我同意诊所为这次就诊保存以上信息，并就这次就诊联系我。", "I agree that the clinic keeps this for my visit and contacts me about it."))) button class="b pri" type="submit" { (lang.pick("下一步：核实号码", "Next: confirm your number")) } }
                    Door::Known(_) => { (form.area("note", lang.pick("想告诉我们的（可不填）", "Anything we should know (optional)"), 2)) button class="b pri" type="submit" { (lang.pick("确定预约", "Book it")) } }
                }
            }
            a class="b quiet" href=(self.link(back)) { (lang.pick("换个时间", "Another time")) }
        };
        self.page(lang.pick("确认预约", "Your visit"), &body)
    }
}

fn summary(frame: &Frame<'_>, times: &Times, slot: &Slot) -> Markup {
    let lang = frame.lang;
    let site = &frame.clinic.site;
    let local = slot.at.local(site.tz());
    html! {
        dl {
            dt { (lang.pick("日期", "Date")) } dd { (lang.day(local.date())) }
            dt { (lang.pick("时间", "Time")) } dd { b { (local.format("%H:%M").to_string()) } " · " (times.service.minutes) (lang.pick(" 分钟", " min")) }
            dt { (lang.pick("项目", "For")) } dd { (times.service.name_in(lang)) }
            dt { (lang.pick("医生", "With")) } dd { (slot.provider.name_in(lang)) }
            @if !site.address_in(lang).is_empty() { dt { (lang.pick("地址", "Address")) } dd { (site.address_in(lang)) } }
        }
    }
}

fn fields(form: &Form<'_>, consent: &str) -> Markup {
    let lang = form.lang;
    let needed = |autocomplete| Kind {
        kind: "",
        required: true,
        autocomplete,
        inputmode: "",
    };
    let optional = |autocomplete| Kind {
        required: false,
        ..needed(autocomplete)
    };
    html! {
        (form.text("name", lang.pick("就诊人姓名", "Name of the patient"), needed("name")))
        (form.text("address", lang.pick("手机号（或邮箱）", "Mobile number (or email)"), needed("tel")))
        p class="hint" { (lang.pick("我们会发一个链接到这里，点开并确定才生效。", "We send a link there: it holds once you open and confirm it.")) }
        (form.text("birth_date", lang.pick("出生日期（可不填，如 1990-05-01）", "Date of birth (optional, such as 1990-05-01)"), optional("bday")))
        (form.text("guardian", lang.pick("未满 18 岁：家长或监护人姓名", "Under 18: name of a parent or guardian"), optional("")))
        (form.area("note", lang.pick("想告诉我们的（可不填）", "Anything we should know (optional)"), 2))
        (form.tick("agree", consent))
    }
}

fn hidden(choice: Choice) -> Markup {
    html! { @for (name, value) in choice.pairs() { input type="hidden" name=(name) value=(value); } }
}

fn told(lang: Lang, note: Note) -> Markup {
    let (class, text) = match note {
        Note::Taken => (
            "note bad",
            lang.pick(
                "这个时间刚被占用，请选择其他时间。",
                "This time has just been taken. Please choose another.",
            ),
        ),
        Note::SentAgain => ("note ok", lang.pick("已再次发送。", "It was sent once more.")),
        Note::Booked => ("note ok", lang.pick("已为您约好。", "It is booked.")),
    };
    html! { p class=(class) role="alert" { (text) } }
}

/// The language switch; `to` ends where `lang=` can follow.
fn switch(lang: Lang, to: &str) -> Markup {
    let other = lang.other();
    html! {
        nav class="lang" aria-label=(lang.pick("语言", "Language")) {
            a href={ (to) "lang=" (other) } lang=(other.tag()) hreflang=(other.tag()) { (lang.pick("English", "中文")) }
        }
    }
}

/// The link was ours, but its time is over.
pub(super) fn expired(lang: Lang, site: Option<&Site>) -> Markup {
    let title = lang.pick("链接已过期", "This link has expired");
    let body = html! {
        @if let Some(site) = site { p class="clinic" { (site.name_in(lang)) } }
        h1 { (title) }
        a class="b pri" href="/book" { (lang.pick("重新预约", "Book anew")) }
        @if let Some(site) = site { (telephone(lang, site)) }
    };
    frame(lang, title, switch(lang, "?"), body)
}
