//! The form of a segment: rows of conditions, and who is meant by them.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::actions::Found;
use super::super::model::{Definition, Kind, Known, Match, Reach, Row, RowGroup, Rows, Segment, Unit, field_name};
use super::people;
use crate::patients::Sex;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input, Kind as Field};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, CLINICAL, Role, Section};

/// What the form needs.
pub struct Sheet {
    /// None: a new one.
    pub segment: Option<Segment>,
    /// Its last change.
    pub last: Option<AuditEntry>,
    /// The clinic's zone.
    pub zone: Tz,
    /// What is typed, as far as it can be read.
    pub definition: Definition,
    /// What conditions may name.
    pub known: Known,
    /// Who is meant; none: something is wrong with it.
    pub found: Option<Found>,
}

/// `/segments/new`, `/segments/{id}/edit`
pub fn form(
    frame: &Frame,
    sheet: &Sheet,
    (input, rows, faults): (&Input, &Rows, &Faults),
    role: Option<Role>,
) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let (action, title) = match &sheet.segment {
        Some(s) => (format!("/segments/{}/edit", s.id), s.name_in(lang).to_owned()),
        None => (
            "/segments/new".to_owned(),
            lang.pick("新建分组", "New segment").to_owned(),
        ),
    };
    let section = Section {
        frame,
        key: "segment",
        title: lang.pick("条件", "Conditions"),
        zone: sheet.zone,
        last: sheet.last.as_ref(),
    };
    let required = Field {
        required: true,
        ..Field::default()
    };
    let fields = html! {
        form method="post" action=(action) class="stack segform" {
            // What the Enter key presses.
            button class="vh" type="submit" name="do" value="look" tabindex="-1" aria-hidden="true" { (lang.pick("查看", "Look")) }
            (form.summary())
            @if sheet.segment.is_some() { input type="hidden" name="version" value=(input.get("version")); }
            div class="pair" {
                (form.text("name", lang.pick("中文名称", "Chinese name"), required))
                (form.text("name_en", lang.pick("英文名称", "English name"), required))
            }
            (groups(&form, rows, &sheet.known, role))
            div id="meant" hx-post="/segments/look" hx-trigger="input from:closest form delay:400ms, change from:closest form delay:200ms"
                hx-include="closest form" hx-swap="innerHTML" aria-live="polite" {
                (found(lang, &sheet.definition.text(&sheet.known, lang), sheet.found.as_ref()))
            }
            div class="acts" {
                button class="btn pri" type="submit" name="do" value="save" { (icon("check")) (lang.pick("保存", "Save")) }
                button class="btn" type="submit" name="do" value="look" formnovalidate { (icon("eye")) (lang.pick("看看有谁", "See who is meant")) }
            }
        }
    };
    let body = html! {
        main id="main" class="set" {
            p class="crumb" { a href="/segments" { (icon("chevron-left")) (lang.pick("患者分组", "Segments")) } }
            (section.draw(&fields))
            @if let Some(s) = &sheet.segment { (removal(lang, s)) }
        }
    };
    frame.page(&title, "segments", body)
}

fn removal(lang: Lang, segment: &Segment) -> Markup {
    html! {
        form class="acts" method="post" action={ "/segments/" (segment.id) "/remove" } {
            input type="hidden" name="version" value=(segment.version);
            button class="btn quiet" type="submit" { (icon("trash-2")) (lang.pick("删除分组", "Delete this segment")) }
        }
    }
}

/// Who is meant, and in which words.
pub fn found(lang: Lang, sentence: &str, found: Option<&Found>) -> Markup {
    html! {
        @if !sentence.is_empty() { p class="sentence" { (sentence) } }
        @match found {
            None => p class="hint" { (lang.pick("填好条件后，这里显示人数和前十位患者。", "With the conditions filled in, the number of patients and the first ten are shown here.")) },
            Some(f) => {
                p role="status" { b class="big" { (people(lang, f.count)) }
                    " · " (lang.pick(format!("其中 {} 人可接收推广", f.open), format!("{} of them may get offers", f.open))) }
                @if f.count == 0 { p class="hint" { @match &f.narrowest {
                    Some((text, n)) => (lang.pick(format!("没有符合条件的患者；不要求“{}”时有 {n} 人。", text.zh), format!("Nobody fits; without “{}” it would be {n}.", text.en))),
                    None => (lang.pick("没有符合条件的患者：可以放宽或删去一个条件。", "Nobody fits: widen a condition or take one away.")),
                } } }
                ul class="who-list" { @for (id, name, birth) in &f.sample {
                    li { a href={ "/patients/" (id) } { (name) }
                        @if let Some(age) = birth.and_then(|b| f.today.years_since(b)) { " " small { (lang.pick(format!("{age} 岁"), format!("age {age}"))) } } }
                } }
            }
        }
    }
}

fn joins(lang: Lang, id: &str, label: &str, chosen: Match) -> Markup {
    html! {
        div class="field" {
            label for=(id) { (label) }
            select class="inp" id=(id) name=(id) { @for m in Match::ALL { option value=(m) selected[*m == chosen] { (m.name().get(lang)) } } }
        }
    }
}

fn kinds(lang: Lang, role: Option<Role>) -> Vec<(&'static str, String)> {
    let clinical = role.is_some_and(|r| CLINICAL.contains(&r));
    let all = Kind::ALL.iter().filter(|k| clinical || !k.is_clinical());
    all.map(|k| (k.as_str(), k.name().get(lang).to_owned())).collect()
}

fn groups(form: &Form<'_>, rows: &Rows, known: &Known, role: Option<Role>) -> Markup {
    let lang = form.lang;
    let several = rows.groups.len() > 1;
    html! {
        @if several { (joins(lang, "join", lang.pick("各组之间", "Between the groups"), rows.join)) }
        @else { input type="hidden" name="join" value=(rows.join); }
        @for (g, group) in rows.groups.iter().enumerate() { (group_box(form, (g, group), known, (several, role))) }
        div class="acts addrow" {
            label class="vh" for="f-group-add" { (lang.pick("新的一组从哪个条件开始", "First condition of another group")) }
            select class="inp" id="f-group-add" name="group-add" { @for (value, text) in kinds(lang, role) { option value=(value) { (text) } } }
            button class="btn sm" type="submit" name="do" value="group" formnovalidate { (icon("plus")) (lang.pick("另加一组", "Add a group")) }
        }
        @if let Some(fault) = form.faults.of("conditions") { p class="fault" id="f-conditions" { (fault.text.get(lang)) } }
    }
}

fn group_box(
    form: &Form<'_>,
    (g, group): (usize, &RowGroup),
    known: &Known,
    (several, role): (bool, Option<Role>),
) -> Markup {
    let lang = form.lang;
    let title = if several {
        lang.pick(format!("第 {} 组", g + 1), format!("Group {}", g + 1))
    } else {
        lang.pick("谁", "Who").to_owned()
    };
    html! {
        fieldset class="sgroup" {
            legend class="lab" { (title) }
            (joins(lang, &format!("g{g}-join"), lang.pick("条件之间", "Between the conditions"), group.join))
            @for (n, row) in group.rows.iter().enumerate() { (condition(form, (g, n), row, known)) }
            div class="acts addrow" {
                label class="vh" for={ "f-g" (g) "-add" } { (lang.pick("要加的条件", "Condition to add")) }
                select class="inp" id={ "f-g" (g) "-add" } name={ "g" (g) "-add" } { @for (value, text) in kinds(lang, role) { option value=(value) { (text) } } }
                button class="btn sm" type="submit" name="do" value={ "add-" (g) } formnovalidate { (icon("plus")) (lang.pick("添加条件", "Add this condition")) }
            }
        }
    }
}

/// A row, as parts of a form whose fields have their whole names.
struct Drawn<'a> {
    form: Form<'a>,
    at: (usize, usize),
}

impl Drawn<'_> {
    fn number(&self, field: &str, label: &str) -> Markup {
        let kind = Field {
            inputmode: "numeric",
            ..Field::default()
        };
        self.form.text(&field_name(self.at, field), label, kind)
    }
    fn text(&self, field: &str, label: &str) -> Markup {
        self.form.text(&field_name(self.at, field), label, Field::default())
    }
    fn date(&self, field: &str, label: &str) -> Markup {
        let kind = Field {
            kind: "date",
            ..Field::default()
        };
        self.form.text(&field_name(self.at, field), label, kind)
    }
    fn choice<V: AsRef<str>, T: AsRef<str>>(&self, field: &str, label: &str, options: &[(V, T)]) -> Markup {
        self.form.select(&field_name(self.at, field), label, options)
    }
    fn service(&self, known: &Known) -> Markup {
        let lang = self.form.lang;
        let mut all = vec![(String::new(), lang.pick("任何项目", "any service").to_owned())];
        all.extend(
            known
                .services
                .iter()
                .map(|s| (s.id.to_string(), s.name_in(lang).to_owned())),
        );
        self.choice("service", lang.pick("项目", "Service"), &all)
    }
    fn provider(&self, known: &Known) -> Markup {
        let lang = self.form.lang;
        let mut all = vec![(String::new(), lang.pick("任何医生", "any provider").to_owned())];
        all.extend(
            known
                .providers
                .iter()
                .map(|p| (p.id.to_string(), p.name_in(lang).to_owned())),
        );
        self.choice("provider", lang.pick("医生", "Provider"), &all)
    }
    fn speciality(&self, known: &Known) -> Markup {
        let lang = self.form.lang;
        let mut all = vec![("", lang.pick("任何专科", "any speciality"))];
        all.extend(known.specialities(lang));
        self.choice("speciality", lang.pick("专科", "Speciality"), &all)
    }
    fn when(&self, ever_too: bool) -> Markup {
        let lang = self.form.lang;
        let mut ways = vec![
            ("within", lang.pick("近…内", "within the last…")),
            ("before", lang.pick("早于…前", "longer ago than…")),
            ("between", lang.pick("日期之间", "between dates")),
        ];
        if ever_too {
            ways.insert(0, ("ever", lang.pick("任何时间", "at any time")));
        }
        let units: Vec<(&str, String)> = Unit::ALL
            .iter()
            .map(|u| (u.as_str(), u.name().get(lang).to_owned()))
            .collect();
        html! {
            (self.choice("when", lang.pick("时间", "When"), &ways))
            div class="rel" { (self.number("n", lang.pick("多少", "How many"))) (self.choice("unit", lang.pick("单位", "Unit"), &units)) }
            div class="abs" { (self.date("from", lang.pick("从", "From"))) (self.date("until", lang.pick("到", "To"))) }
        }
    }
    fn fields(&self, kind: Kind, known: &Known) -> Markup {
        let lang = self.form.lang;
        let words = lang.pick("含有（逗号隔开，任一即可）", "Words (with commas, one is enough)");
        match kind {
            Kind::Visit => html! {
                (self.number("at_least", lang.pick("至少几次", "At least so often"))) (self.service(known)) (self.provider(known)) (self.speciality(known)) (self.when(true))
            },
            Kind::LastVisit => html! { (self.service(known)) (self.provider(known)) (self.when(false)) },
            Kind::Booked => self.service(known),
            Kind::RecallDue => {
                html! { (self.service(known)) (self.number("weeks", lang.pick("逾期至少几周", "Overdue by so many weeks"))) }
            }
            Kind::OpenPlan => {
                html! { (self.service(known)) (self.number("idle_days", lang.pick("停顿至少几天（可空）", "At a stop for so many days (may be empty)"))) }
            }
            Kind::Diagnosis => html! { (self.text("text", words)) (self.when(true)) },
            Kind::Treatment => {
                html! { (self.text("text", words)) (self.text("tooth", lang.pick("牙位（可空）", "Tooth (may be empty)"))) (self.when(true)) }
            }
            Kind::Untreated => html! {
                (self.text("text", lang.pick("诊断含有（逗号隔开）", "Words of the diagnosis")))
                (self.text("treatment", lang.pick("哪种治疗才算（可空：任何治疗）", "Which treatment counts (empty: any)"))) (self.when(true))
            },
            Kind::Age => {
                html! { (self.number("age_from", lang.pick("从几岁", "From"))) (self.number("age_to", lang.pick("到几岁", "To"))) }
            }
            Kind::Registered => self.when(false),
            other => self.of_patient(other),
        }
    }
    /// Of the patient's own row.
    fn of_patient(&self, kind: Kind) -> Markup {
        let lang = self.form.lang;
        match kind {
            Kind::Sex => self.choice(
                "sex",
                lang.pick("性别", "Sex"),
                &Sex::ALL
                    .iter()
                    .map(|s| (s.as_str(), s.name().get(lang).to_owned()))
                    .collect::<Vec<_>>(),
            ),
            Kind::BirthdayMonth => self.choice(
                "month",
                lang.pick("月份", "Month"),
                &(1..=12)
                    .map(|m| (m.to_string(), lang.pick(format!("{m} 月"), m.to_string())))
                    .collect::<Vec<_>>(),
            ),
            Kind::Language => self.choice(
                "language",
                lang.pick("语言", "Language"),
                &[
                    ("zh", lang.pick("中文", "Chinese")),
                    ("en", lang.pick("英文", "English")),
                ],
            ),
            Kind::Reachable => self.choice(
                "by",
                lang.pick("方式", "How"),
                &Reach::ALL
                    .iter()
                    .map(|r| (r.as_str(), r.name(lang)))
                    .collect::<Vec<_>>(),
            ),
            _ => html! {},
        }
    }
}

fn condition(form: &Form<'_>, at: (usize, usize), row: &Row, known: &Known) -> Markup {
    let lang = form.lang;
    let Some(kind) = row.kind() else { return html! {} };
    let whole = Input::from_pairs(
        row.0
            .pairs()
            .map(|(name, value)| (field_name(at, name), value.to_owned())),
    );
    let drawn = Drawn {
        form: Form {
            lang,
            input: &whole,
            faults: form.faults,
        },
        at,
    };
    let name = kind.name();
    let truth = [
        ("", lang.pick("是", "holds")),
        ("1", lang.pick("不是", "does not hold")),
    ];
    let field = field_name(at, "field");
    html! {
        div class="cond" role="group" aria-label=(name.get(lang)) {
            input type="hidden" name=(field) value=(kind);
            b id={ "f-" (field) } { (name.get(lang)) }
            @if let Some(fault) = form.faults.of(&field) { p class="fault" { (fault.text.get(lang)) } }
            div class="cfields" {
                (drawn.choice("not", lang.pick("成立", "This"), &truth))
                (drawn.fields(kind, known))
            }
            button class="btn sm quiet" type="submit" name="do" value={ "drop-" (at.0) "-" (at.1) } formnovalidate { (icon("trash-2")) (lang.pick("删去", "Take away")) span class="vh" { (lang.pick("：", ": ")) (name.get(lang)) } }
        }
    }
}
