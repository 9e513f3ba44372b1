//! What an import found: one line per row that was not simply taken, and the figures.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::platform::i18n::{Lang, Text};

/// What became of a row, or of a cell of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Not imported.
    Rejected,
    /// Imported, with this left out or to be looked at.
    Doubtful,
    /// Not imported because it is there already, or empty.
    Skipped,
}

impl Verdict {
    fn name(self) -> Text {
        match self {
            Verdict::Rejected => Text::new("拒绝", "rejected"),
            Verdict::Doubtful => Text::new("存疑", "doubtful"),
            Verdict::Skipped => Text::new("跳过", "skipped"),
        }
    }
}

/// Something to tell about a row.
#[derive(Debug, Clone)]
pub(super) struct Issue {
    /// What became of it.
    pub(super) verdict: Verdict,
    /// The column's name in both languages.
    pub(super) column: (&'static str, &'static str),
    /// Which figure it counts in.
    pub(super) figure: &'static str,
    /// Why.
    pub(super) reason: Text,
    /// What stood there; empty when it is not to be repeated.
    pub(super) value: String,
}

/// Digits in a row from which a text is taken for an identity number (the old ones had 15).
const ID_MIN: usize = 15;
/// What is left of one.
const LEFT: usize = 4;

/// A text with only its last four letters and digits left.
pub(super) fn last_four(text: &str) -> String {
    let signs = text.chars().filter(|c| c.is_alphanumeric()).count();
    let mut seen = 0;
    text.chars()
        .map(|c| {
            seen += usize::from(c.is_alphanumeric());
            if c.is_alphanumeric() && seen + LEFT <= signs {
                '•'
            } else {
                c
            }
        })
        .collect()
}

/// A text without the identity numbers in it: of each only the last four digits are left. (One that begins with 0 or +
/// is a phone number with its country.)
pub(super) fn without_ids(text: &str) -> String {
    let of_id = |c: char| c.is_numeric() || matches!(c, 'x' | 'X' | '+');
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().map(Some).chain([None]) {
        match c {
            Some(c) if of_id(c) => run.push(c),
            other => {
                let id = run.chars().count() >= ID_MIN && !run.starts_with(['0', '+']);
                out.push_str(&if id { last_four(&run) } else { std::mem::take(&mut run) });
                run.clear();
                out.extend(other);
            }
        }
    }
    out
}

/// Figures in the order of the summary: key, Chinese, English.
const FIGURES: &[(&str, &str, &str)] = &[
    ("patients", "患者", "patients"),
    ("patients_new", "　新增", "  new"),
    ("patients_updated", "　更新", "  updated"),
    ("patients_unchanged", "　未变", "  unchanged"),
    ("patients_differ", "　与库中不同，保留库中", "  differ, kept ours"),
    ("patients_doubtful", "　存疑（已导入）", "  doubtful (imported)"),
    ("patients_rejected", "　拒绝", "  rejected"),
    ("blank_rows", "空行", "blank rows"),
    ("exact_duplicates", "完全重复的行", "exact duplicates"),
    ("missing_name", "缺姓名", "without a name"),
    ("bad_birth", "出生日期无法识别", "unreadable birthdays"),
    ("future_birth", "出生日期在将来", "birthdays in the future"),
    (
        "leap_birthdays",
        "2月29日出生（登记或身份证）",
        "born on 29 February (registered or by ID)",
    ),
    ("bad_id", "身份证号有误", "wrong national IDs"),
    (
        "id_birth_mismatch",
        "身份证号与出生日期不符",
        "ID and birthday disagree",
    ),
    ("id_sex_mismatch", "身份证号与性别不符", "ID and sex disagree"),
    ("same_id", "身份证号与他人相同", "ID of another patient"),
    ("no_mobile", "无手机，有其他电话", "no mobile, another phone"),
    ("no_phone", "没有任何电话", "no phone at all"),
    ("bad_phone", "手机号有误", "wrong mobiles"),
    ("same_phone", "与前面的患者共用手机", "mobile of an earlier patient"),
    ("extra_cells", "有没有列名的格", "rows with cells that no header names"),
    ("long_cells", "有跨行的格", "rows with a cell over several lines"),
    ("possible_duplicates", "可能是同一人", "possibly the same person"),
    ("visits", "就诊", "visits"),
    ("visits_new", "　新增", "  new"),
    ("visits_updated", "　更新", "  updated"),
    ("visits_unchanged", "　未变", "  unchanged"),
    ("visits_differ", "　与库中不同，保留库中", "  differ, kept ours"),
    ("visits_doubtful", "　存疑（已导入）", "  doubtful (imported)"),
    ("visits_rejected", "　拒绝", "  rejected"),
    ("future_visits", "就诊日期在将来", "visits in the future"),
    ("before_birth", "就诊早于出生日期", "visits before the day of birth"),
    ("visit_blank_rows", "就诊表空行", "blank rows of visits"),
    ("visit_duplicates", "就诊表完全重复的行", "exact duplicates of visits"),
    ("finished", "完成", "finished"),
    ("missed", "爽约", "no-show"),
    ("cancelled", "取消", "cancelled"),
    (
        "no_provider",
        "医生不在本系统（保留姓名）",
        "treated by nobody of ours (name kept)",
    ),
    (
        "no_service",
        "项目不在本系统（保留名称）",
        "no service of ours (name kept)",
    ),
];

/// Where lines go, and the figures.
pub(super) struct Report {
    lang: Lang,
    lines: Box<dyn Write + Send>,
    /// Lines that are still to be written: on a terminal they wait until the bar is out of the way.
    waiting: String,
    figures: BTreeMap<&'static str, u64>,
    /// Lines that could not be written: the import goes on, and says so at the end.
    lost: Option<String>,
}

impl Report {
    /// Lines go to `file`, else to standard output.
    ///
    /// # Errors
    /// A text for the operator.
    pub(super) fn new(lang: Lang, file: Option<&Path>) -> Result<Report, String> {
        let lines: Box<dyn Write + Send> = match file {
            Some(path) => Box::new(BufWriter::new(
                File::create(path).map_err(|e| format!("--report {}: {e}", path.display()))?,
            )),
            None => Box::new(BufWriter::new(std::io::stdout())),
        };
        Ok(Report {
            lang,
            lines,
            waiting: String::new(),
            figures: FIGURES.iter().map(|(k, ..)| (*k, 0)).collect(),
            lost: None,
        })
    }
    /// Counts one.
    pub(super) fn count(&mut self, figure: &'static str) {
        *self.figures.entry(figure).or_insert(0) += 1;
    }
    /// Writes a line about a row and counts it.
    pub(super) fn tell(&mut self, file: &str, line: u64, issue: &Issue) {
        if !issue.figure.is_empty() {
            self.count(issue.figure);
        }
        let lang = self.lang;
        let value = match issue.value.as_str() {
            "" => String::new(),
            v => {
                let v = without_ids(v);
                lang.pick(format!("（“{v}”）"), format!(" (“{v}”)"))
            }
        };
        let (colon, column) = (lang.pick("：", ": "), lang.pick(issue.column.0, issue.column.1));
        let text = format!(
            "{file}:{line}{colon}{}{colon}{column}{colon}{}{value}\n",
            issue.verdict.name().get(lang),
            issue.reason.get(lang),
        );
        self.write(&text);
    }
    /// Adds any text to the lines.
    pub(super) fn write(&mut self, text: &str) {
        self.waiting.push_str(text);
    }
    /// Whether there is anything to put out.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }
    /// Writes the lines of a batch, all at once.
    pub(super) fn put_out(&mut self) {
        let written = self.lines.write_all(self.waiting.as_bytes());
        if let Err(e) = written.and_then(|()| self.lines.flush()) {
            self.lost = Some(e.to_string());
        }
        self.waiting.clear();
    }
    /// The figures, for people.
    pub(super) fn summary(&self) -> String {
        let mut out = String::new();
        for (key, zh, en) in FIGURES {
            let n = self.figures.get(key).copied().unwrap_or(0);
            let always = matches!(*key, "patients" | "visits");
            if n > 0 || always {
                out.push_str(&format!(
                    "{}{}{n}\n",
                    self.lang.pick(*zh, *en),
                    self.lang.pick("：", ": ")
                ));
            }
        }
        out
    }
    /// The figures, for scripts.
    pub(super) fn json(&self) -> String {
        serde_json::json!(self.figures).to_string()
    }
    /// Ends the lines.
    ///
    /// # Errors
    /// When some could not be written.
    pub(super) fn finish(&mut self) -> Result<(), String> {
        self.put_out();
        match self.lost.take() {
            None => Ok(()),
            Some(e) => Err(format!("the report could not be written: {e}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_identity_number_is_told() {
        for (text, told) in [
            ("330106201109066434", "••••••••••••••6434"),
            ("她的号 33010620110906643X，已核", "她的号 ••••••••••••••643X，已核"),
            ("330106 110906 643", "330106 110906 643"),
            ("330106110906643", "•••••••••••6643"),
            ("0086138554026161", "0086138554026161"),
            ("13800007731", "13800007731"),
        ] {
            assert_eq!(without_ids(text), told, "{text}");
        }
        assert_eq!(last_four("330106 20110906 6434"), "•••••• •••••••• 6434");
        assert_eq!(last_four("12"), "12");
    }
}
