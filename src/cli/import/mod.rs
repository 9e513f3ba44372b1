//! `import`: patients and visits from another system's export. Rows are taken, taken with a doubt, or rejected; every row that
//! was not simply taken is told with its line and reason, and nothing is lost: what could not be stored where it belongs
//! stands in the note.
//!
//! Patients are known again by their chart number, visits by whose, when, by whom and for what: a second run changes
//! nothing. A dry run does all of it in one transaction and takes it back.

mod people;
mod report;
mod table;
mod visits;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::clinic;
use crate::patients::{self, Home, Patient, PatientData, PatientId, PhoneNumber, Probe, Why};
use crate::platform::clock::{Clock, Instant};
use crate::platform::config::Config;
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, Text};
use crate::records::{self, ImportedVisit, Treatment, Visit};
use crate::staff::{Actor, Subject, audit};
use people::Person;
use report::{Issue, Report, Verdict};
use table::{Row, Table};

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
    dry_run: bool,
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
pub(super) fn run(config: Config, options: &Import) -> Result<(), String> {
    let report = Report::new(options.lang, options.report.as_deref())?;
    let people = Table::open(&options.patients, people::COLUMNS, people::NEEDED)?;
    let visits = options
        .visits
        .as_deref()
        .map(|path| Table::open(path, visits::COLUMNS, visits::NEEDED))
        .transpose()?;
    let app = App::open(config, Clock::System)?;
    let facts = app
        .db
        .read_now(|c| Facts::load(c, &app, options.update))
        .map_err(|e| e.text().get(options.lang).to_owned())?;
    let mut work = Work::new(facts, people, visits, report);
    work.introduce(options);
    let mut work = carry_out(&app, work, options)?;
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

/// In batches; a dry run in one transaction that is taken back.
fn carry_out(app: &App, mut work: Work, options: &Import) -> Result<Work, String> {
    let shown = |e: &Error| match e {
        Error::Internal(text) => text.clone(),
        Error::Db(e) => e.to_string(),
        other => other.text().get(options.lang).to_owned(),
    };
    if options.dry_run {
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
    unknown: Vec<(usize, String)>,
    people_done: bool,
    visits: Option<Table>,
    report: Report,
    bar: ProgressBar,
    /// Line and fingerprint of each chart number and visit read so far.
    charts: HashMap<String, (u64, [u8; 8])>,
    keys: HashMap<String, (u64, [u8; 8])>,
    phones: HashSet<String>,
    ids: HashMap<String, Option<PatientId>>,
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
            unknown: people
                .unknown_headers()
                .into_iter()
                .map(|(i, h)| (i, h.to_owned()))
                .collect(),
            facts,
            people,
            people_done: false,
            visits,
            report,
            bar,
            charts: HashMap::new(),
            keys: HashMap::new(),
            phones: HashSet::new(),
            ids: HashMap::new(),
        }
    }

    /// What was opened, and which columns have no place here.
    fn introduce(&mut self, options: &Import) {
        let lang = options.lang;
        let mut text = format!("{} ({})\n", self.people.file, self.people.encoding);
        for (_, header) in &self.unknown {
            text.push_str(&match lang {
                Lang::Zh => format!("{}：不认识的列“{header}”写入备注\n", self.people.file),
                Lang::En => format!("{}: unknown column “{header}” goes to the note\n", self.people.file),
            });
        }
        if let Some(visits) = &self.visits {
            text.push_str(&format!("{} ({})\n", visits.file, visits.encoding));
            for (_, header) in visits.unknown_headers() {
                text.push_str(&match lang {
                    Lang::Zh => format!("{}：列“{header}”没有对应内容，不导入\n", visits.file),
                    Lang::En => format!(
                        "{}: column “{header}” has no place here and is not imported\n",
                        visits.file
                    ),
                });
            }
        }
        self.report.write(&text);
    }

    /// Does a batch; whether there is more.
    fn step(&mut self, c: &mut Conn) -> Result<bool> {
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
        let position = self.people.position() + self.visits.as_ref().map_or(0, Table::position);
        self.bar.set_position(position);
        Ok(true)
    }

    fn tell_person(&mut self, line: u64, issue: &Issue) {
        self.report.tell(&self.people.file, line, issue);
    }

    fn person(&mut self, c: &mut Conn, row: &Row) -> Result<()> {
        if row.is_blank() {
            self.tell_person(row.line, &skip("blank_rows", Text::new("空行", "blank row")));
            return Ok(());
        }
        let reader = people::Reader {
            home: &self.facts.home,
            today: self.facts.today,
            unknown: &self.unknown,
        };
        let mut person = match reader.read(row) {
            Ok(person) => person,
            Err(issue) => {
                self.report.count("patients_rejected");
                self.tell_person(row.line, &issue);
                return Ok(());
            }
        };
        let chart_no = person.data.chart_no.clone().unwrap_or_default();
        let print = fingerprint(row);
        if let Some((first, known)) = self.charts.get(&chart_no).copied() {
            let issue = repeated(first, known == print, "exact_duplicates");
            if issue.verdict == Verdict::Rejected {
                self.report.count("patients_rejected");
            }
            self.tell_person(row.line, &issue);
            return Ok(());
        }
        self.charts.insert(chart_no.clone(), (row.line, print));
        if let Some(phone) = &person.data.phone
            && !self.phones.insert(phone.to_string())
        {
            person.figures.push("same_phone");
        }
        self.store_person(c, row.line, &chart_no, person)
    }

    fn store_person(&mut self, c: &mut Conn, line: u64, chart_no: &str, mut person: Person) -> Result<()> {
        let before = patients::find_by_chart_no(c, chart_no)?;
        self.look_for_twins(c, before.as_ref(), &mut person)?;
        person.close();
        let facts = &self.facts;
        let outcome = match &before {
            None => {
                let id = patients::insert_patient(c, facts.now, &facts.keys, &person.data)?;
                let subject = Subject::of_patient("patients", id.0, id.0);
                audit(c, facts.now, &facts.actor, "import", subject, "")?;
                "patients_new"
            }
            Some(stored) => {
                let id_before = patients::national_id_of(&facts.keys, stored);
                let changed = differences(stored, id_before.as_ref().map(|i| i.as_str()), &person.data);
                if changed.is_empty() {
                    "patients_unchanged"
                } else if facts.update {
                    let data = merged(stored, person.data.clone());
                    let at = (stored.id, stored.version);
                    patients::update_patient(c, facts.now, &facts.keys, at, &data)?;
                    let subject = Subject::of_patient("patients", stored.id.0, stored.id.0);
                    audit(c, facts.now, &facts.actor, "update", subject, "import")?;
                    "patients_updated"
                } else {
                    person.issues.push(kept_ours(&changed));
                    "patients_differ"
                }
            }
        };
        self.report.count("patients");
        self.report.count(outcome);
        for figure in &person.figures {
            self.report.count(figure);
        }
        if person.issues.iter().any(|i| i.verdict == Verdict::Doubtful) {
            self.report.count("patients_doubtful");
        }
        for issue in &person.issues {
            self.tell_person(line, issue);
        }
        Ok(())
    }

    /// Others with the same national ID, or who look like the same person.
    fn look_for_twins(&mut self, c: &mut Conn, before: Option<&Patient>, person: &mut Person) -> Result<()> {
        let probe = Probe {
            name: person.data.name.clone(),
            phone: person.data.phone.as_ref().map(ToString::to_string),
            birth_date: person.data.birth_date,
            national_id: person.data.national_id.clone(),
            except: before.map(|p| p.id),
        };
        for twin in patients::duplicates(c, &self.facts.keys, &probe)? {
            let other = &twin.patient.chart_no;
            match twin.why {
                Why::NationalId => {
                    person.data.national_id = None;
                    let reason = Text::new(
                        format!("与 {other} 相同，已留空"),
                        format!("the same as that of {other}: left out"),
                    );
                    person.flag(
                        ("身份证号", "national ID"),
                        "same_id",
                        reason,
                        &format!("身份证号与 {other} 相同，请核对"),
                    );
                }
                Why::PhoneAndName | Why::NameAndBirth if before.is_none() => {
                    let reason = Text::new(
                        format!("可能与 {other} 是同一人"),
                        format!("possibly the same person as {other}"),
                    );
                    person.flag(("姓名", "name"), "possible_duplicates", reason, "");
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn tell_visit(&mut self, line: u64, issue: &Issue) {
        let file = self.visits.as_ref().map_or("", |v| v.file.as_str());
        self.report.tell(file, line, issue);
    }

    fn visit(&mut self, c: &mut Conn, row: &Row) -> Result<()> {
        if row.is_blank() {
            self.tell_visit(row.line, &skip("visit_blank_rows", Text::new("空行", "blank row")));
            return Ok(());
        }
        let reader = visits::Reader {
            names: &self.facts.names,
            zone: self.facts.home.zone,
            minor: self.facts.minor,
        };
        let mut seen = match reader.read(row) {
            Ok(seen) => seen,
            Err(issue) => {
                self.report.count("visits_rejected");
                self.tell_visit(row.line, &issue);
                return Ok(());
            }
        };
        let print = fingerprint(row);
        if let Some((first, known)) = self.keys.get(&seen.visit.key).copied() {
            let issue = repeated(first, known == print, "visit_duplicates");
            if issue.verdict == Verdict::Rejected {
                self.report.count("visits_rejected");
            }
            self.tell_visit(row.line, &issue);
            return Ok(());
        }
        let Some(patient) = self.patient_of(c, &seen.chart_no)? else {
            let reason = Text::new("没有这个病历号的患者", "there is no patient with this number");
            self.report.count("visits_rejected");
            let issue = Issue {
                verdict: Verdict::Rejected,
                column: ("病历号", "chart number"),
                figure: "",
                reason,
                value: seen.chart_no,
            };
            self.tell_visit(row.line, &issue);
            return Ok(());
        };
        self.keys.insert(seen.visit.key.clone(), (row.line, print));
        seen.visit.patient = patient;
        self.store_visit(c, row.line, seen)
    }

    fn patient_of(&mut self, c: &mut Conn, chart_no: &str) -> Result<Option<PatientId>> {
        if let Some(known) = self.ids.get(chart_no) {
            return Ok(*known);
        }
        let found = patients::find_by_chart_no(c, chart_no)?.map(|p| p.id);
        self.ids.insert(chart_no.to_owned(), found);
        Ok(found)
    }

    fn store_visit(&mut self, c: &mut Conn, line: u64, mut seen: visits::Seen) -> Result<()> {
        let facts = &self.facts;
        let visit = &seen.visit;
        let outcome = match records::insert_imported_visit(c, facts.now, visit)? {
            Some(id) => {
                let subject = Subject::of_patient("visits", id.0, visit.patient.0);
                audit(c, facts.now, &facts.actor, "import", subject, "")?;
                "visits_new"
            }
            None => match records::find_imported_visit(c, &visit.key)? {
                Some((stored, done)) if visit_differs(&stored, &done, visit) => {
                    if facts.update {
                        records::update_imported_visit(c, facts.now, stored.id, visit)?;
                        let subject = Subject::of_patient("visits", stored.id.0, visit.patient.0);
                        audit(c, facts.now, &facts.actor, "update", subject, "import")?;
                        "visits_updated"
                    } else {
                        seen.issues.push(kept_ours(&[("整行", "row")]));
                        "visits_differ"
                    }
                }
                _ => "visits_unchanged",
            },
        };
        self.report.count("visits");
        self.report.count(outcome);
        for figure in &seen.figures {
            self.report.count(figure);
        }
        if seen.issues.iter().any(|i| i.verdict == Verdict::Doubtful) {
            self.report.count("visits_doubtful");
        }
        for issue in &seen.issues {
            self.tell_visit(line, issue);
        }
        Ok(())
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

/// Names of the columns in which a row differs from what is stored.
fn differences(p: &Patient, stored_id: Option<&str>, d: &PatientData) -> Vec<(&'static str, &'static str)> {
    let phone = |n: &Option<PhoneNumber>| n.as_ref().map(ToString::to_string);
    let email_differs = d.email.is_some() && p.email != d.email;
    let all = [
        (p.name != d.name, ("姓名", "name")),
        (p.sex != d.sex, ("性别", "sex")),
        (p.birth_date != d.birth_date, ("出生日期", "date of birth")),
        (
            stored_id != d.national_id.as_ref().map(|i| i.as_str()),
            ("身份证号", "national ID"),
        ),
        (p.phone != phone(&d.phone), ("手机", "mobile")),
        (p.other_phone != phone(&d.other_phone), ("其他电话", "other phone")),
        (email_differs, ("邮箱", "email")),
        (p.vip != d.vip, ("会员等级", "tier")),
        (p.allergies != d.allergies, ("过敏史", "allergies")),
        (p.history != d.history, ("既往史", "history")),
        (p.occupation != d.occupation, ("职业", "occupation")),
        (p.address != d.address, ("地址", "address")),
        (p.source != d.source, ("来源", "source")),
        (p.note != d.note, ("备注", "note")),
    ];
    all.into_iter()
        .filter(|(differs, _)| *differs)
        .map(|(_, name)| name)
        .collect()
}

/// The file's data with what only we know.
fn merged(p: &Patient, d: PatientData) -> PatientData {
    PatientData {
        email: d.email.or_else(|| p.email.clone()),
        language: p.language,
        channel: p.channel,
        marketing: p.marketing,
        needs: p.needs.clone(),
        deceased: p.deceased,
        ..d
    }
}

fn visit_differs(stored: &Visit, done: &[Treatment], v: &ImportedVisit) -> bool {
    stored.diagnosis != v.diagnosis
        || stored.advice != v.advice
        || stored.fee_minor != v.fee_minor
        || stored.status != v.status
        || stored.provider_name != v.provider_name
        || stored.service_name != v.service_name
        || done != v.treatments.as_slice()
}
