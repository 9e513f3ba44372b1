//! Forms: reading what was typed, keeping it when something is wrong, and the parts a form is drawn with.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use maud::{Markup, html};

use super::super::error::{Error, FieldError, Result};
use super::super::i18n::{Lang, Text};

/// What somebody typed, as text, so that a form can be shown again with nothing lost.
#[derive(Debug, Clone, Default)]
pub struct Input {
    pairs: Vec<(String, String)>,
}

impl Input {
    /// From name-value pairs (prefilled forms, tests).
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Input {
        Input {
            pairs: pairs.into_iter().map(|(n, v)| (n.into(), v.into())).collect(),
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
        Box::pin(async move {
            let pairs = form
                .await
                .map_err(|_unreadable| Error::BadRequest(Text::new("表单无法读取", "The form cannot be read")))?;
            Ok(Input {
                pairs: pairs.into_inner(),
            })
        })
    }
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
    /// A tick box.
    pub fn tick(&self, name: &str, label: &str) -> Markup {
        html! {
            label class="check" { input type="checkbox" name=(name) value="1" checked[self.input.ticked(name)]; " " (label) }
            (self.fault(name))
        }
    }
    /// One line above the form when anything is wrong; takes the focus so that screen readers say it.
    pub fn summary(&self) -> Markup {
        html! {
            @if !self.faults.0.is_empty() {
                div class="banner bad" role="alert" tabindex="-1" autofocus {
                    (super::icon("triangle-alert"))
                    div {
                        b { (self.lang.pick("还不能保存：", "Not saved yet:")) }
                        ul { @for f in &self.faults.0 { li { a href={ "#f-" (f.field) } { (f.text.get(self.lang)) } } } }
                    }
                }
            }
        }
    }
}
