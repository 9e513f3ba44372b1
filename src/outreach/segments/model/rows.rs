//! The conditions as rows of a form: what was typed, readable or not.

use std::str::FromStr;

use super::{CONDITIONS_MAX, Condition, Definition, GROUPS_MAX, Group, Kind, Match, Test, Unit, When};
use crate::platform::web::form::{Faults, Input};

/// A row: its fields by their short names.
#[derive(Debug, Clone, Default)]
pub struct Row(pub Input);

/// A group of rows.
#[derive(Debug, Clone)]
pub struct RowGroup {
    /// How they are joined.
    pub join: Match,
    /// The rows.
    pub rows: Vec<Row>,
}

/// All rows of a form.
#[derive(Debug, Clone)]
pub struct Rows {
    /// How the groups are joined.
    pub join: Match,
    /// The groups.
    pub groups: Vec<RowGroup>,
}

/// What a row's field is called in the form.
pub fn field_name((group, row): (usize, usize), field: &str) -> String {
    format!("g{group}c{row}-{field}")
}

impl Rows {
    /// The rows that a form was sent with.
    pub fn sent(input: &Input) -> Rows {
        let join = |name: &str| input.get(name).parse().unwrap_or(Match::All);
        let groups = (0..GROUPS_MAX).take_while(|g| input.ticked(&format!("g{g}-join")));
        let mut groups: Vec<RowGroup> = groups
            .map(|g| RowGroup {
                join: join(&format!("g{g}-join")),
                rows: (0..CONDITIONS_MAX).map_while(|n| Row::sent(input, (g, n))).collect(),
            })
            .collect();
        if groups.is_empty() {
            groups.push(RowGroup {
                join: Match::All,
                rows: Vec::new(),
            });
        }
        Rows {
            join: join("join"),
            groups,
        }
    }

    /// The rows of conditions.
    pub fn of(definition: &Definition) -> Rows {
        let group = |g: &Group| RowGroup {
            join: g.join,
            rows: g.conditions.iter().map(Row::of).collect(),
        };
        Rows {
            join: definition.join,
            groups: definition.groups.iter().map(group).collect(),
        }
    }

    /// What a button beside them asks for: `add-0`, `group`, `drop-0-1`. True: it was one of these.
    pub fn press(&mut self, button: &str, input: &Input) -> bool {
        let mut parts = button.split('-');
        let what = parts.next().unwrap_or("");
        let mut number = || parts.next().and_then(|n| n.parse::<usize>().ok());
        match what {
            "add" => {
                let g = number().unwrap_or(0);
                let kind = input.get(&format!("g{g}-add")).parse().ok();
                if let (Some(group), Some(kind)) = (self.groups.get_mut(g), kind)
                    && group.rows.len() < CONDITIONS_MAX
                {
                    group.rows.push(Row::blank(kind));
                }
            }
            "group" if self.groups.len() < GROUPS_MAX => {
                let kind = input.get("group-add").parse().unwrap_or(Kind::Visit);
                self.groups.push(RowGroup {
                    join: Match::All,
                    rows: vec![Row::blank(kind)],
                });
            }
            "group" => {}
            "drop" => {
                if let (Some(g), Some(n)) = (number(), number())
                    && let Some(group) = self.groups.get_mut(g)
                    && n < group.rows.len()
                {
                    group.rows.remove(n);
                    if group.rows.is_empty() && self.groups.len() > 1 {
                        self.groups.remove(g);
                    }
                }
            }
            _ => return false,
        }
        true
    }

    /// The conditions, where every field can be read.
    pub fn read(&self, faults: &mut Faults) -> Definition {
        let mut groups = Vec::new();
        for (g, group) in self.groups.iter().enumerate() {
            let mut conditions = Vec::new();
            for (n, row) in group.rows.iter().enumerate() {
                let mut own = Faults::default();
                conditions.extend(row.read(&mut own));
                for mut fault in own.0 {
                    fault.field = field_name((g, n), &fault.field);
                    faults.0.push(fault);
                }
            }
            groups.push(Group {
                join: group.join,
                conditions,
            });
        }
        Definition {
            join: self.join,
            groups,
        }
    }
}

impl Row {
    fn sent(input: &Input, at: (usize, usize)) -> Option<Row> {
        let prefix = field_name(at, "");
        let own = input
            .pairs()
            .filter_map(|(name, value)| Some((name.strip_prefix(&prefix)?, value)));
        let row = Row(Input::from_pairs(own));
        row.kind().is_some().then_some(row)
    }

    /// An unfilled row of a kind.
    fn blank(kind: Kind) -> Row {
        let mut row = Row(Input::from_pairs([("field", kind.as_str())]));
        let when = match kind {
            Kind::LastVisit => "before",
            Kind::Visit | Kind::Registered => "within",
            _ => "ever",
        };
        for (name, value) in [("when", when), ("n", "6"), ("unit", "months"), ("at_least", "1")] {
            row.0.set(name, value);
        }
        row
    }

    /// What kind of condition it is.
    pub fn kind(&self) -> Option<Kind> {
        self.0.get("field").parse().ok()
    }

    fn of(condition: &Condition) -> Row {
        let mut row = Row(Input::from_pairs([("field", condition.is.kind().as_str())]));
        if condition.not {
            row.0.set("not", "1");
        }
        row.fill(&condition.is);
        if let Some(when) = condition.is.when() {
            row.fill_when(when);
        }
        row
    }

    fn set(&mut self, name: &str, value: impl ToString) {
        self.0.set(name, value.to_string());
    }

    fn set_option<T: ToString>(&mut self, name: &str, value: Option<T>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    fn fill(&mut self, test: &Test) {
        match test {
            Test::Visit {
                service,
                provider,
                speciality,
                at_least,
                ..
            } => {
                self.set_option("service", *service);
                self.set_option("provider", *provider);
                self.set_option("speciality", speciality.as_ref());
                self.set("at_least", at_least.unwrap_or(1));
            }
            Test::LastVisit { service, provider, .. } => {
                self.set_option("service", *service);
                self.set_option("provider", *provider);
            }
            Test::Diagnosis { text, .. } => self.set("text", text),
            Test::Treatment { text, tooth, .. } => {
                self.set("text", text);
                self.set_option("tooth", tooth.as_ref());
            }
            Test::Untreated { text, treatment, .. } => {
                self.set("text", text);
                self.set_option("treatment", treatment.as_ref());
            }
            Test::OpenPlan { service, idle_days } => {
                self.set_option("service", *service);
                self.set_option("idle_days", *idle_days);
            }
            Test::RecallDue { service, weeks } => {
                self.set_option("service", *service);
                self.set("weeks", weeks);
            }
            Test::Age { from, to } => {
                self.set_option("age_from", *from);
                self.set_option("age_to", *to);
            }
            Test::Sex { sex } => self.set("sex", sex),
            Test::Language { language } => self.set("language", language),
            Test::Reachable { by } => self.set("by", by),
            Test::BirthdayMonth { month } => self.set("month", month),
            Test::Booked { service } => self.set_option("service", *service),
            Test::Registered { .. } | Test::Vip {} | Test::Marketing {} => {}
        }
    }

    fn fill_when(&mut self, when: When) {
        match when {
            When::Ever => self.set("when", "ever"),
            When::Within { n, unit } | When::Before { n, unit } => {
                let within = matches!(when, When::Within { .. });
                self.set("when", if within { "within" } else { "before" });
                self.set("n", n);
                self.set("unit", unit);
            }
            When::Between { from, until } => {
                self.set("when", "between");
                self.set_option("from", from);
                self.set_option("until", until);
            }
        }
    }

    fn opt<T: FromStr>(&self, name: &str, faults: &mut Faults) -> Option<T> {
        self.0.parse(name, faults)
    }

    fn text(&self, name: &str) -> Option<String> {
        Some(self.0.get(name).to_owned()).filter(|t| !t.is_empty())
    }

    fn when(&self, faults: &mut Faults) -> When {
        let time = |faults: &mut Faults| {
            let n = self.0.need("n", faults).unwrap_or(1);
            (n, self.0.get("unit").parse().unwrap_or(Unit::Months))
        };
        match self.0.get("when") {
            "within" => {
                let (n, unit) = time(faults);
                When::Within { n, unit }
            }
            "before" => {
                let (n, unit) = time(faults);
                When::Before { n, unit }
            }
            "between" => When::Between {
                from: self.opt("from", faults),
                until: self.opt("until", faults),
            },
            _ => When::Ever,
        }
    }

    fn read(&self, f: &mut Faults) -> Option<Condition> {
        let kind = self.kind()?;
        let is = match self.of_visits(kind, f) {
            Some(test) => test,
            None => self.of_patient(kind, f)?,
        };
        Some(Condition {
            not: !self.0.get("not").is_empty(),
            is,
        })
    }

    /// What is asked of visits and what was found and done on them.
    fn of_visits(&self, kind: Kind, f: &mut Faults) -> Option<Test> {
        Some(match kind {
            Kind::Visit => Test::Visit {
                service: self.opt("service", f),
                provider: self.opt("provider", f),
                speciality: self.text("speciality"),
                when: self.when(f),
                at_least: self.opt("at_least", f),
            },
            Kind::LastVisit => Test::LastVisit {
                service: self.opt("service", f),
                provider: self.opt("provider", f),
                when: self.when(f),
            },
            Kind::Diagnosis => Test::Diagnosis {
                text: self.0.get("text").to_owned(),
                when: self.when(f),
            },
            Kind::Treatment => Test::Treatment {
                text: self.0.get("text").to_owned(),
                tooth: self.text("tooth"),
                when: self.when(f),
            },
            Kind::Untreated => Test::Untreated {
                text: self.0.get("text").to_owned(),
                treatment: self.text("treatment"),
                when: self.when(f),
            },
            _ => return None,
        })
    }

    /// What is asked of the patient; none: a field is missing.
    fn of_patient(&self, kind: Kind, f: &mut Faults) -> Option<Test> {
        Some(match kind {
            Kind::OpenPlan => Test::OpenPlan {
                service: self.opt("service", f),
                idle_days: self.opt("idle_days", f),
            },
            Kind::RecallDue => Test::RecallDue {
                service: self.opt("service", f),
                weeks: self.opt("weeks", f).unwrap_or(0),
            },
            Kind::Age => Test::Age {
                from: self.opt("age_from", f),
                to: self.opt("age_to", f),
            },
            Kind::Sex => Test::Sex {
                sex: self.0.need("sex", f)?,
            },
            Kind::Vip => Test::Vip {},
            Kind::Language => Test::Language {
                language: self.0.need("language", f)?,
            },
            Kind::Reachable => Test::Reachable {
                by: self.0.need("by", f)?,
            },
            Kind::Marketing => Test::Marketing {},
            Kind::BirthdayMonth => Test::BirthdayMonth {
                month: self.0.need("month", f)?,
            },
            Kind::Booked => Test::Booked {
                service: self.opt("service", f),
            },
            Kind::Registered => Test::Registered { when: self.when(f) },
            Kind::Visit | Kind::LastVisit | Kind::Diagnosis | Kind::Treatment | Kind::Untreated => return None,
        })
    }
}
