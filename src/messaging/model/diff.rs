//! What has changed between two texts, word by word.

/// A piece of either text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// In both.
    Same(String),
    /// Only in the old one.
    Gone(String),
    /// Only in the new one.
    New(String),
}

/// Words are compared up to so many steps; longer middles are taken as replaced whole.
const STEPS_MAX: usize = 1_000_000;

/// Words, and each other character by itself.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut begin = None;
    for (at, c) in text.char_indices() {
        if c.is_ascii_alphanumeric() {
            begin.get_or_insert(at);
            continue;
        }
        words.extend(begin.take().and_then(|b| text.get(b..at)));
        words.extend(text.get(at..at + c.len_utf8()));
    }
    words.extend(begin.and_then(|b| text.get(b..)));
    words
}

/// The pieces in the order of the new text; what is gone stands where it was.
pub fn diff(old: &str, new: &str) -> Vec<Piece> {
    let (old, new) = (words(old), words(new));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (old.get(head..).unwrap_or(&[]), new.get(head..).unwrap_or(&[]));
    let tail = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (old_mid, tail_words) = old_rest.split_at(old_rest.len() - tail);
    let new_mid = new_rest.get(..new_rest.len() - tail).unwrap_or(&[]);
    let mut pieces = Vec::new();
    for word in old.iter().take(head) {
        push(&mut pieces, Piece::Same((*word).to_owned()));
    }
    middle(&mut pieces, old_mid, new_mid);
    for word in tail_words {
        push(&mut pieces, Piece::Same((*word).to_owned()));
    }
    pieces
}

/// Joins pieces of one sort.
fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match (pieces.last_mut(), &piece) {
        (Some(Piece::Same(text)), Piece::Same(more))
        | (Some(Piece::Gone(text)), Piece::Gone(more))
        | (Some(Piece::New(text)), Piece::New(more)) => text.push_str(more),
        _ => pieces.push(piece),
    }
}

/// By the longest common sequence.
fn middle(pieces: &mut Vec<Piece>, old: &[&str], new: &[&str]) {
    let width = new.len() + 1;
    let cells = (old.len() + 1).saturating_mul(width);
    let whole = cells > STEPS_MAX;
    let mut longest = vec![0_usize; if whole { 0 } else { cells }];
    let at = |table: &[usize], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);
    if !whole {
        for (i, a) in old.iter().enumerate().rev() {
            for (j, b) in new.iter().enumerate().rev() {
                let best = if a == b {
                    at(&longest, i + 1, j + 1) + 1
                } else {
                    at(&longest, i + 1, j).max(at(&longest, i, j + 1))
                };
                if let Some(cell) = longest.get_mut(i * width + j) {
                    *cell = best;
                }
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    loop {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b && !whole => {
                push(pieces, Piece::Same((*a).to_owned()));
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), b) if b.is_none() || at(&longest, i + 1, j) >= at(&longest, i, j + 1) => {
                push(pieces, Piece::Gone((*a).to_owned()));
                i += 1;
            }
            (_, Some(b)) => {
                push(pieces, Piece::New((*b).to_owned()));
                j += 1;
            }
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_word_is_one_piece_gone_and_one_new() {
        let pieces = diff("您好，明天见！Tel 5", "您好，后天见！Tel 6");
        let same = |s: &str| Piece::Same(s.into());
        assert_eq!(
            pieces,
            [
                same("您好，"),
                Piece::Gone("明".into()),
                Piece::New("后".into()),
                same("天见！Tel "),
                Piece::Gone("5".into()),
                Piece::New("6".into()),
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_added(old in "[ab齿 {}\n]{0,40}", new in "[ab齿 {}\n]{0,40}") {
            let (mut was, mut is) = (String::new(), String::new());
            for piece in diff(&old, &new) {
                match piece {
                    Piece::Same(t) => { was.push_str(&t); is.push_str(&t); }
                    Piece::Gone(t) => was.push_str(&t),
                    Piece::New(t) => is.push_str(&t),
                }
            }
            proptest::prop_assert_eq!(was, old);
            proptest::prop_assert_eq!(is, new);
        }
    }
}
