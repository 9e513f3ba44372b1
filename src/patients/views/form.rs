//! Registration and change: one form.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::model::{AGREED, Channel, Patient, REFUSED, Sex};
use super::super::store::{Candidate, Why};
use super::sex_and_age;
use crate::platform::i18n::{Lang, phone_masked};
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::platform::web::was::WAS;

static NO_FAULTS: Faults = Faults(Vec::new());

/// The form with its page.
#[derive(Clone)]
pub(in super::super) struct FormPage<'a> {
    frame: &'a Frame,
    input: &'a Input,
    today: NaiveDate,
    faults: &'a Faults,
    similar: &'a [Candidate],
    /// Who is being changed, and their national ID with its middle hidden.
    patient: Option<(&'a Patient, Option<String>)>,
}

impl<'a> FormPage<'a> {
    /// A registration.
    pub(in super::super) fn new(frame: &'a Frame, input: &'a Input, today: NaiveDate) -> FormPage<'a> {
        FormPage {
            frame,
            input,
            today,
            faults: &NO_FAULTS,
            similar: &[],
            patient: None,
        }
    }
    /// A change of somebody's data.
    pub(in super::super) fn of(self, patient: &'a Patient, masked_id: Option<String>) -> FormPage<'a> {
        FormPage {
            patient: Some((patient, masked_id)),
            ..self
        }
    }
    /// With what is wrong.
    pub(in super::super) fn with<'b>(self, faults: &'b Faults, similar: &'b [Candidate]) -> FormPage<'b>
    where
        'a: 'b,
    {
        FormPage {
            faults,
            similar,
            ..self
        }
    }

    /// The page.
    pub(in super::super) fn show(&self) -> Markup {
        let lang = self.frame.lang;
        let (title, action, back) = match &self.patient {
            None => (
                lang.pick("新建患者", "New patient").to_owned(),
                "/patients".to_owned(),
                "/patients".to_owned(),
            ),
            Some((p, _)) => (
                format!("{} {}", lang.pick("修改", "Edit"), p.name),
                format!("/patients/{}/edit", p.id),
                format!("/patients/{}", p.id),
            ),
        };
        let form = Form {
            lang,
            input: self.input,
            faults: self.faults,
        };
        let body = html! {
            main id="main" class="pts" {
                form class="card pts-form" method="post" action=(action) {
                    (form.summary())
                    @if let Some((p, _)) = &self.patient {
                        input type="hidden" name="id" value=(p.id);
                        input type="hidden" name="version" value=(self.input.get("version"));
                        input type="hidden" name=(WAS) value=(self.input.get(WAS));
                    }
                    div class="pts-who" hx-post="/patients/check" hx-trigger="input delay:500ms" hx-include="closest form" hx-target="#similar" hx-swap="innerHTML" {
                        (self.identity(form))
                    }
                    div id="similar" aria-live="polite" { (similar(lang, self.similar, self.today)) (self.confirm()) }
                    (contact(form))
                    (medical(form))
                    (more(form))
                    div class="pts-foot" {
                        a class="btn" href=(back) { (lang.pick("取消", "Cancel")) }
                        button class="btn pri" type="submit" { (icon("check")) (lang.pick("保存", "Save")) }
                    }
                }
            }
        };
        self.frame.page(&title, "patients", body)
    }

    /// What tells one person from another.
    fn identity(&self, form: Form<'_>) -> Markup {
        let lang = form.lang;
        let sexes = [
            ("", lang.pick("请选择", "Choose").to_owned()),
            ("female", Sex::Female.name().get(lang).to_owned()),
            ("male", Sex::Male.name().get(lang).to_owned()),
        ];
        html! {
            fieldset class="pts-g" {
                legend class="lab" { (lang.pick("基本资料", "Who")) }
                (form.text("name", lang.pick("姓名", "Name"), Kind { required: true, ..Kind::default() }))
                (form.select("sex", lang.pick("性别", "Sex"), &sexes))
                (form.text("birth_date", lang.pick("出生日期（年-月-日）", "Date of birth (year-month-day)"), Kind::default()))
                div class="pts-ticks" { (form.tick("lunar_birthday", lang.pick("过农历生日", "Keeps the lunar birthday"))) }
                (form.text("phone", lang.pick("手机", "Mobile"), Kind { kind: "tel", inputmode: "tel", ..Kind::default() }))
                (self.national_id(form))
                @match &self.patient {
                    None => (form.text("chart_no", lang.pick("病历号（不填自动生成）", "Chart number (made if empty)"), Kind::default())),
                    Some((p, _)) => div class="field" { span class="lab" { (lang.pick("病历号", "Chart number")) } p class="pts-fix" { (p.chart_no) } },
                }
            }
        }
    }

    fn national_id(&self, form: Form<'_>) -> Markup {
        let lang = form.lang;
        let stored = self.patient.as_ref().and_then(|(_, masked)| masked.as_deref());
        html! {
            div class="pts-id" {
                (form.text("national_id", lang.pick("身份证号", "National ID"), Kind::default()))
                @if let Some(masked) = stored {
                    p class="pts-hint" { (lang.pick("已登记：", "Stored: ")) (masked) (lang.pick("。不改请留空或保持原样。", ". Leave empty or as it is to keep it.")) }
                    (form.tick("national_id_remove", lang.pick("留空时删除已登记的号码", "Remove the stored number when empty")))
                }
            }
        }
    }

    /// Offered when somebody similar is in the way and only people can tell.
    fn confirm(&self) -> Markup {
        let lang = self.frame.lang;
        let same = self.similar.iter().any(|s| s.why == Why::NationalId);
        html! {
            @if !self.similar.is_empty() && !same {
                label class="check pts-confirm" {
                    input type="checkbox" name="confirm_duplicate" value="1";
                    " " (lang.pick("这是另一个人，仍要保存", "This is another person: save all the same"))
                }
            }
        }
    }
}

/// People who may be the same, as a warning; nothing when there are none.
pub(in super::super) fn similar(lang: Lang, found: &[Candidate], today: NaiveDate) -> Markup {
    let only_family = found.iter().all(|f| f.why == Why::PhoneOnly);
    let (class, title) = if only_family {
        (
            "banner info",
            lang.pick(
                "这个手机号还有其他患者在用（家人？）",
                "Other patients have this number (family?)",
            ),
        )
    } else {
        (
            "banner warn",
            lang.pick("可能已经登记过：", "May be registered already:"),
        )
    };
    html! {
        @if !found.is_empty() {
            div class=(class) role="status" {
                (icon("users"))
                div {
                    b { (title) }
                    ul { @for f in found { li {
                        a href={ "/patients/" (f.patient.id) } { (f.patient.name) }
                        " " (f.patient.chart_no) " · " (sex_and_age(lang, &f.patient, today))
                        @if let Some(phone) = &f.patient.phone { " · " (phone_masked(phone)) }
                        " — " (why(lang, f.why))
                    } } }
                }
            }
        }
    }
}

fn why(lang: Lang, why: Why) -> &'static str {
    match why {
        Why::NationalId => lang.pick("身份证号相同", "same national ID"),
        Why::PhoneAndName => lang.pick("手机相同，姓名相近", "same mobile, similar name"),
        Why::NameAndBirth => lang.pick("姓名和出生日期相同", "same name and birthday"),
        Why::PhoneOnly => lang.pick("手机相同", "same mobile"),
    }
}

/// Agreed or refused; who has answered once is not unasked again.
fn consent(form: &Form<'_>, field: &str, label: &str) -> Markup {
    let lang = form.lang;
    let mut options = vec![
        (AGREED, lang.pick("同意", "Agrees")),
        (REFUSED, lang.pick("不同意", "Does not agree")),
    ];
    if form.input.get(field).is_empty() {
        options.insert(0, ("", lang.pick("未询问", "Not asked")));
    }
    form.select(field, label, &options)
}

fn contact(form: Form<'_>) -> Markup {
    let lang = form.lang;
    let channels: Vec<(&str, String)> = Channel::ALL
        .iter()
        .map(|c| (c.as_str(), c.name().get(lang).to_owned()))
        .collect();
    html! {
        fieldset class="pts-g" {
            legend class="lab" { (lang.pick("联系与同意", "Contact and consent")) }
            (form.text("other_phone", lang.pick("其他电话", "Other phone"), Kind { kind: "tel", inputmode: "tel", ..Kind::default() }))
            (form.text("email", lang.pick("邮箱", "Email"), Kind { kind: "email", inputmode: "email", ..Kind::default() }))
            (form.select("channel", lang.pick("首选联系方式", "Preferred channel"), &channels))
            (form.select("language", lang.pick("消息语言", "Language of messages"), &[("zh", "中文"), ("en", "English")]))
            (form.text("zone", lang.pick("时区（与诊所不同时，如 America/New_York）", "Time zone (if not the clinic's, such as America/New_York)"), Kind::default()))
            (consent(&form, "consent_sms", lang.pick("就诊短信（不同意就不发）", "Text messages about care (a no stops them)")))
            (consent(&form, "consent_email", lang.pick("就诊邮件（不同意就不发）", "Email about care (a no stops it)")))
            div class="pts-ticks" {
                (form.tick("marketing", lang.pick("愿意接收问候和活动消息", "Welcomes greetings and offers")))
            }
        }
    }
}

fn medical(form: Form<'_>) -> Markup {
    let lang = form.lang;
    html! {
        fieldset class="pts-g" {
            legend class="lab" { (lang.pick("就诊须知", "To know before treatment")) }
            (form.area("allergies", lang.pick("过敏（问过没有：写“否认”）", "Allergies (asked, none: “none”)"), 2))
            (form.area("history", lang.pick("既往史（问过没有：写“否认”）", "Medical history (asked, none: “none”)"), 2))
            (form.area("needs", lang.pick("特殊需求", "Special needs"), 2))
            div class="pts-ticks" { (form.tick("vip", lang.pick("VIP（特需）：预约或到店时立即通知", "VIP: tell the staff at once when booked or here"))) }
        }
    }
}

fn more(form: Form<'_>) -> Markup {
    let lang = form.lang;
    html! {
        fieldset class="pts-g" {
            legend class="lab" { (lang.pick("其他", "More")) }
            (form.text("occupation", lang.pick("职业", "Occupation"), Kind::default()))
            (form.text("source", lang.pick("来源", "How they came"), Kind::default()))
            (form.text("address", lang.pick("地址", "Address"), Kind::default()))
            (form.area("note", lang.pick("备注", "Note"), 2))
            div class="pts-ticks" { (form.tick("deceased", lang.pick("已故：不再发送任何消息", "Deceased: no messages any more"))) }
        }
    }
}
