//! Forms: reading what was typed, keeping it when something is wrong, and the parts a form is drawn with.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use maud::{Markup, PreEscaped, html};

use super::super::db::storable;
use super::super::error::{Error, FieldError, Result};
use super::super::i18n::{Lang, Text};
use super::typed::too_large_or;
use super::unsent::Unsent;

/// What somebody typed, as text, so that a form can be shown again with nothing lost.
#[derive(Debug, Clone, Default)]
pub struct Input {
    pairs: Vec<(String, String)>,
}

impl Input {
    /// From name-value pairs. PostgreSQL keeps no NUL in a text: here it is left out, and a form that was sent with one is
    /// shown again (`unsent`).
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Input {
        Input {
            pairs: pairs
                .into_iter()
                .map(|(n, v)| (n.into(), storable(&v.into())))
                .collect(),
        }
    }
    /// The first value of a field without surrounding space; empty if there is none.
    pub fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }
    /// All values of a repeated field, in order.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.pairs
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, v)| v.trim())
            .collect()
    }
    /// Every name and value, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(n, v)| (n.as_str(), v.trim()))
    }
    /// Whether a checkbox was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.pairs.iter().any(|(n, _)| n == name)
    }
    /// Sets a field, replacing what it had.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.pairs.retain(|(n, _)| n != name);
        self.pairs.push((name.to_owned(), value.into()));
    }
    /// Takes a field out, as an unticked box would.
    pub fn untick(&mut self, name: &str) {
        self.pairs.retain(|(n, _)| n != name);
    }
    /// A field parsed as `T`: `None` when empty; a fault when it cannot be read.
    pub fn parse<T: std::str::FromStr>(&self, name: &str, faults: &mut Faults) -> Option<T> {
        match self.get(name) {
            "" => None,
            text => match text.parse() {
                Ok(value) => Some(value),
                Err(_) => {
                    faults.add(name, "invalid", "格式不对", "This cannot be read");
                    None
                }
            },
        }
    }
    /// [`Input::parse`], and a fault when empty.
    pub fn need<T: std::str::FromStr>(&self, name: &str, faults: &mut Faults) -> Option<T> {
        if self.get(name).is_empty() {
            faults.require(name);
        }
        self.parse(name, faults)
    }
}

impl FromRequest for Input {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Input>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = web::Form::<Vec<(String, String)>>::from_request(req, payload);
        let req = req.clone();
        Box::pin(async move {
            let unreadable = || Error::BadRequest(Text::new("表单无法读取", "The form cannot be read"));
            let pairs = form.await.map_err(too_large_or(unreadable))?.into_inner();
            kept(&req, pairs, None)
        })
    }
}

/// What was typed, if all of it can be kept; else the form is shown again. `files`: of a form with files, the fields in which
/// one was chosen.
pub(super) fn kept(req: &HttpRequest, pairs: Vec<(String, String)>, files: Option<Vec<String>>) -> Result<Input> {
    let mut faults = Faults::default();
    for (name, _) in pairs.iter().filter(|(_, v)| v.contains('\0')) {
        faults.add(
            name,
            "nul",
            "含有不可见的控制字符（NUL），已去掉；请检查后再提交",
            "Had an invisible control character (NUL), which was taken out: please check it and send it again",
        );
    }
    let input = Input::from_pairs(pairs);
    if faults.0.is_empty() {
        return Ok(input);
    }
    req.extensions_mut().insert(Unsent {
        input,
        faults: faults.clone(),
        files,
    });
    Err(Error::Invalid(faults.0))
}

/// Faults found in an input, collected so that all are shown at once.
#[derive(Debug, Clone, Default)]
pub struct Faults(pub Vec<FieldError>);

impl Faults {
    /// Notes a fault of `field`.
    pub fn add(&mut self, field: &str, code: &'static str, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push(FieldError::new(field, code, zh, en));
    }
    /// Notes that `field` is needed.
    pub fn require(&mut self, field: &str) {
        self.0.push(FieldError::required(field));
    }
    /// `Err` if there are any.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.0))
        }
    }
    /// The faults inside an error, or the error itself when it is of another kind.
    pub fn from_error(e: Error) -> Result<Faults> {
        match e {
            Error::Invalid(list) => Ok(Faults(list)),
            other => Err(other),
        }
    }
    /// The first fault of `field`.
    pub fn of(&self, field: &str) -> Option<&FieldError> {
        self.0.iter().find(|f| f.field == field)
    }
}

/// What every part of a form needs to draw itself.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    /// The reader's language.
    pub lang: Lang,
    /// What was typed, or the stored values.
    pub input: &'a Input,
    /// What is wrong with it.
    pub faults: &'a Faults,
}

/// How a single-line field is typed in.
#[derive(Clone, Copy, Default)]
pub struct Kind {
    /// `type=` of the input; empty: text.
    pub kind: &'static str,
    /// Whether the browser insists on a value, too.
    pub required: bool,
    /// `autocomplete=`; empty: off.
    pub autocomplete: &'static str,
    /// `inputmode=`; empty: none.
    pub inputmode: &'static str,
}

impl Form<'_> {
    /// The fault under a field, which the field names by `aria-describedby`.
    pub fn fault(&self, name: &str) -> Markup {
        html! { @if let Some(f) = self.faults.of(name) { p class="fault" id={ "f-" (name) "-e" } { (f.text.get(self.lang)) } } }
    }
    fn describedby(&self, name: &str) -> Option<String> {
        self.faults.of(name).map(|_| format!("f-{name}-e"))
    }
    fn invalid(&self, name: &str) -> Option<&'static str> {
        self.faults.of(name).map(|_| "true")
    }
    /// A single-line field.
    pub fn text(&self, name: &str, label: &str, kind: Kind) -> Markup {
        let type_ = if kind.kind.is_empty() { "text" } else { kind.kind };
        let auto = if kind.autocomplete.is_empty() {
            "off"
        } else {
            kind.autocomplete
        };
        let mode = (!kind.inputmode.is_empty()).then_some(kind.inputmode);
        html! {
            div class="field" {
                label for={ "f-" (name) } { (label) @if kind.required { span class="req" aria-hidden="true" { "*" } } }
                input class="inp" id={ "f-" (name) } name=(name) type=(type_) value=(self.input.get(name)) autocomplete=(auto)
                    inputmode=[mode] required[kind.required] aria-invalid=[self.invalid(name)] aria-describedby=[self.describedby(name)];
                (self.fault(name))
            }
        }
    }
    /// A field of several lines.
    pub fn area(&self, name: &str, label: &str, rows: u8) -> Markup {
        html! {
            div class="field" {
                label for={ "f-" (name) } { (label) }
                textarea class="inp" id={ "f-" (name) } name=(name) rows=(rows) aria-invalid=[self.invalid(name)]
                    aria-describedby=[self.describedby(name)] { (self.input.get(name)) }
                (self.fault(name))
            }
        }
    }
    /// A choice of one: (value, text) pairs.
    pub fn select<V: AsRef<str>, T: AsRef<str>>(&self, name: &str, label: &str, options: &[(V, T)]) -> Markup {
        html! {
            div class="field" {
                label for={ "f-" (name) } { (label) }
                select class="inp" id={ "f-" (name) } name=(name) aria-invalid=[self.invalid(name)] aria-describedby=[self.describedby(name)] {
                    @for (value, text) in options {
                        option value=(value.as_ref()) selected[value.as_ref() == self.input.get(name)] { (text.as_ref()) }
                    }
                }
                (self.fault(name))
            }
        }
    }
    /// A choice of one out of named groups of (value, text) pairs.
    pub fn grouped<T: AsRef<str>>(&self, name: &str, label: &str, groups: &[(&str, Vec<(&str, T)>)]) -> Markup {
        // Of a value that stands in two groups, the first is the chosen one.
        let chosen = self.input.get(name);
        let group = groups
            .iter()
            .position(|(_, list)| list.iter().any(|(v, _)| *v == chosen));
        html! {
            div class="field" {
                label for={ "f-" (name) } { (label) }
                select class="inp" id={ "f-" (name) } name=(name) aria-invalid=[self.invalid(name)] aria-describedby=[self.describedby(name)] {
                    @for (i, (title, list)) in groups.iter().enumerate() {
                        optgroup label=(title) {
                            @for (value, text) in list {
                                option value=(value) selected[group == Some(i) && *value == chosen] { (text.as_ref()) }
                            }
                        }
                    }
                }
                (self.fault(name))
            }
        }
    }
    /// A tick box.
    pub fn tick(&self, name: &str, label: &str) -> Markup {
        html! {
            label class="check" for={ "f-" (name) } {
                input type="checkbox" id={ "f-" (name) } name=(name) value="1" checked[self.input.ticked(name)] aria-invalid=[self.invalid(name)] aria-describedby=[self.describedby(name)];
                " " (label)
            }
            (self.fault(name))
        }
    }
    /// One line above the form when anything is wrong; takes the focus so that screen readers say it. Each fault leads to
    /// its field, whose label `name_faults` puts before it.
    pub fn summary(&self) -> Markup {
        self.told(self.lang.pick("还不能保存：", "Not saved yet:"))
    }
    /// The same above a form that sends something.
    pub fn not_sent(&self) -> Markup {
        self.told(self.lang.pick("还没有发送：", "Not sent:"))
    }
    fn told(&self, what: &str) -> Markup {
        html! {
            @if !self.faults.0.is_empty() {
                div class="banner bad" role="alert" tabindex="-1" autofocus {
                    (super::icon("triangle-alert"))
                    div {
                        b { (what) }
                        ul { @for f in &self.faults.0 { li { a href={ "#f-" (f.field) } { (label_mark(&f.field)) (f.text.get(self.lang)) } } } }
                    }
                }
            }
        }
    }
}

const MARK: &str = "<!--label ";
const MARK_END: &str = "-->";

/// Stands where the label of a field belongs, until the whole page is there to find it in.
fn label_mark(field: &str) -> PreEscaped<String> {
    let plain = field
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    PreEscaped(if plain {
        format!("{MARK}f-{field}{MARK_END}")
    } else {
        String::new()
    })
}

/// Puts the labels of the fields into the summaries of a page: a summary is drawn before its fields are, and "from 0 to 120"
/// says little without a name.
pub(super) fn name_faults(page: Markup, lang: Lang) -> Markup {
    let page = page.into_string();
    if !page.contains(MARK) {
        return PreEscaped(page);
    }
    let mut parts = page.split(MARK);
    let mut named = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (id, rest) = part.split_once(MARK_END).unwrap_or(("", part));
        if let Some(label) = label_of(&page, id) {
            named.push_str("<b>");
            named.push_str(label);
            named.push_str("</b>");
            named.push_str(lang.pick("：", ": "));
        }
        named.push_str(rest);
    }
    PreEscaped(named)
}

/// The text of a field's label, or the legend of a group, as it stands in the page.
fn label_of<'p>(page: &'p str, id: &str) -> Option<&'p str> {
    let label = page.split_once(&format!(" for=\"{id}\">")).map(|(_, rest)| rest);
    let legend = || {
        let (_, rest) = page.split_once(&format!(" id=\"{id}\""))?;
        rest.split_once('>')?.1.strip_prefix("<legend class=\"lab\">")
    };
    let mut text = label.or_else(legend)?.trim_start();
    while let Some(tag) = text.strip_prefix('<').filter(|t| !t.starts_with('/')) {
        text = tag.split_once('>')?.1.trim_start();
    }
    let text = text.split('<').next()?.trim();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_the_field_of_each_fault_and_leads_to_it() {
        let mut faults = Faults::default();
        faults.add("minutes", "out_of_range", "5 到 480", "From 5 to 480");
        faults.add("active", "in_use", "在用", "In use");
        faults.add("who", "invalid", "没有", "Gone");
        faults.add("odd\"<field", "invalid", "怪", "Odd");
        let input = Input::default();
        let form = Form {
            lang: Lang::En,
            input: &input,
            faults: &faults,
        };
        let page = html! {
            (form.summary())
            (form.text("minutes", "Minutes & more", Kind { required: true, ..Kind::default() }))
            (form.tick("active", "Takes bookings"))
            fieldset id="f-who" { legend class="lab" { "Who does it" } }
        };
        let page = name_faults(page, Lang::En).into_string();
        for part in [
            "<a href=\"#f-minutes\"><b>Minutes &amp; more</b>: From 5 to 480</a>",
            "<a href=\"#f-active\"><b>Takes bookings</b>: In use</a>",
            "<a href=\"#f-who\"><b>Who does it</b>: Gone</a>",
            ">Odd</a>",
            "id=\"f-active\"",
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(!page.contains("<!--"), "{page}");
    }
}
