//! What people do with segments.

use super::super::campaigns;
use super::super::store::rules;
use super::model::{Definition, Known, Mark, Match, NAME_MAX, Segment, SegmentId};
use super::store::{self, Change, Moment};
use crate::clinic;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, is_in_use};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, Text};
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Changes, Subject, audit};

/// A segment to be made.
pub type NewSegment = Change;
/// What a field of a condition of a group is called where it was typed.
pub type FieldName = fn((usize, usize), &str) -> String;

/// Everything wrong with what is wanted of a segment.
pub fn check(c: &mut Conn, actor: &Actor, wanted: &Change, name: FieldName, faults: &mut Faults) -> Result<Known> {
    for (field, text) in [("name", &wanted.name), ("name_en", &wanted.name_en)] {
        if text.trim().is_empty() {
            faults.require(field);
        } else if text.chars().count() > NAME_MAX {
            faults.add(field, "too_long", "最多 60 个字符", "At most 60 characters");
        }
    }
    let known = Known::load(c)?;
    wanted.definition.check(&known, name, faults);
    check_role(actor, &wanted.definition, name, faults);
    Ok(known)
}

/// Who may not read records asks nothing of them.
pub fn check_role(actor: &Actor, definition: &Definition, name: FieldName, faults: &mut Faults) {
    if actor.role.is_none() || definition.is_open_to(actor.role) {
        return;
    }
    for (g, group) in definition.groups.iter().enumerate() {
        for (n, condition) in group.conditions.iter().enumerate() {
            if condition.is.is_clinical() {
                faults.add(
                    &name((g, n), "field"),
                    "not_allowed",
                    "病历内容的条件只能由护士长或主任设置",
                    "Only who may read records asks for what is in them",
                );
            }
        }
    }
}

fn tidied(mut wanted: Change) -> Change {
    wanted.name = wanted.name.trim().to_owned();
    wanted.name_en = wanted.name_en.trim().to_owned();
    wanted
}

/// Makes a segment.
///
/// # Errors
/// What is wrong with it, at its fields, which are called as `name` says.
pub fn add(c: &mut Conn, now: Instant, actor: &Actor, new: NewSegment, name: FieldName) -> Result<SegmentId> {
    let mut faults = Faults::default();
    let known = check(c, actor, &new, name, &mut faults)?;
    faults.finish()?;
    let new = tidied(new);
    let id = store::insert_segment(c, now, &new)?;
    let detail = format!("{}: {}", new.name, new.definition.text(&known, Lang::En));
    audit(c, now, actor, "create", Subject::of("segments", id.0), &detail)?;
    Ok(id)
}

fn as_of(c: &mut Conn, (id, version): (SegmentId, i64)) -> Result<Segment> {
    let segment = store::get_segment(c, id)?;
    if segment.version == version {
        return Ok(segment);
    }
    let zone = clinic::the_site(c)?.tz();
    Err(staff::stale(c, zone, Subject::of("segments", id.0))?)
}

/// Changes a segment that still has a version.
pub fn change(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    at: (SegmentId, i64),
    (to, name): (Change, FieldName),
) -> Result<()> {
    let before = as_of(c, at)?;
    if !before.definition.is_open_to(actor.role) {
        return Err(Error::Forbidden);
    }
    if !before.is_offered() {
        return Err(Error::conflict(
            "archived",
            "分组已归档，请先重新启用",
            "The segment is in the archive: take it out first",
        ));
    }
    let mut faults = Faults::default();
    let known = check(c, actor, &to, name, &mut faults)?;
    faults.finish()?;
    let to = tidied(to);
    if !store::update_segment(c, now, at, &to)? {
        return Err(Error::stale());
    }
    let mut changes = Changes::default();
    changes.note("name", &before.name, &to.name);
    changes.note("name_en", &before.name_en, &to.name_en);
    let text = |d: &Definition| d.text(&known, Lang::En);
    changes.note("conditions", text(&before.definition), text(&to.definition));
    let subject = Subject::of("segments", at.0.0);
    audit(c, now, actor, "update", subject, &format!("{}; {changes}", to.name))
}

/// That no rule and no campaign that may still send goes by a segment.
///
/// # Errors
/// `in_use`, which names those that do.
fn not_in_use(c: &mut Conn, id: SegmentId) -> Result<()> {
    let of_rules = rules::list_rules(c)?.into_iter().filter(|r| r.segment_id == Some(id));
    let mut uses: Vec<Text> = of_rules
        .map(|r| Text::new(format!("规则“{}”", r.name), format!("rule \"{}\"", r.name_en)))
        .collect();
    let open = campaigns::of_segment(c, id)?.into_iter().filter(|x| x.state.is_open());
    uses.extend(open.map(|x| Text::new(format!("群发“{}”", x.name), format!("campaign \"{}\"", x.name_en))));
    if uses.is_empty() {
        return Ok(());
    }
    let list = |lang: Lang, between: &str| uses.iter().map(|u| u.get(lang)).collect::<Vec<_>>().join(between);
    Err(Error::conflict(
        "in_use",
        format!("还在使用这个分组：{}", list(Lang::Zh, "、")),
        format!("This segment is in use: {}", list(Lang::En, ", ")),
    ))
}

/// Puts a segment that nothing uses any more into the archive, or takes it out. In the archive it is neither listed nor
/// chosen, and what was sent to it still names it.
///
/// # Errors
/// `stale`; `in_use`.
pub fn archive(c: &mut Conn, now: Instant, actor: &Actor, at: (SegmentId, i64), archived: bool) -> Result<()> {
    let segment = as_of(c, at)?;
    if segment.is_offered() != archived {
        return Ok(());
    }
    if archived {
        not_in_use(c, at.0)?;
    }
    if !store::set_archived(c, now, at, archived.then_some(now))? {
        return Err(Error::stale());
    }
    let done = if archived { "archive" } else { "restore" };
    audit(c, now, actor, done, Subject::of("segments", at.0.0), &segment.name)
}

/// Removes a segment that nothing has ever used and that still has a version.
///
/// # Errors
/// `stale`; `in_use`; `was_used` when campaigns that are over were for it.
pub fn remove(c: &mut Conn, now: Instant, actor: &Actor, at: (SegmentId, i64)) -> Result<()> {
    let segment = as_of(c, at)?;
    not_in_use(c, at.0)?;
    match store::delete_segment(c, at.0, at.1) {
        Ok(true) => {}
        Ok(false) => return Err(Error::stale()),
        // The whole write is undone.
        Err(Error::Db(e)) if is_in_use(&e) => {
            return Err(Error::conflict(
                "was_used",
                "以前的群发用过这个分组，不能删除：可以归档",
                "Earlier campaigns were for this segment, so it cannot be deleted: put it into the archive",
            ));
        }
        Err(e) => return Err(e),
    }
    audit(c, now, actor, "delete", Subject::of("segments", at.0.0), &segment.name)
}

/// Marks somebody of a segment as seen to, or takes the mark away.
pub fn mark(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (id, patient): (SegmentId, PatientId),
    mark: Option<Mark>,
) -> Result<()> {
    let known = store::marked_of(c, id, &[patient])?;
    if known.is_empty() && !store::those_in(c, id, now, &[patient])?.contains(&patient) {
        return Err(Error::NotFound("member"));
    }
    match mark {
        Some(mark) => store::put_mark(c, now, (id, patient), mark, actor.user)?,
        None if store::take_mark(c, id, patient)? => {}
        None => return Ok(()),
    }
    let detail = format!("segment {id}: {}", mark.map_or("none", Mark::as_str));
    let subject = Subject::of_patient("segments", id.0, patient.0);
    audit(c, now, actor, "mark", subject, &detail)
}

/// Begins a new round of work: everybody is to be seen to again.
pub fn new_round(c: &mut Conn, now: Instant, actor: &Actor, at: (SegmentId, i64)) -> Result<()> {
    let segment = as_of(c, at)?;
    if !store::set_round(c, now, at)? {
        return Err(Error::stale());
    }
    audit(
        c,
        now,
        actor,
        "new-round",
        Subject::of("segments", at.0.0),
        &segment.name,
    )
}

/// Who is meant, before it is saved.
#[derive(Debug)]
pub struct Found {
    /// How many.
    pub count: i64,
    /// How many of them may be written to with offers.
    pub open: i64,
    /// The first of them: name and birth date.
    pub sample: Vec<(PatientId, String, Option<chrono::NaiveDate>)>,
    /// The clinic's day.
    pub today: chrono::NaiveDate,
    /// Where nobody is meant: without which condition somebody would be, and how many.
    pub narrowest: Option<(Text, i64)>,
}

/// Rows of a sample.
const SAMPLE: i64 = 10;

/// Looks who is meant.
pub fn look(c: &mut Conn, now: Instant, definition: &Definition, known: &Known) -> Result<Found> {
    let moment = Moment::at(c, now)?;
    let count = store::count(c, definition, moment)?;
    Ok(Found {
        open: store::count_open_to_offers(c, definition, moment)?,
        sample: store::sample(c, definition, moment, SAMPLE)?,
        today: moment.today(),
        narrowest: match count {
            0 => narrowest(c, moment, definition, known)?,
            _ => None,
        },
        count,
    })
}

/// The condition that keeps most people out, of those that must all hold.
fn narrowest(c: &mut Conn, moment: Moment, definition: &Definition, known: &Known) -> Result<Option<(Text, i64)>> {
    let [group] = definition.groups.as_slice() else {
        return Ok(None);
    };
    if group.join != Match::All || group.conditions.len() < 2 {
        return Ok(None);
    }
    let mut most: Option<(Text, i64)> = None;
    for (n, condition) in group.conditions.iter().enumerate() {
        let mut rest = group.conditions.clone();
        rest.remove(n);
        let count = store::count(c, &Definition::all_of(rest), moment)?;
        if count > most.as_ref().map_or(0, |(_, n)| *n) {
            let text = |lang| condition.text(known, lang);
            most = Some((Text::new(text(Lang::Zh), text(Lang::En)), count));
        }
    }
    Ok(most)
}
