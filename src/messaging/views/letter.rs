//! The HTML side of an email: one column, the clinic's name, the text, nothing loaded from anywhere.

use maud::{DOCTYPE, Markup, html};

use crate::platform::i18n::Lang;

/// A mail's text as HTML. Everything is escaped; addresses on a line of their own become links.
pub fn letter(lang: Lang, clinic: &str, title: &str, text: &str) -> String {
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (title) }
            }
            body style="margin:0;padding:24px;background:#f2f5f6;color:#13222a;font:16px/1.6 -apple-system,'PingFang SC','Microsoft YaHei',Arial,sans-serif" {
                div style="max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border:1px solid #dde5e8;border-radius:10px" {
                    p style="margin:0 0 16px;color:#0b6b69;font-weight:bold" { (clinic) }
                    (paragraphs(text))
                }
            }
        }
    }
    .into_string()
}

fn paragraphs(text: &str) -> Markup {
    html! {
        @for paragraph in text.split("\n\n") {
            p style="margin:0 0 16px" {
                @for (i, line) in paragraph.lines().enumerate() {
                    @if i > 0 { br; }
                    @if line.starts_with("http://") || line.starts_with("https://") {
                        a href=(line.trim()) style="color:#0b6b69" { (line) }
                    } @else { (line) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_text_stays_text() {
        let page = letter(
            Lang::En,
            "A & B",
            "t",
            "Dear <script>alert(1)</script>\nhttps://x.example/?a=1&b=2\n\nBye",
        );
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"));
        assert!(page.contains(r#"href="https://x.example/?a=1&amp;b=2""#), "{page}");
        assert!(page.contains("A &amp; B"));
    }
}
