//! `import`: patients and visits from another system's export. Rows are taken, taken with a doubt, or rejected; every row that
//! was not simply taken is told with its line and reason, and nothing is lost: what could not be stored where it belongs
//! stands in the note.
//!
//! Patients are known again by their chart number, visits by whose, when, by whom and for what: a second run changes
//! nothing. A dry run does all of it on a copy ([`trial`]), or in one transaction that it takes back.

mod people;
mod report;
mod table;
mod trial;
mod visits;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::clinic;
use crate::patients::{self, Home, PatientId};
use crate::platform::clock::{Clock, Instant};
use crate::platform::config::Config;
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, Text};
use crate::staff::Actor;
use report::{Issue, Report, Verdict};
use table::{Row, Table};
use trial::{On, Trial};

/// Rows of one transaction.
const BATCH: usize = 500;
/// Currencies without minor units (ISO 4217) that clinics are likely to use.
const NO_MINOR: &[&str] = &["JPY", "KRW", "VND"];

/// What `chairside import` is told.
#[derive(clap::Args)]
pub(super) struct Import {
    /// Patients: CSV with a header line, UTF-8 or GB18030
    patients: PathBuf,
    /// Visits: CSV with a header line
    visits: Option<PathBuf>,
    /// Do everything but keep nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Write the lines about doubtful and rejected rows to a file
    #[arg(long)]
    report: Option<PathBuf>,
    /// The demo's folder, instead of DATABASE_URL
    #[arg(long)]
    pub(super) data: Option<PathBuf>,
    /// Where a row differs from what is stored, take the row
    #[arg(long)]
    update: bool,
    /// End with the figures as one line of JSON
    #[arg(long)]
    json: bool,
    /// Language of the report: zh or en
    #[arg(long, default_value = "zh")]
    lang: Lang,
}

/// Imports.
///
/// # Errors
/// A text for the operator.
pub(super) fn run(mut config: Config, options: &Import) -> Result<(), String> {
    let report = Report::new(options.lang, options.report.as_deref())?;
    let people = Table::open(&options.patients, people::COLUMNS, people::NEEDED)?;
    let visits = options
        .visits
        .as_deref()
        .map(|path| Table::open(path, visits::COLUMNS, visits::NEEDED))
        .transpose()?;
    let trial = options.dry_run.then(|| Trial::of(&mut config)).transpose()?;
    let app = App::open(config, Clock::System)?;
    let facts = app
        .db
        .read_now(|c| Facts::load(c, &app, options.update))
        .map_err(|e| e.text().get(options.lang).to_owned())?;
    let mut work = Work::new(facts, people, visits, report);
    work.introduce(options);
    let on = trial.as_ref().map(|t| t.on);
    if on == Some(On::Nothing) {
        work.report.write(options.lang.pick(
            "还没有数据库：在一个临时的空诊所里试运行，没有医生和项目\n",
            "There is no database yet: tried on an empty clinic that is thrown away, without providers and services\n",
        ));
    }
    let mut work = carry_out(&app, work, options.lang, on == Some(On::Itself))?;
    work.bar.finish_and_clear();
    work.report.finish()?;
    print!("{}", work.report.summary());
    if options.dry_run {
        println!(
            "{}",
            options
                .lang
                .pick("试运行：没有写入任何内容", "Dry run: nothing was written")
        );
    }
    if options.json {
        println!("{}", work.report.json());
    }
    Ok(())
}

/// In batches, or in one transaction that is taken back.
fn carry_out(app: &App, mut work: Work, lang: Lang, take_back: bool) -> Result<Work, String> {
    let shown = |e: &Error| match e {
        Error::Internal(text) => text.clone(),
        Error::Db(e) => e.to_string(),
        other => other.text().get(lang).to_owned(),
    };
    if take_back {
        let slot = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&slot);
        let undone: Result<()> = app.db.write_now(move |c| {
            while work.step(c)? {}
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(work);
            Err(Error::Internal("dry run".into()))
        });
        let done = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        return match (done, undone) {
            (Some(work), _) => Ok(work),
            (None, Err(e)) => Err(shown(&e)),
            (None, Ok(())) => Err("the dry run ended early".into()),
        };
    }
    loop {
        let (done, more) = app
            .db
            .write_now(move |c| {
                let more = work.step(c)?;
                Ok((work, more))
            })
            .map_err(|e| shown(&e))?;
        work = done;
        if !more {
            return Ok(work);
        }
    }
}

/// What stays the same over the whole import.
struct Facts {
    home: Home,
    today: NaiveDate,
    now: Instant,
    keys: Keys,
    names: visits::Names,
    minor: i64,
    update: bool,
    actor: Actor,
}

impl Facts {
    fn load(c: &mut Conn, app: &App, update: bool) -> Result<Facts> {
        let (home, now) = (patients::find_home(c)?, app.clock.now());
        let currency = clinic::the_site(c)?.currency;
        Ok(Facts {
            today: now.day(home.zone),
            home,
            now,
            keys: app.keys.clone(),
            names: visits::Names::new(&clinic::list_providers(c, true)?, &clinic::list_services(c, true)?),
            minor: if NO_MINOR.contains(&currency.as_str()) { 1 } else { 100 },
            update,
            actor: Actor::system("import"),
        })
    }
}

/// The import under way.
struct Work {
    facts: Facts,
    people: Table,
    /// Columns of the patients' file, and of the visits', that are not known.
    unknown: [Vec<(usize, String)>; 2],
    people_done: bool,
    visits: Option<Table>,
    report: Report,
    bar: ProgressBar,
    /// Line and fingerprint of each chart number and visit read so far.
    charts: HashMap<String, (u64, [u8; 8])>,
    keys: HashMap<String, (u64, [u8; 8])>,
    /// Keys of visits that have been given out.
    firsts: HashSet<String>,
    /// Who had a mobile number first: line and chart number.
    phones: HashMap<String, (u64, String)>,
    /// Whose a chart number is, and when they were born.
    ids: HashMap<String, Option<(PatientId, Option<NaiveDate>)>>,
}

fn fingerprint(row: &Row) -> [u8; 8] {
    let hash: [u8; 32] = Sha256::digest(row.content().as_bytes()).into();
    let mut short = [0; 8];
    for (to, from) in short.iter_mut().zip(hash) {
        *to = from;
    }
    short
}

impl Work {
    fn new(facts: Facts, people: Table, visits: Option<Table>, report: Report) -> Work {
        let size = people.size + visits.as_ref().map_or(0, |v| v.size);
        let bar = ProgressBar::with_draw_target(Some(size), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent}% {msg} {elapsed}/{duration}") {
            bar.set_style(style);
        }
        Work {
            unknown: [
                people.unknown_headers(),
                visits.as_ref().map(Table::unknown_headers).unwrap_or_default(),
            ],
            facts,
            people,
            people_done: false,
            visits,
            report,
            bar,
            charts: HashMap::new(),
            keys: HashMap::new(),
            firsts: HashSet::new(),
            phones: HashMap::new(),
            ids: HashMap::new(),
        }
    }

    /// What was opened, and where columns that have no field of their own are kept.
    fn introduce(&mut self, options: &Import) {
        let lang = options.lang;
        let mut text = format!("{} ({})\n", self.people.file, self.people.encoding);
        let [of_people, of_visits] = &self.unknown;
        for (_, header) in of_people {
            text.push_str(&kept_in(lang, &self.people.file, header, ("备注", "the note")));
        }
        if let Some(visits) = &self.visits {
            text.push_str(&format!("{} ({})\n", visits.file, visits.encoding));
            for (_, header) in of_visits {
                text.push_str(&kept_in(
                    lang,
                    &visits.file,
                    header,
                    ("医嘱之后", "the advice, at its end"),
                ));
            }
            for (key, zh, en) in visits::IN_THE_AUDIT {
                if visits.has(key) {
                    text.push_str(&match lang {
                        Lang::Zh => format!("{}：就诊没有“{zh}”字段，逐行保存在操作记录中\n", visits.file),
                        Lang::En => format!("{}: a visit has no {en}: kept row by row in the audit\n", visits.file),
                    });
                }
            }
        }
        self.report.write(&text);
    }

    /// Does a batch; whether there is more.
    fn step(&mut self, c: &mut Conn) -> Result<bool> {
        let more = self.batch(c)?;
        let position = self.people.position() + self.visits.as_ref().map_or(0, Table::position);
        self.bar.set_position(position);
        if self.report.is_waiting() {
            let report = &mut self.report;
            self.bar.suspend(|| report.put_out());
        }
        Ok(more)
    }

    fn batch(&mut self, c: &mut Conn) -> Result<bool> {
        for _ in 0..BATCH {
            if !self.people_done {
                match self.people.next().map_err(Error::Internal)? {
                    Some(row) => self.person(c, &row)?,
                    None => self.people_done = true,
                }
            } else if let Some(table) = &mut self.visits {
                match table.next().map_err(Error::Internal)? {
                    Some(row) => self.visit(c, &row)?,
                    None => return Ok(false),
                }
            } else {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn kept_in(lang: Lang, file: &str, header: &str, place: (&str, &str)) -> String {
    match lang {
        Lang::Zh => format!("{file}：不认识的列“{header}”写入{}\n", place.0),
        Lang::En => format!("{file}: unknown column “{header}” goes to {}\n", place.1),
    }
}

fn skip(figure: &'static str, reason: Text) -> Issue {
    Issue {
        verdict: Verdict::Skipped,
        column: ("整行", "row"),
        figure,
        reason,
        value: String::new(),
    }
}

/// A key that stood on line `first` already: the same row again, or another one.
fn repeated(first: u64, same: bool, figure: &'static str) -> Issue {
    if same {
        let reason = Text::new(format!("与第 {first} 行完全相同"), format!("the same as line {first}"));
        return skip(figure, reason);
    }
    Issue {
        verdict: Verdict::Rejected,
        figure: "",
        ..skip(
            "",
            Text::new(
                format!("与第 {first} 行编号相同但内容不同，保留第 {first} 行"),
                format!("has the number of line {first} but says something else: line {first} is kept"),
            ),
        )
    }
}

/// Stored and exported disagree, and nobody said `--update`.
fn kept_ours(columns: &[(&'static str, &'static str)]) -> Issue {
    let (zh, en): (Vec<_>, Vec<_>) = columns.iter().copied().unzip();
    Issue {
        verdict: Verdict::Skipped,
        column: ("整行", "row"),
        figure: "",
        reason: Text::new(
            format!("与库中不同（{}），保留库中；用 --update 以文件为准", zh.join("、")),
            format!(
                "differs from what is stored ({}): ours kept; --update takes the file's",
                en.join(", ")
            ),
        ),
        value: String::new(),
    }
}
