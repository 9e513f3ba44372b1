//! How many parts a text message takes (3GPP TS 23.038 and 23.040): 160 characters of the GSM alphabet or 70 UTF-16 units in
//! one part, 153 or 67 in each of several. Characters of the extension table count twice, and neither such a pair nor a
//! surrogate pair is split over two parts.

/// The GSM 7-bit default alphabet without its escape.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension table.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// How a text is coded on the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// GSM 7-bit.
    Gsm,
    /// UCS-2: any character outside the GSM alphabet makes the whole text so.
    Ucs2,
}

/// The size of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How it is coded.
    pub coding: Coding,
    /// Characters as people count them.
    pub characters: usize,
    /// Units of the coding: septets or UTF-16 units.
    pub units: usize,
    /// Parts it is sent and billed as; 0 for no text.
    pub parts: i32,
}

fn septets(c: char) -> Option<usize> {
    if BASIC.contains(c) {
        Some(1)
    } else if EXTENDED.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// The first character that does not fit the GSM alphabet and so more than halves what fits in a part.
pub fn first_beyond_gsm(text: &str) -> Option<char> {
    text.chars().find(|c| septets(*c).is_none())
}

/// Measures a text.
pub fn measure(text: &str) -> Size {
    let (coding, single, each) = match first_beyond_gsm(text) {
        None => (Coding::Gsm, 160, 153),
        Some(_) => (Coding::Ucs2, 70, 67),
    };
    let unit = |c: char| match coding {
        Coding::Gsm => septets(c).unwrap_or(1),
        Coding::Ucs2 => c.len_utf16(),
    };
    let units: usize = text.chars().map(unit).sum();
    let parts = if units == 0 {
        0
    } else if units <= single {
        1
    } else {
        let (mut parts, mut left) = (1, each);
        for c in text.chars() {
            let size = unit(c);
            if size > left {
                parts += 1;
                left = each;
            }
            left -= size;
        }
        parts
    };
    Size {
        coding,
        characters: text.chars().count(),
        units,
        parts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_edges() {
        for (text, coding, units, parts) in [
            (String::new(), Coding::Gsm, 0, 0),
            ("a".repeat(160), Coding::Gsm, 160, 1),
            ("a".repeat(161), Coding::Gsm, 161, 2),
            ("a".repeat(306), Coding::Gsm, 306, 2),
            ("a".repeat(307), Coding::Gsm, 307, 3),
            (format!("{}€", "a".repeat(158)), Coding::Gsm, 160, 1),
            (format!("{}€", "a".repeat(159)), Coding::Gsm, 161, 2),
            // The pair would be split after 152: it moves to the next part.
            (format!("{}€{}", "a".repeat(152), "a".repeat(152)), Coding::Gsm, 306, 3),
            ("齿".repeat(70), Coding::Ucs2, 70, 1),
            ("齿".repeat(71), Coding::Ucs2, 71, 2),
            ("齿".repeat(134), Coding::Ucs2, 134, 2),
            ("齿".repeat(135), Coding::Ucs2, 135, 3),
            ("😀".repeat(35), Coding::Ucs2, 70, 1),
            // 67 units hold 33 pairs.
            ("😀".repeat(67), Coding::Ucs2, 134, 3),
            (format!("{}’", "a".repeat(69)), Coding::Ucs2, 70, 1),
            ("`".into(), Coding::Ucs2, 1, 1),
        ] {
            let size = measure(&text);
            assert_eq!(
                (size.coding, size.units, size.parts),
                (coding, units, parts),
                "{text:?}"
            );
        }
        assert_eq!(BASIC.chars().count(), 127);
        assert_eq!(first_beyond_gsm("it’s"), Some('’'));
    }

    proptest::proptest! {
        /// Cutting the text greedily into parts gives as many as were counted, and nothing is lost.
        #[test]
        fn as_many_parts_as_a_cutter_needs(text in "[ -~€Ωé齿😀]{0,400}") {
            let size = measure(&text);
            let (single, each) = if size.coding == Coding::Gsm { (160, 153) } else { (70, 67) };
            let weight = |c: char| match size.coding {
                Coding::Gsm => if EXTENDED.contains(c) { 2 } else { 1 },
                Coding::Ucs2 => c.len_utf16(),
            };
            let total: usize = text.chars().map(weight).sum();
            proptest::prop_assert_eq!(total, size.units);
            let mut parts: Vec<String> = Vec::new();
            if total <= single {
                if total > 0 { parts.push(text.clone()); }
            } else {
                for c in text.chars() {
                    let fits = parts.last().is_some_and(|p| p.chars().map(weight).sum::<usize>() + weight(c) <= each);
                    if !fits { parts.push(String::new()); }
                    parts.last_mut().unwrap().push(c);
                }
            }
            proptest::prop_assert_eq!(parts.concat(), text);
            proptest::prop_assert_eq!(i32::try_from(parts.len()).unwrap(), size.parts);
        }
    }
}
