//! Where a form may ask to be led afterwards: to a page of ours, and nowhere else.

/// `path` only when it leads to a page of ours. Browsers leave out tabs and line ends of a URL and read `\` as `/`: what holds
/// one of them may lead elsewhere.
pub fn own_path(path: &str) -> Option<&str> {
    let odd = |c: char| c.is_control() || c == '\\';
    (path.starts_with('/') && !path.contains("//") && !path.contains(odd)).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn only_a_page_of_ours_is_gone_to() {
        for ours in ["/", "/patients/7", "/day?date=2026-11-23", "/patients?q=%E5%AD%99"] {
            assert_eq!(own_path(ours), Some(ours));
        }
        for not in [
            "",
            "evil.example",
            "//evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r\n/evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\u{0}/evil.example",
            "/\u{85}/evil.example",
            "/.//evil.example",
            "https://evil.example",
        ] {
            assert_eq!(own_path(not), None, "{not:?}");
        }
    }
}
