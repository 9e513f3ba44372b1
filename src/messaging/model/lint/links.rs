//! Links that are blocked, that anybody on the way can read, or that lead away from the clinic.

use super::{House, Lint, Written, fields, literal};
use crate::messaging::model::Carrier;

/// What ends a link in a text.
fn ends(c: char) -> bool {
    c.is_whitespace() || !c.is_ascii() || "\"'<>(){}\u{1}".contains(c)
}

/// A link that stands in a text: its scheme, if it has one, and its host in small letters.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    scheme: String,
    host: String,
}

/// The links of a text: what has a scheme, and what begins as an address without one.
fn links(text: &str, shorteners: &[String]) -> Vec<Link> {
    let mut found = Vec::new();
    for word in text.split(ends).filter(|w| !w.is_empty()) {
        let lower = word.to_lowercase();
        let (scheme, rest) = match lower.split_once("://") {
            Some((before, rest)) => {
                let scheme = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
                (scheme.to_owned(), rest)
            }
            None => (
                String::new(),
                lower.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()),
            ),
        };
        let host = rest.split(['/', '?', '#', ':', ',', ';']).next().unwrap_or("");
        let host = host.trim_end_matches('.').to_owned();
        let bare = host.starts_with("www.") || shorteners.contains(&host);
        if !host.is_empty() && (!scheme.is_empty() || bare) {
            found.push(Link { scheme, host });
        }
    }
    found
}

pub(super) fn lint(house: &House, of: &Written<'_>) -> Vec<Lint> {
    let mut found = Vec::new();
    for (field, source) in fields(of) {
        for link in links(&literal(source), &house.texts.shorteners) {
            let host = &link.host;
            found.extend(if house.texts.shorteners.contains(host) {
                Some(Lint::fault(
                    field,
                    format!("短链接“{host}”会被运营商拦截，请用 {{{{ link }}}} 或完整的网址"),
                    format!("Carriers block the short link \"{host}\": use {{{{ link }}}} or the whole address"),
                ))
            } else if link.scheme == "http" && !(house.bare && *host == house.host) {
                Some(Lint::fault(
                    field,
                    format!("“http://{host}”没有加密，请用 https://"),
                    format!("\"http://{host}\" is not encrypted: use https://"),
                ))
            } else if *host != house.host {
                Some(Lint::when(
                    of.carrier == Carrier::Sms,
                    field,
                    format!("“{host}”不是诊所的网址（{}）", house.host),
                    format!("\"{host}\" is not the clinic's own address ({})", house.host),
                ))
            } else {
                None
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, house};
    use super::*;
    use crate::messaging::model::Purpose;
    use crate::platform::i18n::Lang;

    #[test]
    fn only_the_clinics_own_links_may_stand() {
        let cn = house("CN");
        for (link, says) in [
            ("https://t.cn/Abc", Some("short link")),
            ("bit.ly/x", Some("short link")),
            ("http://clinic.example/a", Some("not encrypted")),
            ("https://other.example/a", Some("not the clinic's own")),
            ("www.other.example", Some("not the clinic's own")),
            ("https://CLINIC.example/a", None),
            ("{{ link }}", None),
            ("8:30-17:00", None),
            ("3.5", None),
        ] {
            let list = found(
                &cn,
                Purpose::Change,
                Lang::Zh,
                &format!("【{{{{ clinic }}}}】{{{{ time }}}}看{link}，好"),
            );
            match says {
                Some(says) => assert!(list.iter().any(|(f, en)| *f && en.contains(says)), "{link} {list:?}"),
                None => assert!(list.is_empty(), "{link} {list:?}"),
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn a_host_is_found_whatever_is_around_it(before in "[甲乙， ]{0,4}", path in "(/[a-z]{0,4})?", after in "([甲乙， ].{0,4})?") {
            let text = format!("{before}https://a.example{path}{after}");
            let list = links(&text, &[]);
            proptest::prop_assert!(list.iter().any(|l| l.host == "a.example" && l.scheme == "https"), "{text} {list:?}");
        }
    }
}
