//! An email as it reads: the text with what belongs at its foot, and the same as HTML in the clinic's look.
//!
//! Mail programs are not browsers: Outlook for Windows draws tables and little else, many leave out the style sheet, some
//! recolour what is light when they are dark. So everything stands in attributes and would do without the sheet, which only
//! adds the narrow screen and colours of our own for the dark. Nothing is loaded from anywhere.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::platform::i18n::Lang;

const FONT: &str =
    "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI','PingFang SC','Microsoft YaHei',Arial,sans-serif";
/// How much of a text a list of mails shows beside the subject, in characters.
const PREVIEW_MAX: usize = 100;

/// Where a style sheet is read: no wider than the screen, and dark in the dark.
const SHEET: &str = "\
:root{color-scheme:light dark;supported-color-schemes:light dark}\
@media (max-width:600px){.outer{padding:0!important}.sheet{border-radius:0!important;border-left:0!important;border-right:0!important}\
.in{padding-left:20px!important;padding-right:20px!important}.btn,.btn a{display:block!important;text-align:center!important}}\
@media (prefers-color-scheme:dark){.back{background:#0f181d!important}.sheet{background:#17242b!important;border-color:#2b3d46!important}\
.t{color:#e6eef1!important}.soft,.soft a{color:#a9bac2!important}.name,.t a{color:#6fd0cb!important}.rule{border-color:#2b3d46!important}\
.btn,.btn a{background:#0b6b69!important;color:#ffffff!important}}";

/// An email to a patient.
#[derive(Debug, Clone)]
pub struct Letter {
    /// In which language.
    pub lang: Lang,
    /// The clinic's name.
    pub clinic: String,
    /// Where it is; may be empty.
    pub address: String,
    /// Its telephone; may be empty.
    pub phone: String,
    /// Subject line.
    pub title: String,
    /// The text, paragraphs parted by empty lines.
    pub text: String,
    /// Where no more of this kind is wanted, if it may be refused.
    pub unsubscribe: Option<String>,
}

impl Letter {
    /// For readers without HTML, and what is kept: the text, and the way out.
    pub fn plain(&self) -> String {
        match &self.unsubscribe {
            None => self.text.clone(),
            Some(url) => format!(
                "{}\n\n{}\n{url}",
                self.text,
                self.lang
                    .pick("不想再收到这类邮件？退订：", "No more mail like this? Unsubscribe:")
            ),
        }
    }

    /// For the others. Everything is escaped; addresses on a line of their own become buttons.
    pub fn html(&self) -> String {
        html! {
            (DOCTYPE)
            html lang=(self.lang.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width,initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="supported-color-schemes" content="light dark";
                    title { (self.title) }
                    style { (PreEscaped(SHEET)) }
                }
                body class="back" style="margin:0;padding:0;background:#f2f5f6" {
                    div style="display:none;max-height:0;overflow:hidden" { (self.preview()) }
                    (table("100%", "back", "background:#f2f5f6", html! {
                        tr { td class="outer" align="center" style="padding:24px 12px" { (self.sheet()) } }
                    }))
                }
            }
        }
        .into_string()
    }

    fn sheet(&self) -> Markup {
        let style =
            "max-width:600px;background:#ffffff;border:1px solid #dde5e8;border-radius:12px;border-collapse:separate";
        table(
            "100%",
            "sheet",
            style,
            html! {
                tr { td class="in name" style={ (FONT) ";padding:24px 32px 0;font-size:18px;font-weight:bold;color:#0b6b69" } { (self.clinic) } }
                tr { td class="in t" style={ (FONT) ";padding:16px 32px 12px;font-size:16px;line-height:1.6;color:#13222a" } { (self.body()) } }
                tr { td class="in" style="padding:0 32px 24px" { (self.foot()) } }
            },
        )
    }

    /// What a list of mails shows: the text without its addresses.
    fn preview(&self) -> String {
        let words = self.text.lines().filter(|line| !is_address(line));
        words.collect::<Vec<_>>().join(" ").chars().take(PREVIEW_MAX).collect()
    }

    fn body(&self) -> Markup {
        let mut button_is_there = false;
        let mut paragraphs: Vec<&str> = self.text.split("\n\n").filter(|p| !p.trim().is_empty()).collect();
        while paragraphs.pop_if(|last| self.is_at_foot(last)).is_some() {}
        let parts: Vec<Part<'_>> = paragraphs
            .into_iter()
            .flat_map(|paragraph| split(paragraph, &mut button_is_there))
            .collect();
        html! {
            @for part in &parts {
                @match part {
                    Part::Lines(lines) => p style="margin:0 0 16px" {
                        @for (i, line) in lines.iter().enumerate() {
                            @if i > 0 { br; }
                            @if is_address(line) { a href=(line.trim()) style="color:#0b6b69;word-break:break-all" { (line.trim()) } } @else { (line) }
                        }
                    },
                    Part::Button { label, url } => (self.button(label, url)),
                }
            }
        }
    }

    /// Whether a paragraph at the end says nothing but what stands at the foot of the sheet anyway: the clinic's name or telephone.
    fn is_at_foot(&self, paragraph: &str) -> bool {
        let paragraph = paragraph.trim();
        let label = |zh: &str| paragraph.strip_prefix(zh).map(str::trim);
        paragraph == self.clinic || [label("电话："), label("Phone:")].contains(&Some(self.phone.as_str()))
    }

    fn button(&self, label: &str, url: &str) -> Markup {
        let label = match label.trim_end_matches(['：', ':', ' ']) {
            "" => self.lang.pick("打开链接", "Open the link"),
            label => label,
        };
        let cell = "background:#0b6b69;border-radius:10px";
        let link = "display:inline-block;padding:14px 28px;font-size:16px;font-weight:bold;line-height:1.3;color:#ffffff;text-decoration:none;border-radius:10px;background:#0b6b69";
        html! {
            table role="presentation" cellspacing="0" cellpadding="0" border="0" style="margin:4px 0 8px" {
                tr { td class="btn" bgcolor="#0b6b69" style=(cell) { a href=(url) style={ (FONT) ";" (link) } { (label) } } }
            }
            p class="soft" style="margin:0 0 16px;font-size:12px;line-height:1.5;color:#52646e;word-break:break-all" { (url) }
        }
    }

    /// Who writes, how to reach them, and the way out.
    fn foot(&self) -> Markup {
        let dial: String = self.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        html! {
            div class="soft rule" style={ (FONT) ";border-top:1px solid #dde5e8;padding-top:16px;font-size:13px;line-height:1.6;color:#52646e" } {
                b { (self.clinic) }
                @if !self.address.is_empty() { br; (self.address) }
                @if !dial.is_empty() { br; (self.lang.pick("电话：", "Phone: ")) a href={ "tel:" (dial) } style="color:#52646e" { (self.phone) } }
                @if let Some(url) = &self.unsubscribe {
                    br; br;
                    (self.lang.pick("不想再收到这类邮件？", "No more mail like this? "))
                    a href=(url) style="color:#52646e" { (self.lang.pick("退订", "Unsubscribe")) }
                }
            }
        }
    }
}

fn table(width: &str, class: &str, style: &str, rows: Markup) -> Markup {
    html! {
        table role="presentation" class=(class) width=(width) cellspacing="0" cellpadding="0" border="0" style=(style) { (rows) }
    }
}

/// A piece of a text.
enum Part<'t> {
    Lines(Vec<&'t str>),
    /// A link, and the words before it.
    Button {
        label: &'t str,
        url: &'t str,
    },
}

fn is_address(line: &str) -> bool {
    let line = line.trim();
    (line.starts_with("http://") || line.starts_with("https://")) && !line.contains(char::is_whitespace)
}

/// A paragraph with its first address as a button. The line before it is what the button says when it ends with a colon; one
/// without such a line is a button when it is the first of all.
fn split<'t>(paragraph: &'t str, button_is_there: &mut bool) -> Vec<Part<'t>> {
    let lines: Vec<&str> = paragraph.lines().collect();
    let Some(at) = lines.iter().position(|line| is_address(line)) else {
        return vec![Part::Lines(lines)];
    };
    let (before, rest) = lines.split_at(at);
    let label = before.last().filter(|line| line.trim_end().ends_with(['：', ':']));
    if *button_is_there && label.is_none() {
        return vec![Part::Lines(lines)];
    }
    *button_is_there = true;
    let told = before.len() - usize::from(label.is_some());
    let url = rest.first().map(|line| line.trim()).unwrap_or_default();
    let mut parts = vec![
        Part::Lines(before.iter().take(told).copied().collect()),
        Part::Button {
            label: label.copied().unwrap_or_default(),
            url,
        },
        Part::Lines(rest.iter().skip(1).copied().collect()),
    ];
    parts.retain(|part| !matches!(part, Part::Lines(lines) if lines.is_empty()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(text: &str) -> Letter {
        Letter {
            lang: Lang::En,
            clinic: "A & B".into(),
            address: "1 <High> Street".into(),
            phone: "+44 20 7946 0018".into(),
            title: "t".into(),
            text: text.into(),
            unsubscribe: None,
        }
    }

    #[test]
    fn what_is_in_a_text_stays_text() {
        let page = letter("Dear <script>alert(1)</script>\nhttps://x.example/?a=1&b=2\n\nBye").html();
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"));
        assert!(page.contains(r#"href="https://x.example/?a=1&amp;b=2""#), "{page}");
        assert!(page.contains("A &amp; B") && page.contains("1 &lt;High&gt; Street"));
        assert!(page.contains(r#"href="tel:+442079460018""#), "{page}");
        for loads in ["src=", "url(", "@import", "<link", "<script", "<img"] {
            assert!(!page.contains(loads), "{loads}");
        }
    }

    #[test]
    fn links_are_buttons_that_say_what_they_do() {
        let page = letter("Dear Wei,\n\nConfirm or move it:\nhttps://x.example/1\n\nWei 09:30:\nhttps://x.example/2\n\nMore\nhttps://x.example/3").html();
        assert_eq!(page.matches("class=\"btn\"").count(), 2);
        assert!(page.contains(">Confirm or move it</a>"), "{page}");
        assert!(page.contains(">Wei 09:30</a>"), "{page}");
        assert!(page.contains("More<br>"), "{page}");
        let alone = letter("Open it by ten:\n\nhttps://x.example/1").html();
        assert!(
            alone.contains(">Open the link</a>") && alone.contains("Open it by ten:"),
            "{alone}"
        );
        assert!(
            !letter("Dear Wei,\n\nhttps://x.example/1 is our page")
                .html()
                .contains("class=\"btn\"")
        );
    }

    #[test]
    fn who_writes_is_told_once_on_the_sheet() {
        let page = letter("Dear Wei,\n\nSee you.\n\nPhone: +44 20 7946 0018\n\nA & B").html();
        let sheet = page.split("class=\"sheet\"").nth(1).unwrap_or_default();
        let count = |what: &str| sheet.matches(what).count();
        // The name at the head and the foot.
        assert_eq!((count("A &amp; B"), count("7946 0018")), (2, 1), "{page}");
        assert!(letter("A & B\n\nSee you.").html().contains("See you."));
    }

    #[test]
    fn the_way_out_is_at_the_foot_of_both() {
        let mut refusable = letter("Happy birthday!");
        assert_eq!(refusable.plain(), "Happy birthday!");
        assert!(!refusable.html().contains("Unsubscribe"));
        refusable.unsubscribe = Some("https://x.example/u/A".into());
        assert!(refusable.plain().ends_with("Unsubscribe:\nhttps://x.example/u/A"));
        assert!(refusable.html().contains(r#"<a href="https://x.example/u/A""#));
    }
}
