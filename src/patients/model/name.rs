//! Names, and the keys by which they are found: folded text and pinyin initials.

use pinyin::ToPinyin;
use unicode_normalization::UnicodeNormalization;

/// Longest name, in characters.
pub const NAME_MAX: usize = 60;

/// Surnames of one character whose reading as a surname differs from the usual one (or from the dictionary's first).
const SURNAMES: &[(char, &str)] = &[
    ('曾', "zeng"),
    ('单', "shan"),
    ('單', "shan"),
    ('解', "xie"),
    ('仇', "qiu"),
    ('区', "ou"),
    ('區', "ou"),
    ('查', "zha"),
    ('任', "ren"),
    ('华', "hua"),
    ('朴', "piao"),
    ('盖', "ge"),
    ('繁', "po"),
    ('秘', "bi"),
    ('乜', "nie"),
    ('翟', "zhai"),
    ('冼', "xian"),
    ('尹', "yin"),
    ('员', "yun"),
    ('晁', "chao"),
    ('种', "chong"),
    ('重', "chong"),
    ('折', "she"),
    ('黑', "he"),
    ('撒', "sa"),
    ('洗', "xian"),
    ('缪', "miao"),
    ('覃', "qin"),
    ('乐', "yue"),
    ('宓', "mi"),
    ('牟', "mu"),
    ('召', "shao"),
    ('祭', "zhai"),
    ('逄', "pang"),
    ('郇', "xun"),
    ('郗', "xi"),
    ('燕', "yan"),
    ('纪', "ji"),
    ('葛', "ge"),
    ('哈', "ha"),
    ('万', "wan"),
    ('长', "chang"),
    ('石', "shi"),
    ('沈', "shen"),
    ('阚', "kan"),
    ('隗', "wei"),
    ('佴', "nai"),
    ('车', "che"),
    ('那', "na"),
    ('柏', "bai"),
    ('谌', "chen"),
    ('俞', "yu"),
    ('卜', "bu"),
    ('曲', "qu"),
    ('贾', "jia"),
    ('句', "gou"),
    ('瞿', "qu"),
    ('厘', "li"),
    ('臧', "zang"),
    ('藏', "zang"),
];

/// Surnames of two characters with a reading of their own.
const DOUBLE_SURNAMES: &[(&str, &str)] = &[
    ("尉迟", "yc"),
    ("万俟", "mq"),
    ("单于", "cy"),
    ("长孙", "zs"),
    ("澹台", "tt"),
    ("宿六", "sl"),
    ("中行", "zh"),
    ("令狐", "lh"),
    ("宰父", "zf"),
];

/// The other surnames of two characters that people bear. Left out are those which are mostly one character and a given name.
const USUAL_DOUBLE: &[&str] = &[
    "欧阳", "歐陽", "上官", "司马", "司馬", "司徒", "司空", "诸葛", "諸葛", "东方", "東方", "夏侯", "皇甫", "公孙",
    "公孫", "慕容", "申屠", "端木", "赫连", "赫連", "呼延", "独孤", "獨孤", "南宫", "南宮", "西门", "西門", "东郭",
    "東郭", "百里", "宇文", "轩辕", "軒轅", "濮阳", "濮陽", "钟离", "鍾離", "鲜于", "鮮于", "拓跋", "闻人", "聞人",
    "太史", "尉遲", "長孫", "單于",
];

/// Characters of given names that the dictionary does not have.
const RARE: &[(char, char)] = &[('㛃', 'j'), ('䶮', 'y'), ('㬎', 'x'), ('䜣', 'x'), ('𬱖', 'd')];

/// A name as it is kept: without control characters and those that turn the direction of what follows, runs of space made one.
/// `None` when nothing is left, or no letter.
pub fn tidy_name(text: &str) -> Option<String> {
    let turns = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let parts: Vec<String> = text
        .nfc()
        .filter(|c| (!c.is_control() || c.is_whitespace()) && !turns(*c))
        .collect::<String>()
        .split_whitespace()
        .map(ToOwned::to_owned)
        .collect();
    let name = parts.join(" ");
    name.chars().any(char::is_alphabetic).then_some(name)
}

/// The name as searches see it: NFKC, lower case, no spaces, dots or dashes.
pub fn search_name(name: &str) -> String {
    name.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace() && !is_joint(*c))
        .collect()
}

fn is_joint(c: char) -> bool {
    matches!(
        c,
        '·' | '•' | '‧' | '・' | '.' | '-' | '\'' | '’' | '*' | '%' | '_' | '\\'
    )
}

/// The surname of a Chinese name without spaces: two characters where it is one of those, else the first.
pub fn surname(name: &str) -> &str {
    let mut double = DOUBLE_SURNAMES
        .iter()
        .map(|(s, _)| *s)
        .chain(USUAL_DOUBLE.iter().copied());
    let first = name.chars().next().map_or(0, char::len_utf8);
    let found = double.find(|s| name.starts_with(s));
    name.get(..found.map_or(first, str::len)).unwrap_or(name)
}

/// Pinyin initials: `zw` for 张伟, surnames by their own reading; Latin names give the first letter of each word.
pub fn initials(name: &str) -> String {
    let folded: String = name.nfkc().flat_map(char::to_lowercase).collect();
    let trimmed = folded.trim();
    let mut out = String::new();
    let mut rest = trimmed;
    if let Some((surname, reading)) = DOUBLE_SURNAMES.iter().find(|(s, _)| trimmed.starts_with(s)) {
        out.push_str(reading);
        rest = trimmed.strip_prefix(surname).unwrap_or("");
    } else if let Some(first) = trimmed.chars().next()
        && let Some((_, reading)) = SURNAMES.iter().find(|(s, _)| *s == first)
    {
        out.extend(reading.chars().next());
        rest = trimmed.strip_prefix(first).unwrap_or("");
    }
    let mut word_begins = true;
    for c in rest.chars() {
        if let Some(letter) = chinese_initial(c) {
            out.push(letter);
            word_begins = true;
        } else if is_ideograph(c) {
            // One that nobody has told the reading of: better no letter than a wrong one.
            word_begins = true;
        } else if c.is_alphanumeric() {
            if word_begins {
                out.extend(c.nfd().next());
            }
            word_begins = false;
        } else {
            word_begins = c.is_whitespace() || is_joint(c);
        }
    }
    out
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn chinese_initial(c: char) -> Option<char> {
    c.to_pinyin()
        .and_then(|p| p.first_letter().chars().next())
        .or_else(|| RARE.iter().find(|(r, _)| *r == c).map(|(_, i)| *i))
}

/// Whether two names may be one person's, written twice: the same when folded, the same sounds (李方, 李芳), one inside the
/// other, or one or two slips in a long Latin name.
pub fn similar_names(a: &str, b: &str) -> bool {
    let (fa, fb) = (search_name(a), search_name(b));
    if fa.is_empty() || fb.is_empty() {
        return false;
    }
    if fa == fb || sounds(&fa) == sounds(&fb) {
        return true;
    }
    let (short, long) = if fa.chars().count() <= fb.chars().count() {
        (&fa, &fb)
    } else {
        (&fb, &fa)
    };
    let length = short.chars().count();
    (length >= 2 && long.contains(short.as_str())) || (length >= 6 && fa.is_ascii() && distance(&fa, &fb) <= 2)
}

fn sounds(folded: &str) -> String {
    folded
        .chars()
        .map(|c| c.to_pinyin().map_or_else(|| c.to_string(), |p| p.plain().to_owned()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (cb, above) in b.iter().zip(row.iter().skip(1)) {
            let cost = usize::from(ca != *cb);
            left = (diagonal + cost).min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surnames_have_their_own_reading() {
        for (name, expected) in [
            ("张伟", "zw"),
            ("孙丽", "sl"),
            ("曾子墨", "zzm"),
            ("单田芳", "stf"),
            ("解晓东", "xxd"),
            ("仇英", "qy"),
            ("区志强", "ozq"),
            ("查良镛", "zly"),
            ("任达华", "rdh"),
            ("华罗庚", "hlg"),
            ("朴树", "ps"),
            ("欧阳娜娜", "oynn"),
            ("诸葛亮", "zgl"),
            ("尉迟恭", "ycg"),
            ("长孙无忌", "zswj"),
            (" 冯博磊 ", "fbl"),
            ("王㛃", "wj"),
            ("覃波丽", "qbl"),
            ("John Smith", "js"),
            ("Anne-Marie O'Neil", "amon"),
            ("阿依古丽·买买提", "ayglmmt"),
            ("ＬＩ明", "lm"),
            ("Élodie Öz", "eo"),
            ("王烪", "w"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
    #[test]
    fn surnames_of_two_characters() {
        for (name, expected) in [
            ("欧阳娜娜", "欧阳"),
            ("司马光", "司马"),
            ("諸葛亮", "諸葛"),
            ("尉迟恭", "尉迟"),
            ("申屠小明", "申屠"),
            ("孙丽", "孙"),
            ("欧阳", "欧阳"),
            ("", ""),
        ] {
            assert_eq!(surname(name), expected, "{name}");
        }
    }
    #[test]
    fn folding() {
        assert_eq!(search_name(" 冯 博磊 "), "冯博磊");
        assert_eq!(search_name("Ｊohn  SMITH"), "johnsmith");
        assert_eq!(search_name("阿依古丽·买买提"), "阿依古丽买买提");
        assert_eq!(tidy_name("  Li\u{7}  Ming "), Some("Li Ming".into()));
        assert_eq!(
            tidy_name("孙\u{202E}丽"),
            Some("孙丽".into()),
            "nothing turns what follows around"
        );
        assert_eq!(tidy_name(" 123 "), None);
        assert_eq!(tidy_name(""), None);
    }
    #[test]
    fn similar() {
        for (a, b, expected) in [
            ("李芳", "李 芳", true),
            ("李芳", "李方", true),
            ("李芳", "李强", false),
            ("欧阳娜娜", "欧阳娜", true),
            ("John Smith", "Jon Smith", true),
            ("John Smith", "Mary Smith", false),
            ("", "", false),
        ] {
            assert_eq!(similar_names(a, b), expected, "{a} {b}");
        }
    }
    #[test]
    fn distances() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }

    proptest::proptest! {
        #[test]
        fn keys_are_folded_once_and_for_all(name in ".{0,20}") {
            let key = search_name(&name);
            proptest::prop_assert!(!key.contains(char::is_whitespace));
            drop(initials(&name));
            proptest::prop_assert!(name.starts_with(surname(&name)));
        }
        #[test]
        fn distance_is_a_metric(a in "[a-c]{0,6}", b in "[a-c]{0,6}", c in "[a-c]{0,6}") {
            proptest::prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            proptest::prop_assert_eq!(distance(&a, &b) == 0, a == b);
            proptest::prop_assert!(distance(&a, &c) <= distance(&a, &b) + distance(&b, &c));
        }
        #[test]
        fn chinese_names_have_one_initial_per_character(name in "[一-龥]{2,4}") {
            let n = initials(&name).chars().count();
            proptest::prop_assert!(n <= name.chars().count(), "{} {}", name, n);
            proptest::prop_assert!(initials(&name).is_ascii());
        }
    }
}
