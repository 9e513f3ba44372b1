//! Putting oneself on the waiting list: the form, the message that has gone out, what its link leads to, and the end.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::{Choice, Door, Frame, Note, fields, hidden, switch, told};
use crate::appointments::online::{DayPart, LAST_DAYS, ListRequest};
use crate::clinic::{Service, ServiceId, Snapshot};
use crate::platform::clock::plus_days;
use crate::platform::i18n::{Lang, name_masked, phone_masked};
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::replies::views::{frame, telephone};

fn title(lang: Lang) -> &'static str {
    lang.pick("放入候补名单", "The waiting list")
}

impl Frame<'_> {
    /// Where one puts oneself on the list for a service.
    pub(super) fn list_link(&self, service: ServiceId) -> String {
        let choice = Choice {
            service: Some(service),
            from: None,
            day: None,
            at: None,
            ..self.choice
        };
        format!("{}/wait{}", self.door.path(), choice.query())
    }

    /// The form.
    pub(in crate::replies::booking) fn list_form(
        &self,
        service: &Service,
        today: NaiveDate,
        (input, faults): (&Input, &Faults),
    ) -> Markup {
        let lang = self.lang;
        let mut input = input.clone();
        if input.get("until").is_empty() {
            input.set("until", plus_days(today, LAST_DAYS.1).to_string());
        }
        let form = Form {
            lang,
            input: &input,
            faults,
        };
        let consent = lang.pick(
            "我同意诊所为此保存以上信息，并在有合适的空位时联系我。",
            "I agree that the clinic keeps this and contacts me when a time gets free.",
        );
        let body = html! {
            @if !faults.0.is_empty() { p class="note bad" role="alert" { (lang.pick("还没有提交，请看下面标出的地方。", "Not sent yet: please look at what is marked below.")) } }
            p { b { (service.name_in(lang)) } }
            p { (lang.pick("有合适的空位时，我们会通知您；先答复的先得。", "We tell you when a time that suits gets free; whoever answers first has it.")) }
            form method="post" action={ (self.door.path()) "/wait" } {
                (hidden(Choice { service: Some(service.id), with: None, from: None, day: None, at: None, ..self.choice }))
                (self.whom_to_wait_for(&form, service))
                (suits(&form))
                @match self.door {
                    Door::Open => { (fields(&form, consent)) button class="b pri" type="submit" { (lang.pick("下一步：核实号码", "Next: confirm your number")) } }
                    Door::Known(_) => {
                        (form.area("note", lang.pick("想告诉我们的（可不填）", "Anything we should know (optional)"), 2))
                        (form.tick("agree", consent))
                        button class="b pri" type="submit" { (lang.pick("放入候补名单", "Put me on the list")) }
                    }
                }
            }
            a class="b quiet" href=(self.link(self.choice)) { (lang.pick("返回选时间", "Back to the times")) }
        };
        self.page(title(lang), &body)
    }

    fn whom_to_wait_for(&self, form: &Form<'_>, service: &Service) -> Markup {
        let lang = self.lang;
        let able = self.clinic.who_does(service.id);
        let chosen = self.choice.with;
        html! {
            @if able.len() > 1 {
                div class="field" {
                    label for="f-w" { (lang.pick("医生", "With")) }
                    select class="inp" id="f-w" name="w" {
                        option value="" { (lang.pick("都可以", "Anyone")) }
                        @for p in able { option value=(p.id) selected[chosen == Some(p.id) || form.input.get("w") == p.id.to_string()] { (p.name_in(lang)) } }
                    }
                }
            }
        }
    }

    /// They are on it.
    pub(in crate::replies::booking) fn listed(&self) -> Markup {
        let lang = self.lang;
        let body = html! {
            p class="note ok" role="status" { (lang.pick("您已在候补名单上。有合适的空位时，我们会通知您。", "You are on the waiting list. We tell you when a time that suits gets free.")) }
            p { (lang.pick("不想再等，或想改时间，请致电我们。", "To be taken off it, or to change it, please call us.")) }
        };
        self.page(title(lang), &body)
    }
}

/// When it suits: days, time of day, until when.
fn suits(form: &Form<'_>) -> Markup {
    use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    let lang = form.lang;
    let chosen = form.input.all("weekday");
    let parts: Vec<(&str, String)> = DayPart::ALL
        .iter()
        .map(|p| (p.as_str(), p.name().get(lang).to_owned()))
        .collect();
    let days = [Mon, Tue, Wed, Thu, Fri, Sat, Sun];
    html! {
        fieldset class="ticks" {
            legend { (lang.pick("哪几天合适（不选就是都可以）", "Which days suit (none ticked: any)")) }
            @for (n, day) in (1..).zip(days) {
                @let value = n.to_string();
                label class="check" { input type="checkbox" name="weekday" value=(value) checked[chosen.contains(&value.as_str())]; " " (lang.weekday(day)) }
            }
        }
        (form.select("part", lang.pick("一天中的时间", "Time of day"), &parts))
        (form.text("until", lang.pick("最晚等到", "I wait until"), Kind { kind: "date", required: true, ..Kind::default() }))
    }
}

/// A message has gone out. Tells nothing that the reader has not typed: it may be a stranger's number.
pub(in crate::replies::booking) fn list_sent(
    lang: Lang,
    clinic: &Snapshot,
    r: &ListRequest,
    (token, note): (&str, Option<Note>),
) -> Markup {
    let to = match r.address.split_once('@') {
        Some((name, domain)) => format!("{}***@{domain}", name.chars().take(1).collect::<String>()),
        None => phone_masked(&r.address),
    };
    let again = Choice {
        service: Some(r.service_id),
        ..Choice::default()
    };
    let title = lang.pick("还差一步：请点开链接", "One more step: open the link");
    let body = html! {
        p class="clinic" { (clinic.site.name_in(lang)) }
        h1 { (title) }
        @if let Some(note) = note { (told(lang, note)) }
        p { (lang.pick("链接已发送到 ", "We have sent a link to ")) b { (to) } (lang.pick("。点开并确定，才放入候补名单。", ". Open it and confirm: then you are on the waiting list.")) }
        form method="post" action={ "/book/wait/sent/" (token) } { button class="b" type="submit" { (lang.pick("没有收到？再发一次", "Nothing came? Send it again")) } }
        a class="b quiet" href={ "/book/wait" (again.query()) } { (lang.pick("号码写错了？重新填写", "Wrong number? Start again")) }
        (telephone(lang, &clinic.site))
    };
    frame(lang, title, switch(lang, "?"), body)
}

/// Behind the message: what they would wait for, and the button.
pub(in crate::replies::booking) fn list_proof(lang: Lang, clinic: &Snapshot, r: &ListRequest, token: &str) -> Markup {
    let service = clinic.find_service(r.service_id).map_or("", |s| s.name_in(lang));
    let provider = r.provider_id.and_then(|id| clinic.find_provider(id));
    let title = lang.pick("放入候补名单？", "Put you on the waiting list?");
    let body = html! {
        p class="clinic" { (clinic.site.name_in(lang)) }
        h1 { (title) }
        dl {
            dt { (lang.pick("姓名", "Name")) } dd { (name_masked(&r.name)) }
            dt { (lang.pick("项目", "For")) } dd { (service) }
            dt { (lang.pick("医生", "With")) } dd { (provider.map_or(lang.pick("都可以", "Anyone"), |p| p.name_in(lang))) }
            dt { (lang.pick("最晚等到", "Until")) } dd { (lang.day(r.last_day)) }
        }
        form method="post" action={ "/b/list/" (token) } { button class="b pri" type="submit" { (lang.pick("确定", "Yes, put me on it")) } }
        p { (lang.pick("不是您登记的？关掉本页即可。", "Not you? Just close this page.")) }
        (telephone(lang, &clinic.site))
    };
    frame(lang, title, switch(lang, "?"), body)
}
