//! What a text says about a visit: words of both languages, digits in any width, and numbers that tell visits apart. Pure.

use unicode_normalization::UnicodeNormalization;

/// What somebody wants of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// They will come.
    Confirm,
    /// They will not.
    Cancel,
    /// They want another time.
    Move,
    /// They want to be called.
    CallMe,
}

/// A text that is clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// One wish, about the visit that was asked about.
    One(Wish),
    /// The same about each visit that was asked about.
    All(Wish),
    /// Wishes about visits by their numbers.
    Each(Vec<(usize, Wish)>),
    /// Nothing but numbers: a wish by its digit, or visits by their numbers.
    Numbers(Vec<usize>),
    /// "All of them", and not what.
    Every,
}

/// Digits as messages offer them; CANCEL is an operator's word for "no more texts" in some countries, a digit is none.
const DIGITS: [(usize, Wish); 4] = [
    (1, Wish::Confirm),
    (2, Wish::Cancel),
    (3, Wish::Move),
    (4, Wish::CallMe),
];

const WORDS: [(Wish, &[&str]); 4] = [
    (
        Wish::Confirm,
        &[
            "OK",
            "OKAY",
            "YES",
            "YEP",
            "SURE",
            "CONFIRM",
            "CONFIRMED",
            "ICONFIRM",
            "WILLCOME",
            "IWILLCOME",
            "COMING",
            "IMCOMING",
            "SEEYOU",
            "SEEYOUTHEN",
            "确认",
            "确定",
            "好",
            "好的",
            "好滴",
            "好嘞",
            "行",
            "可以",
            "没问题",
            "收到",
            "知道了",
            "会来",
            "会到",
            "会去",
            "我会来",
            "我会到",
            "我会去",
            "准时到",
            "一定到",
            "能来",
            "能到",
            "是",
            "是的",
            "嗯",
            "嗯嗯",
            "👌",
            "👍",
        ],
    ),
    (
        Wish::Cancel,
        &[
            "CANCEL",
            "CANCELIT",
            "CANCELMYVISIT",
            "CANCELMYAPPOINTMENT",
            "CANCELTHEAPPOINTMENT",
            "CANTCOME",
            "ICANTCOME",
            "CANNOTCOME",
            "ICANNOTCOME",
            "NOTCOMING",
            "IMNOTCOMING",
            "CANTMAKEIT",
            "ICANTMAKEIT",
            "取消",
            "取消预约",
            "取消就诊",
            "我要取消",
            "我想取消",
            "不来了",
            "不去了",
            "来不了",
            "来不了了",
            "去不了",
            "去不了了",
            "不能来",
            "不能来了",
            "我来不了",
            "我去不了",
        ],
    ),
    (
        Wish::Move,
        &[
            "MOVE",
            "MOVEIT",
            "CHANGE",
            "CHANGEIT",
            "CHANGETIME",
            "CHANGETHETIME",
            "RESCHEDULE",
            "ANOTHERTIME",
            "OTHERTIME",
            "改期",
            "改时间",
            "改约",
            "改预约",
            "换时间",
            "换个时间",
            "改天",
            "延期",
            "我要改期",
            "我想改期",
            "想改时间",
        ],
    ),
    (
        Wish::CallMe,
        &[
            "CALL",
            "CALLME",
            "CALLBACK",
            "CALLMEBACK",
            "PHONEME",
            "RINGME",
            "回电",
            "回电话",
            "打电话",
            "打电话给我",
            "给我打电话",
            "给我回电",
            "给我回电话",
            "来电",
            "联系我",
            "电话联系",
        ],
    ),
];
/// "All of them".
const ALL: [&str; 7] = ["ALL", "BOTH", "EVERYTHING", "都", "全部", "全都", "都要"];
/// What people put before and after and what says nothing.
const POLITE: [&str; 16] = [
    "PLEASE", "PLS", "THANKYOU", "THANKS", "THX", "HI", "HELLO", "您好", "你好", "谢谢", "多谢", "感谢", "麻烦", "请",
    "医生", "老师",
];
/// Particles at the end.
const PARTICLES: [char; 7] = ['啊', '吧', '哦', '啦', '哈', '呢', '呀'];

/// Reads a text; none: somebody has to.
pub(super) fn read(text: &str) -> Option<Said> {
    let parts = split(text);
    match parts.as_slice() {
        [] => None,
        [Part::Word(word)] => of_word(word),
        several => numbers(several)
            .map(Said::Numbers)
            .or_else(|| pairs(several).map(Said::Each)),
    }
}

/// What a digit asks for, as messages offer it.
pub(super) fn by_digit(digit: usize) -> Option<Wish> {
    DIGITS.iter().find(|(d, _)| *d == digit).map(|(_, wish)| *wish)
}

/// Numbers and what stands between them.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Number(String),
    Word(String),
}

fn split(text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for ch in text.nfkc().flat_map(char::to_uppercase) {
        if ch.is_ascii_digit() {
            match parts.last_mut() {
                Some(Part::Number(n)) => n.push(ch),
                _ => parts.push(Part::Number(ch.into())),
            }
        } else {
            match parts.last_mut() {
                Some(Part::Word(w)) => w.push(ch),
                _ => parts.push(Part::Word(ch.into())),
            }
        }
    }
    parts.iter_mut().for_each(|p| {
        if let Part::Word(w) = p {
            *w = bare(w);
        }
    });
    parts.retain(|p| !matches!(p, Part::Word(w) if w.is_empty()));
    parts
}

/// Without spaces, signs and politeness. Two emoji are kept: they are words by now.
fn bare(word: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '👌' | '👍');
    let mut w: String = word.chars().filter(kept).collect();
    loop {
        let before = w.len();
        for polite in POLITE {
            w = w.strip_prefix(polite).unwrap_or(&w).to_owned();
            w = w.strip_suffix(polite).unwrap_or(&w).to_owned();
        }
        w = w.trim_end_matches(PARTICLES).to_owned();
        if w.len() == before {
            return w;
        }
    }
}

fn wish(word: &str) -> Option<Wish> {
    WORDS
        .iter()
        .find(|(_, words)| words.contains(&word))
        .map(|(wish, _)| *wish)
}

fn of_word(word: &str) -> Option<Said> {
    if ALL.contains(&word) {
        return Some(Said::Every);
    }
    if let Some(wish) = wish(word) {
        return Some(Said::One(wish));
    }
    ALL.iter().find_map(|all| {
        let rest = word.strip_prefix(all).or_else(|| word.strip_suffix(all))?;
        wish(rest).map(Said::All)
    })
}

/// `1, 3`: each number once, and nothing else.
fn numbers(parts: &[Part]) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    for part in parts {
        let Part::Number(n) = part else { return None };
        let n: usize = n.parse().ok()?;
        if found.contains(&n) {
            return None;
        }
        found.push(n);
    }
    Some(found)
}

/// `1 OK, 2 cancel`: each number once, each with a word.
fn pairs(parts: &[Part]) -> Option<Vec<(usize, Wish)>> {
    let mut found: Vec<(usize, Wish)> = Vec::new();
    for two in parts.chunks(2) {
        let [Part::Number(n), Part::Word(w)] = two else {
            return None;
        };
        let n: usize = n.parse().ok()?;
        if found.iter().any(|(known, _)| *known == n) {
            return None;
        }
        found.push((n, wish(w)?));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_clear_is_understood_in_both_languages_and_any_width() {
        for (text, is) in [
            ("Ok, thanks!", Wish::Confirm),
            ("yes please", Wish::Confirm),
            ("好的，谢谢", Wish::Confirm),
            ("确认。", Wish::Confirm),
            ("好的哦", Wish::Confirm),
            ("👌", Wish::Confirm),
            ("取消", Wish::Cancel),
            ("您好，取消预约，谢谢", Wish::Cancel),
            ("I can't come", Wish::Cancel),
            ("cancel", Wish::Cancel),
            ("改期", Wish::Move),
            ("Please reschedule", Wish::Move),
            ("请给我回电话", Wish::CallMe),
            ("call me back please", Wish::CallMe),
        ] {
            assert_eq!(read(text), Some(Said::One(is)), "{text}");
        }
    }

    #[test]
    fn numbers_alone_are_numbers() {
        for (text, is) in [
            ("1", vec![1]),
            ("１", vec![1]),
            (" 1。", vec![1]),
            ("【1】", vec![1]),
            ("３", vec![3]),
            ("12", vec![12]),
            ("1、3，谢谢", vec![1, 3]),
            ("1 2", vec![1, 2]),
        ] {
            assert_eq!(read(text), Some(Said::Numbers(is)), "{text}");
        }
        let wishes = [1, 2, 3, 4, 5].map(by_digit);
        let [one, two, three, four] = [Wish::Confirm, Wish::Cancel, Wish::Move, Wish::CallMe].map(Some);
        assert_eq!(wishes, [one, two, three, four, None]);
        assert_eq!(read("都要"), Some(Said::Every));
        assert_eq!(read("both, please"), Some(Said::Every));
    }

    #[test]
    fn numbers_tell_visits_apart() {
        let each = |list: &[(usize, Wish)]| Some(Said::Each(list.to_vec()));
        assert_eq!(read("1 OK, 2 cancel"), each(&[(1, Wish::Confirm), (2, Wish::Cancel)]));
        assert_eq!(read("１确认２取消"), each(&[(1, Wish::Confirm), (2, Wish::Cancel)]));
        assert_eq!(read("2改期"), each(&[(2, Wish::Move)]));
        assert_eq!(read("都确认"), Some(Said::All(Wish::Confirm)));
        assert_eq!(read("cancel both"), Some(Said::All(Wish::Cancel)));
        assert_eq!(read("全部取消"), Some(Said::All(Wish::Cancel)));
    }

    #[test]
    fn what_is_not_clear_is_for_a_person() {
        for text in [
            "",
            "。",
            "1 1",
            "99999999999999999999999999",
            "1 ok 1 cancel",
            "ok 1",
            "我明天10点才能到，可以吗",
            "不取消",
            "can I cancel?and what about my brother",
            "好的，但是想问一下多少钱",
            "no",
            "停",
            "1 maybe",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest::proptest! {
        /// Signs, spaces and width change nothing.
        #[test]
        fn signs_around_a_word_change_nothing(before in "[ .,!。，！【】\"]{0,4}", after in "[ .,!。，！【】\"]{0,4}", which in 0_usize..4) {
            let (digit, wish) = DIGITS[which];
            let narrow = digit.to_string();
            let wide: String = narrow.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
            for (word, said) in [
                (narrow.as_str(), Said::Numbers(vec![digit])),
                (wide.as_str(), Said::Numbers(vec![digit])),
                (WORDS[which].1[0], Said::One(wish)),
            ] {
                proptest::prop_assert_eq!(read(&format!("{before}{word}{after}")), Some(said));
            }
        }
        /// Whatever comes in is read without fault, and free sentences of other words mean nothing.
        #[test]
        fn anything_can_come_in(text in "\\PC{0,80}") {
            drop(read(&text));
        }
    }
}
